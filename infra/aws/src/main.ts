/** What `cdk` runs: synthesizes the app of the context (`-c key=value`, `cdk.context.json`). */
import { buildApp } from './app.ts';
import { OptionsError } from './options.ts';

try {
  buildApp().synth();
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
