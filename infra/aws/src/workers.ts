/** The worker fleet: an Auto Scaling group that counts vCPUs, spot first, from nothing. */
import { Duration, Fn, Stack } from 'aws-cdk-lib';
import {
  AutoScalingGroup,
  DefaultResult,
  GroupMetrics,
  LifecycleTransition,
  OnDemandAllocationStrategy,
  SpotAllocationStrategy,
} from 'aws-cdk-lib/aws-autoscaling';
import {
  AmazonLinuxCpuType,
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  type UserData,
} from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { FAMILIES, VCPUS } from './families.ts';
import type { Network } from './network.ts';
import type { Options } from './options.ts';

/** Seconds that EC2 waits for a worker that it ends: as long as the notice of a spot interruption. */
export const HOOK_SECONDS = 120;

/** Fixed names, because user data and rights must name what depends on them. */
export function workerNames(name: string): { readonly group: string; readonly hook: string } {
  return { group: `${name}-workers`, hook: `${name}-drain` };
}

/** Amazon Linux 2023 for the architecture of the family, the newest when it is deployed; nothing is looked up. */
export function machineImage(arm: boolean) {
  const cpuType = arm ? AmazonLinuxCpuType.ARM_64 : AmazonLinuxCpuType.X86_64;
  return MachineImage.latestAmazonLinux2023({ cpuType });
}

/** An encrypted root volume of that many GiB. */
export function rootVolume(gib: number) {
  const settings = { encrypted: true, volumeType: EbsDeviceVolumeType.GP3, deleteOnTermination: true };
  return { deviceName: '/dev/xvda', volume: BlockDeviceVolume.ebs(gib, settings) };
}

interface WorkersProps {
  readonly options: Options;
  readonly network: Network;
  readonly role: Role;
  readonly userData: UserData;
}

/** The group with its launch template and lifecycle hook. Desired capacity is the autoscaler's alone. */
export class Workers extends Construct {
  readonly group: AutoScalingGroup;

  constructor(scope: Construct, id: string, props: WorkersProps) {
    super(scope, id);
    const { options, network } = props;
    const { group, hook } = workerNames(options.name);
    const { family, sizes, onDemandBaseVcpus, onDemandPercent } = options;
    this.group = new AutoScalingGroup(this, 'Group', {
      autoScalingGroupName: group,
      vpc: network.vpc,
      vpcSubnets: { subnets: network.vpc.publicSubnets },
      minCapacity: 0,
      maxCapacity: options.maxVcpus,
      capacityRebalance: true,
      groupMetrics: [GroupMetrics.all()],
      mixedInstancesPolicy: {
        launchTemplate: this.#launchTemplate(props),
        launchTemplateOverrides: sizes.map((size) => ({
          instanceType: new InstanceType(`${family}.${size}`),
          weightedCapacity: VCPUS[size],
        })),
        instancesDistribution: {
          spotAllocationStrategy: SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
          onDemandAllocationStrategy: OnDemandAllocationStrategy.LOWEST_PRICE,
          onDemandBaseCapacity: onDemandBaseVcpus,
          onDemandPercentageAboveBaseCapacity: onDemandPercent,
        },
      },
    });
    this.group.addLifecycleHook('Drain', {
      lifecycleHookName: hook,
      lifecycleTransition: LifecycleTransition.INSTANCE_TERMINATING,
      heartbeatTimeout: Duration.seconds(HOOK_SECONDS),
      // Of a worker that is gone already: end it all the same.
      defaultResult: DefaultResult.CONTINUE,
    });
  }

  #launchTemplate({ options: { family }, network, role, userData }: WorkersProps): LaunchTemplate {
    return new LaunchTemplate(this, 'Template', {
      machineImage: machineImage(FAMILIES[family].arm),
      role,
      userData,
      securityGroup: network.workers,
      blockDevices: [rootVolume(20)],
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // The worker's container is one hop further.
      httpPutResponseHopLimit: 2,
      instanceMetadataTags: false,
    });
  }
}

/** ARN of the group by its name: its id in between is not known before it is there. */
export function groupArn(scope: Construct, group: string): string {
  const { partition, region, account } = Stack.of(scope);
  const resource = `autoScalingGroup:*:autoScalingGroupName/${group}`;
  return Fn.join(':', ['arn', partition, 'autoscaling', region, account, resource]);
}
