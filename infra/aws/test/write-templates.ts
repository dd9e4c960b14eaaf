/** `node --import tsx test/write-templates.ts FOLDER`: writes the templates of the variants there. */
import { writeTemplates } from './variants.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: write-templates.ts FOLDER');
process.stdout.write(`${writeTemplates(folder).join('\n')}\n`);
