export { type CsvPart, csvPieces } from './csv-pieces.ts';
export { type ExportFormat, type ExportPiece, exportPieces } from './export-pieces.ts';
export {
  type ExportPart,
  type ExportSource,
  type ExportWhat,
  listedImages,
  openExport,
  readParts,
} from './export-source.ts';
