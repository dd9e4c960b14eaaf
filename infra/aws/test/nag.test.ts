/** cdk-nag in a test of its own: templates cannot be made of an app with findings. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { appOf, VARIANTS } from './variants.ts';

/** Rules that were broken, as the report of a synthesis has them. */
function findingsOf({ app, outdir }: Pick<ReturnType<typeof appOf>, 'app' | 'outdir'>): string {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch (error) {
    assert.match(String(error), /Validation failed/);
  }
  return readFileSync(join(outdir, 'validation-report.json'), 'utf8');
}

/** The pack without acknowledgements: every finding. */
class Everything extends AwsSolutionsChecks {
  constructor(...args: ConstructorParameters<typeof AwsSolutionsChecks>) {
    super(...args);
    Object.assign(this, { isAcknowledged: () => false });
  }
}

for (const [name, context] of Object.entries(VARIANTS)) {
  test(`AwsSolutions finds nothing that is not acknowledged: ${name}`, () => {
    const report = findingsOf(appOf(context));
    assert.deepEqual(report.match(/AwsSolutions-[A-Z]+\d+/g) ?? [], [], report.slice(0, 2000));
  });

  test(`every acknowledgement is of a finding: ${name}`, () => {
    const { app } = appOf(context);
    const found = new Everything(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
    const key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
    const acknowledged = app.node
      .findAll()
      .flatMap(({ node }) => node.metadata.filter(({ type }) => type === key))
      .flatMap(({ data }) => Object.keys(data as object))
      .map((id) => id.replace(/^annotation::/i, ''));
    assert.ok(acknowledged.length > 20);
    assert.deepEqual(
      acknowledged.filter((id) => !found.includes(id)),
      [],
    );
  });
}

test('a finding is seen: a bucket without TLS', () => {
  const made = appOf(VARIANTS.default);
  new Bucket(made.stack, 'Plant', { blockPublicAccess: BlockPublicAccess.BLOCK_ALL });
  assert.match(findingsOf(made), /AwsSolutions-S10/);
});
