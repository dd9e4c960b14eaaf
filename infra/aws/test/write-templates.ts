/** Writes the templates of the variants into the folder VERGER_AWS_TEMPLATES: for cfn-lint and test/aws. */
import { writeTemplates } from './variants.ts';

const folder = process.env['VERGER_AWS_TEMPLATES'];
if (folder === undefined) throw new Error('VERGER_AWS_TEMPLATES must name a folder');
writeTemplates(folder);
