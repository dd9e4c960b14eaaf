export { type Choice, chooseImages } from './choose.ts';
export { checkCopyTarget, copyImages } from './copy-images.ts';
export { type DrawnImage, drawImages } from './draw.ts';
export { compileGlob } from './glob.ts';
export { isSampled, listImages } from './images.ts';
export { type Labeler, type LabelRule, parseLabelRule } from './label.ts';
export { countLeftOut, type LeftOutCounter } from './left-out.ts';
export { leftOutDetail, leftOutText, linksText } from './left-out-text.ts';
export { parseListingPart } from './listing-line.ts';
export {
  type CutOptions,
  cutListing,
  type ListingPart,
  MAX_PARTITION_BYTES,
  partitionSizes,
} from './partitions.ts';
export { checkImagesRoot, type ImageRead, readImage, type Said } from './read-image.ts';
export { type ListingSpool, spoolListing } from './spool.ts';
