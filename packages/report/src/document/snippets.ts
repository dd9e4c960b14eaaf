import { printable } from '@verger/core';

/** A piece of code that loads a run's projection. */
export interface Snippet {
  readonly id: string;
  readonly title: string;
  readonly code: string;
}

/** A text as a literal of Python: quoted, control characters escaped. */
export function pythonText(text: string): string {
  return printable(JSON.stringify(text));
}

/** A text as a literal of SQL. Line ends and other control characters are kept: SQL has no escapes. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path whose characters mean nothing to a glob of Python, Polars and DuckDB. */
export function globText(path: string): string {
  return path.replace(/[[\]*?]/g, (character) => `[${character}]`);
}

/** A path whose characters mean nothing to a glob of Hadoop. */
function hadoopGlobText(path: string): string {
  return path.replace(/[[\]{}*?\\]/g, (character) => `\\${character}`);
}

/** How the projection of a run is loaded with four libraries. `location`: a folder or an s3:// URL. */
export function snippetsOf(location: string, k: number): Snippet[] {
  const run = location.replace(/\/+$/, '');
  const isS3 = /^s3:\/\//.test(run);
  const parts = `${isS3 ? run : globText(run)}/projection/*.parquet`;
  return [
    { id: 'pandas', title: 'pandas', code: pandasCode(run, isS3) },
    { id: 'polars', title: 'Polars', code: polarsCode(parts, k) },
    { id: 'duckdb', title: 'DuckDB (SQL)', code: duckdbCode(parts, isS3) },
    { id: 'spark', title: 'Spark (Python)', code: sparkCode(run) },
  ];
}

function pandasCode(run: string, isS3: boolean): string {
  return `import numpy, pandas   # with pyarrow${isS3 ? ' and s3fs' : ''}
run = ${pythonText(run)}
projection = pandas.read_parquet(f"{run}/projection")   # path, label, pca_features
X = numpy.stack(projection["pca_features"])             # (images, k)`;
}

function polarsCode(parts: string, k: number): string {
  return `import polars
projection = polars.read_parquet(${pythonText(parts)})
X = projection["pca_features"].list.to_array(${k}).to_numpy()   # (images, k)`;
}

function duckdbCode(parts: string, isS3: boolean): string {
  const secret = isS3 ? 'INSTALL aws; LOAD aws;\nCREATE SECRET (TYPE s3, PROVIDER credential_chain);\n' : '';
  return `${secret}SELECT label, count(*) AS images, avg(pca_features[1]) AS first_component
FROM read_parquet(${sqlText(parts)})
GROUP BY label ORDER BY images DESC;`;
}

function sparkCode(run: string): string {
  const place = hadoopGlobText(run.replace(/^s3:/, 's3a:'));
  return `projection = spark.read.parquet(${pythonText(`${place}/projection`)})   # array<double>
projection.show()`;
}
