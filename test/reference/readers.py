"""Reads a run's files as its users do: pandas, pyarrow and, with --spark, Spark. Prints a table; exits 1 when a check fails.

    python test/reference/readers.py RUN_FOLDER [--spark] [--export FILE]…

--export checks files that `verger export` made of that run (.parquet, .npy, .csv) against the run's own. Needs pandas and pyarrow (Spark: pyspark and a Java it supports). Parts of the run that are not there yet are named and skipped;
when there is nothing at all, that is a failure.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy
import pandas
import pyarrow
import pyarrow.compute
import pyarrow.parquet

FEATURES = 1280
TABLES = {
    "features": ("features", pyarrow.list_(pyarrow.float32()), "array<float>"),
    "projection": ("pca_features", pyarrow.list_(pyarrow.float64()), "array<double>"),
}


class Report:
    """Rows of the printed table, and whether one of them failed."""

    def __init__(self):
        self.rows = []
        self.failed = False

    def add(self, reader, what, count, kind, faults):
        self.failed = self.failed or bool(faults)
        self.rows.append((reader, what, str(count), kind, "; ".join(faults) or "ok"))

    def print(self):
        head = ("reader", "files", "rows", "type of the list", "verdict")
        widths = [max(len(row[i]) for row in [head, *self.rows]) for i in range(5)]
        for row in [head, tuple("-" * width for width in widths), *self.rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def expect(faults, holds, fault):
    if not holds:
        faults.append(fault)


def expected_counts(run):
    """Rows and k as the run itself says, where it is finished."""
    marker = run / "_SUCCESS"
    if not marker.exists():
        return None, None
    success = json.loads(marker.read_text(encoding="utf-8"))
    return success["extracted"], success["k"]


def read_pyarrow(run, folder, wanted, report):
    """All parts in the order of their names, as one table, with the schema of every part checked."""
    name, kind, _ = TABLES[folder]
    rows, k = wanted
    faults = []
    parts = sorted((run / folder).glob("*.parquet"))
    schemas = [pyarrow.parquet.read_schema(part) for part in parts]
    for part, schema in zip(parts, schemas):
        expect(faults, schema.names == ["path", "label", name], f"{part.name}: columns {schema.names}")
        expect(faults, schema.field("path").type == pyarrow.string(), f"{part.name}: path {schema.field('path').type}")
        expect(faults, schema.field("label").type == pyarrow.string(), f"{part.name}: label {schema.field('label').type}")
        expect(faults, schema.field(name).type == kind, f"{part.name}: {schema.field(name).type}")
    table = pyarrow.concat_tables([pyarrow.parquet.read_table(part) for part in parts])
    lists = table.column(name).combine_chunks()
    widths = set(pyarrow.compute.list_value_length(lists).to_pylist())
    width = FEATURES if folder == "features" else k
    expect(faults, len(widths) <= 1 and (width is None or widths <= {width}), f"widths {sorted(widths)[:3]}")
    expect(faults, all(column.null_count == 0 for column in table.columns), "nulls in rows")
    expect(faults, lists.flatten().null_count == 0, "nulls in lists")
    expect(faults, pyarrow.compute.all(pyarrow.compute.is_finite(lists.flatten()), min_count=0).as_py(), "not finite")
    expect(faults, rows is None or table.num_rows == rows, f"{rows} rows are promised")
    report.add("pyarrow", f"{folder}/ ({len(parts)})", table.num_rows, str(schemas[0].field(name).type), faults)
    return table


def read_pandas(run, folder, table, report):
    name, kind, _ = TABLES[folder]
    faults = []
    frame = pandas.read_parquet(run / folder)
    expect(faults, len(frame) == table.num_rows, f"pyarrow has {table.num_rows}")
    expect(faults, list(frame["path"]) == table.column("path").to_pylist(), "other paths than pyarrow")
    dtypes = {str(value.dtype) for value in frame[name]}
    expect(faults, dtypes <= {"float32" if folder == "features" else "float64"}, f"dtypes {dtypes}")
    report.add("pandas", f"{folder}/", len(frame), ", ".join(dtypes) or "-", faults)


def check_csv_rows(paths, cells, projection, faults):
    """The CSV has the projection's rows, in its order, and its numbers to the last bit."""
    expect(faults, len(paths) == projection.num_rows, f"the projection has {projection.num_rows}")
    stored = projection.column("path").to_pylist()
    # A path that a spreadsheet would run stands behind an apostrophe unless the CSV is raw.
    expect(faults, all(a in (b, "'" + b) for a, b in zip(paths, stored)), "other paths than the projection")
    lists = projection.column("pca_features").to_pylist()
    expect(faults, all(json.loads(a) == b for a, b in zip(cells, lists)), "other numbers than the projection")


