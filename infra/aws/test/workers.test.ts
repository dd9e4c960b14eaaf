/** The worker fleet and the control box. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { resourcesOf, templateOf, textOf, type Variant } from './variants.ts';

const templates = { default: templateOf('default'), custom: templateOf('custom') };
const both = Object.entries(templates) as [Variant, ReturnType<typeof templateOf>][];

test('the group starts from nothing, counts vCPUs, takes spot first and replaces what is about to go', () => {
  templates.default.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    AutoScalingGroupName: 'verger-workers',
    MinSize: '0',
    MaxSize: '32',
    DesiredCapacity: Match.absent(),
    CapacityRebalance: true,
    MetricsCollection: [{ Granularity: '1Minute' }],
    MixedInstancesPolicy: {
      InstancesDistribution: {
        SpotAllocationStrategy: 'price-capacity-optimized',
        OnDemandBaseCapacity: 2,
        OnDemandPercentageAboveBaseCapacity: 0,
      },
      LaunchTemplate: {
        Overrides: [
          { InstanceType: 'c7a.large', WeightedCapacity: '2' },
          { InstanceType: 'c7a.xlarge', WeightedCapacity: '4' },
          { InstanceType: 'c7a.2xlarge', WeightedCapacity: '8' },
        ],
      },
    },
  });
  assert.equal(resourcesOf(templates.default, 'AWS::AutoScaling::AutoScalingGroup').length, 1);
});

test('other sizes, another family, a share on demand and a maximum come from the options', () => {
  templates.custom.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    AutoScalingGroupName: 'trial-2-workers',
    MinSize: '0',
    MaxSize: '500',
    MixedInstancesPolicy: {
      InstancesDistribution: { OnDemandBaseCapacity: 8, OnDemandPercentageAboveBaseCapacity: 25 },
      LaunchTemplate: {
        Overrides: [
          { InstanceType: 'c7g.xlarge', WeightedCapacity: '4' },
          { InstanceType: 'c7g.4xlarge', WeightedCapacity: '16' },
        ],
      },
    },
  });
});

test('an instance that ends has 120 seconds, and ends all the same if nobody completes its hook', () => {
  for (const [name, template] of both) {
    template.resourceCountIs('AWS::AutoScaling::LifecycleHook', 1);
    template.hasResourceProperties('AWS::AutoScaling::LifecycleHook', {
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 120,
      DefaultResult: 'CONTINUE',
      LifecycleHookName: name === 'default' ? 'verger-drain' : 'trial-2-drain',
    });
  }
});

test('instances demand IMDSv2 within two hops, have no key, and encrypted volumes', () => {
  const metadata = { HttpTokens: 'required', HttpPutResponseHopLimit: 2 };
  const volumes = [{ Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true } }];
  for (const [, template] of both) {
    template.resourceCountIs('AWS::EC2::LaunchTemplate', 1);
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: metadata,
        KeyName: Match.absent(),
        BlockDeviceMappings: volumes,
        SecurityGroupIds: [Match.anyValue()],
        InstanceMarketOptions: Match.absent(),
      },
    });
    template.resourceCountIs('AWS::EC2::Instance', 1);
    template.hasResourceProperties('AWS::EC2::Instance', {
      MetadataOptions: metadata,
      KeyName: Match.absent(),
      BlockDeviceMappings: volumes,
    });
    const [launch] = resourcesOf(template, 'AWS::EC2::LaunchTemplate');
    const { SecurityGroupIds } = launch!.Properties['LaunchTemplateData'] as Record<string, unknown>;
    assert.match(textOf(SecurityGroupIds), /^<NetworkWorkers\w+\.GroupId>$/);
    const [box] = resourcesOf(template, 'AWS::EC2::Instance');
    const [network] = box!.Properties['NetworkInterfaces'] as Record<string, unknown>[];
    assert.match(textOf(network?.['GroupSet']), /^<NetworkControl\w+\.GroupId>$/);
  }
});

test('the control box is of the architecture of its workers: they share the image', () => {
  const types = both.map(([, template]) => resourcesOf(template, 'AWS::EC2::Instance')[0]?.Properties);
  assert.deepEqual(
    types.map((properties) => properties?.['InstanceType']),
    ['t3a.medium', 't4g.large'],
  );
  assert.match(textOf(types[0]?.['ImageId']), /x8664/);
  assert.match(textOf(types[1]?.['ImageId']), /arm64/);
  for (const [index, [, template]] of both.entries()) {
    const [launch] = resourcesOf(template, 'AWS::EC2::LaunchTemplate');
    const { ImageId } = launch!.Properties['LaunchTemplateData'] as Record<string, unknown>;
    assert.equal(textOf(ImageId), textOf(types[index]?.['ImageId']));
  }
});
