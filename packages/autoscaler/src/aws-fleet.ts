/** An Auto Scaling group of AWS whose capacity counts vCPUs. The only file that knows the AWS SDK. */
import type { AutoScalingGroup, Instance } from '@aws-sdk/client-auto-scaling';
import { VergerError } from '@verger/core';
import type { Fleet, FleetSeen } from './fleet.ts';
import { scalingError } from './scaling-error.ts';

/** One answer may take so long, milliseconds; the SDK asks twice before it gives up. */
const ANSWER_MS = 10_000;
const CONNECT_MS = 5_000;

/**
 * A group by its name. Credentials, and the endpoint, come by AWS's own chain and names. Two calls:
 * DescribeAutoScalingGroups and SetDesiredCapacity, of this group alone. The SDK is loaded here.
 */
export async function openAwsFleet(group: string, region: string | undefined): Promise<Fleet> {
  const { AutoScalingClient, DescribeAutoScalingGroupsCommand, SetDesiredCapacityCommand } = await import(
    '@aws-sdk/client-auto-scaling'
  );
  const client = new AutoScalingClient({
    ...(region === undefined ? {} : { region }),
    maxAttempts: 2,
    requestHandler: { requestTimeout: ANSWER_MS, connectionTimeout: CONNECT_MS },
  });
  return {
    group,
    describe: async () => {
      try {
        const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] });
        const { AutoScalingGroups = [] } = await client.send(asked);
        const found = AutoScalingGroups.find(({ AutoScalingGroupName: name }) => name === group);
        if (found === undefined) throw new VergerError('E_SCALING_GROUP', { location: group });
        return stateOf(found);
      } catch (error) {
        throw scalingError(error, group);
      }
    },
    ask: async (vcpus) => {
      try {
        const wanted = { AutoScalingGroupName: group, DesiredCapacity: vcpus, HonorCooldown: false };
        await client.send(new SetDesiredCapacityCommand(wanted));
      } catch (error) {
        throw scalingError(error, group);
      }
    },
    close: () => client.destroy(),
  };
}

/** What a group says of itself, in vCPUs. A group that is being deleted can have no capacity any more. */
export function stateOf(group: AutoScalingGroup): FleetSeen {
  const instances = group.Instances ?? [];
  const sum = (states: RegExp) =>
    instances.filter(({ LifecycleState: state }) => states.test(state ?? '')).reduce(addWeight, 0);
  return {
    desiredVcpus: group.DesiredCapacity ?? 0,
    inServiceVcpus: sum(/^InService$/),
    bootingVcpus: sum(/^Pending(:|$)/),
    drainingVcpus: sum(/^Terminating(:|$)/),
    limits: { minVcpus: group.MinSize ?? 0, maxVcpus: group.MaxSize ?? 0 },
  };
}

/** An instance without a weight counts 1, as the group counts it. */
function addWeight(sum: number, { WeightedCapacity: weight }: Instance): number {
  return sum + (Number(weight ?? 1) || 1);
}
