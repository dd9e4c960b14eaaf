export { type BrokenFile, brokenFiles } from './broken.ts';
export { drawOrchard, ORCHARD_KINDS, type OrchardImage } from './orchard.ts';