def read_csv(run, projection, report):
    faults = []
    file = run / "result.csv"
    frame = pandas.read_csv(file, keep_default_na=False, dtype=str, encoding="utf-8")
    columns = ["path", "label", "pca_features"]
    expect(faults, list(frame.columns) in (columns, columns + ["image_base64"]), f"columns {list(frame.columns)}")
    if projection is not None:
        check_csv_rows(list(frame["path"]), list(frame["pca_features"]), projection, faults)
    report.add("pandas", "result.csv", len(frame), "JSON array", faults)


def read_export(file, tables, report):
    """A file of `verger export` has the rows of the run's own files, in their order, to the last bit."""
    faults = []
    paths = next(iter(tables.values())).column("path").to_pylist()
    if file.suffix == ".npy":
        array = numpy.load(file)
        rows = pandas.read_csv(file.with_name(f"{file.stem}.rows.csv"), keep_default_na=False, dtype=str)
        folder = "features" if array.dtype == numpy.float32 else "projection"
        expect(faults, array.flags.c_contiguous and array.dtype.str in ("<f4", "<f8"), f"dtype {array.dtype.str}")
        expect(faults, same_array(array, tables[folder], TABLES[folder][0]), f"other numbers than {folder}/")
        expect(faults, list(rows["path"]) == paths, "other paths")
        report.add("numpy", file.name, len(array), str(array.dtype), faults)
    elif file.suffix == ".parquet":
        table = pyarrow.parquet.read_table(file)
        frame = pandas.read_parquet(file)
        for folder, (name, kind, _) in TABLES.items():
            if name in table.column_names:
                expect(faults, table.schema.field(name).type == kind, f"{name}: {table.schema.field(name).type}")
                same = table.column(name).combine_chunks().equals(tables[folder].column(name).combine_chunks())
                expect(faults, same, f"other numbers than {folder}/")
        expect(faults, table.column("path").to_pylist() == paths == list(frame["path"]), "other paths")
        report.add("pyarrow", file.name, table.num_rows, ", ".join(table.column_names[2:]), faults)
    else:
        frame = pandas.read_csv(file, keep_default_na=False, dtype=str, encoding="utf-8")
        expect(faults, all(a in (b, "'" + b) for a, b in zip(frame["path"], paths, strict=True)), "other paths")
        for folder, (name, _, _) in TABLES.items():
            if name in frame.columns:
                lists = tables[folder].column(name).to_pylist()
                expect(faults, [json.loads(cell) for cell in frame[name]] == lists, f"other numbers than {folder}/")
        report.add("pandas", file.name, len(frame), ", ".join(frame.columns[2:]), faults)


def same_array(array, table, name):
    lists = table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return array.size == lists.size and bool((array.ravel() == lists).all())


def read_spark(run, tables, report):
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        for folder, table in tables.items():
            name, _, kind = TABLES[folder]
            faults = []
            frame = spark.read.parquet(str(run / folder))
            types = dict(frame.dtypes)
            expect(faults, types == {"path": "string", "label": "string", name: kind}, f"types {types}")
            rows = {row["path"]: row for row in frame.collect()}
            expect(faults, len(rows) == len(set(table.column("path").to_pylist())), "other paths than pyarrow")
            for path, label, values in zip(*(table.column(i).to_pylist() for i in range(3))):
                row = rows.get(path)
                if row is None or row["label"] != label or not same_numbers(row[name], values):
                    expect(faults, False, f"another row than pyarrow: {path!r}")
                    break
            report.add("Spark", f"{folder}/", frame.count(), types.get(name, "-"), faults)
        if (run / "result.csv").exists():
            faults = []
            options = {"header": True, "multiLine": True, "quote": '"', "escape": '"', "lineSep": "\r\n"}
            frame = spark.read.options(**options).csv(str(run / "result.csv"))
            projection = tables.get("projection")
            expect(faults, frame.columns[:3] == ["path", "label", "pca_features"], f"columns {frame.columns}")
            expect(faults, projection is None or frame.count() == projection.num_rows, "other rows than the projection")
            report.add("Spark", "result.csv", frame.count(), "JSON array", faults)
    finally:
        spark.stop()


def same_numbers(left, right):
    return len(left) == len(right) and all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(left, right))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run folder")
    parser.add_argument("--spark", action="store_true", help="read with Spark too")
    parser.add_argument("--export", type=Path, action="append", default=[], help="a file of verger export of that run")
    arguments = parser.parse_args()
    run, report, tables = arguments.run, Report(), {}
    extracted, k = expected_counts(run)
    for folder in TABLES:
        if any((run / folder).glob("*.parquet")):
            tables[folder] = read_pyarrow(run, folder, (extracted, k), report)
            read_pandas(run, folder, tables[folder], report)
        else:
            print(f"no {folder}/*.parquet in {run}")
    if (run / "result.csv").exists():
        read_csv(run, tables.get("projection"), report)
    else:
        print(f"no result.csv in {run}")
    for file in arguments.export:
        read_export(file, tables, report)
    if arguments.spark and tables:
        read_spark(run, tables, report)
    report.print()
    if not report.rows:
        sys.exit("nothing was read")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
