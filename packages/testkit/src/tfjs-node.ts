import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The folder in which npm installed @tensorflow/tfjs-node: `VERGER_TFJS_NODE`. Undefined where the variable is
 * not set, or the package not there.
 */
export const tfjsNodeFolder: string | undefined = [process.env['VERGER_TFJS_NODE']].find((folder) => {
  if (folder === undefined || folder === '') return false;
  try {
    createRequire(join(folder, 'index.js')).resolve('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
});

/** Why tests with tfjs-node are skipped; false where they are not. For `skip`. */
export const noTfjsNode: string | false =
  tfjsNodeFolder === undefined && 'needs VERGER_TFJS_NODE, a folder with @tensorflow/tfjs-node';
