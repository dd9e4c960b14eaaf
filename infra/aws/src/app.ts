/** The CDK app: one stack, from the options in the context. */
import { App, type AppProps } from 'aws-cdk-lib';
import { contextOf, readOptions } from './options.ts';
import { VergerStack } from './stack.ts';

/** Here and not in cdk.json, so that the tests, which make the app without the CLI, have the same templates. */
const FEATURE_FLAGS = {
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/aws-iam:minimizePolicies': false,
} as const;

/**
 * The app with its one stack, not yet synthesized. `context` is that of tests; the CLI gives its own through
 * the environment. Only the region is fixed: nothing is looked up in an account. Errors: OptionsError with all
 * faults of the options.
 */
export function buildApp({ context = {}, ...props }: AppProps = {}): App {
  const app = new App({ ...props, analyticsReporting: false, context: { ...FEATURE_FLAGS, ...context } });
  const options = readOptions(contextOf(app));
  new VergerStack(app, 'Verger', options);
  return app;
}
