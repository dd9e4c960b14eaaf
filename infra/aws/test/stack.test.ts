/** What the stack is, where it is about security or money: properties, by name; no snapshots. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { templateOf } from './variants.ts';

const template = templateOf('default');

test('the launch template demands IMDSv2, two hops away', () => {
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: {
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      KeyName: Match.absent(),
    },
  });
  assert.ok(template);
});
