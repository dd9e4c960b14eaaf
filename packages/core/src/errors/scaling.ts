import { type ErrorEntry, permanent, task } from './entry.ts';

/** Errors of the autoscaler: it logs them, asks for nothing meanwhile, and tries again. */
export const SCALING_ERRORS = {
  E_SCALING_BUSY: task(
    'The Auto Scaling API throttles requests, or another scaling activity is under way.',
    'Nothing: the autoscaler tries again with growing pauses. If it lasts, see what else calls the API in ' +
      'this account and region.',
  ),
  E_SCALING_UNREACHABLE: task(
    'The Auto Scaling API does not answer.',
    'Check AWS_REGION, DNS and the way out of this network; the autoscaler tries again by itself.',
  ),
  E_SCALING_DENIED: permanent(
    'The autoscaler may not describe the Auto Scaling group, or may not set its capacity.',
    'Grant its role autoscaling:DescribeAutoScalingGroups on *, and autoscaling:SetDesiredCapacity on the ' +
      'group; it tries again by itself.',
  ),
  E_SCALING_CREDENTIALS: permanent(
    'AWS credentials or the region are missing, or the Auto Scaling API rejects them.',
    'Give the process a role or credentials, and AWS_REGION; it tries again by itself.',
  ),
  E_SCALING_GROUP: permanent(
    'There is no such Auto Scaling group.',
    'Correct --group and AWS_REGION, or deploy the group again; the autoscaler goes on by itself.',
  ),
  E_SCALING_REFUSED: permanent(
    'The Auto Scaling API refuses the request.',
    'See its message above; compare --min-vcpus and --max-vcpus with the limits of the group.',
  ),
} as const satisfies Record<string, ErrorEntry>;
