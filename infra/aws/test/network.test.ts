/** Who reaches whom, and where data is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { resourcesOf, templateOf, textOf, type Variant } from './variants.ts';

const templates = { default: templateOf('default'), custom: templateOf('custom') };
const both = Object.entries(templates) as [Variant, ReturnType<typeof templateOf>][];

test('nothing comes in from outside, on no port and no protocol', () => {
  for (const [name, template] of both) {
    const rules = [
      ...resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties),
      ...resourcesOf(template, 'AWS::EC2::SecurityGroup').flatMap(
        ({ Properties }) => (Properties['SecurityGroupIngress'] ?? []) as Record<string, unknown>[],
      ),
    ];
    assert.equal(rules.length, 1, name);
    const [rule = {}] = rules;
    assert.deepEqual(
      Object.keys(rule).filter((key) => /Cidr|Prefix/.test(key)),
      [],
    );
    assert.match(textOf(rule['GroupId']), /NetworkControl/);
    assert.match(textOf(rule['SourceSecurityGroupId']), /NetworkWorkers/);
    assert.deepEqual([rule['IpProtocol'], rule['FromPort'], rule['ToPort']], ['tcp', 6379, 6379]);
    // The queue would be reachable through the default group, or one that is looked up.
    assert.equal(resourcesOf(template, 'AWS::EC2::SecurityGroup').length, 2);
  }
});

test('instances speak HTTPS to the outside, and workers to the queue; nothing else', () => {
  for (const [, template] of both) {
    for (const { Properties } of resourcesOf(template, 'AWS::EC2::SecurityGroup')) {
      assert.deepEqual(
        (Properties['SecurityGroupEgress'] as Record<string, unknown>[]).map(
          ({ CidrIp, IpProtocol, FromPort, ToPort }) => [CidrIp, IpProtocol, FromPort, ToPort],
        ),
        [['0.0.0.0/0', 'tcp', 443, 443]],
      );
    }
    template.resourceCountIs('AWS::EC2::SecurityGroupEgress', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroupEgress', {
      FromPort: 6379,
      ToPort: 6379,
      DestinationSecurityGroupId: Match.anyValue(),
      CidrIp: Match.absent(),
    });
  }
});

test('there is no NAT gateway to pay, and S3 is reached through a gateway endpoint of all subnets', () => {
  for (const [name, template] of both) {
    for (const type of ['NatGateway', 'EIP', 'VPNGateway', 'KeyPair']) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
    const zones = name === 'default' ? 3 : 2;
    template.resourceCountIs('AWS::EC2::Subnet', zones);
    template.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true });
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
    const [endpoint] = resourcesOf(template, 'AWS::EC2::VPCEndpoint');
    assert.equal(endpoint?.Properties['VpcEndpointType'], 'Gateway');
    assert.match(textOf(endpoint?.Properties['ServiceName']), /\.s3$/);
    assert.equal((endpoint!.Properties['RouteTableIds'] as unknown[]).length, zones);
  }
});

test('the results bucket is encrypted, private, reached over TLS alone, and stays', () => {
  for (const [name, template] of both) {
    template.resourceCountIs('AWS::S3::Bucket', 1);
    const [bucket] = resourcesOf(template, 'AWS::S3::Bucket');
    assert.deepEqual([bucket?.DeletionPolicy, bucket?.UpdateReplacePolicy], ['Retain', 'Retain']);
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: Match.absent(),
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }),
        ]),
      },
      VersioningConfiguration: name === 'custom' ? { Status: 'Enabled' } : Match.absent(),
    });
    const [policy] = resourcesOf(template, 'AWS::S3::BucketPolicy');
    assert.equal(policy?.DeletionPolicy, 'Retain');
    const { Statement } = policy!.Properties['PolicyDocument'] as { Statement: Record<string, unknown>[] };
    assert.deepEqual(
      Statement.map(({ Effect, Action, Principal, Condition }) => [Effect, Action, Principal, Condition]),
      [
        ['Deny', 's3:*', { AWS: '*' }, { Bool: { 'aws:SecureTransport': 'false' } }],
        ['Deny', 's3:*', { AWS: '*' }, { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
      ],
    );
    for (const { Resource } of Statement) {
      assert.match(textOf(Resource), /^<BucketsResults\w+\.Arn><BucketsResults\w+\.Arn>\/\*$/);
    }
  }
});

test('old versions of results, if they are kept, are not kept forever', () => {
  const [bucket] = resourcesOf(templates.custom, 'AWS::S3::Bucket');
  const { Rules } = bucket!.Properties['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] };
  assert.ok(Rules.some(({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration !== undefined));
  // No rule may delete results themselves.
  for (const [, template] of both) {
    const text = JSON.stringify(resourcesOf(template, 'AWS::S3::Bucket'));
    assert.doesNotMatch(text, /"Expiration|ExpirationInDays|"Transition/);
  }
});

test('what is not results goes with the stack', () => {
  for (const [, template] of both) {
    const kept = Object.entries(template.toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>)
      .filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain')
      .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    assert.deepEqual(kept.sort(), ['BucketsResults', 'BucketsResultsPolicy']);
  }
});
