/** Answers of the Auto Scaling API as AWS writes them: XML of the Query protocol, version 2011-01-01. */

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly xml: string;
}

const NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';
const META =
  '<ResponseMetadata><RequestId>7c6e177f-f082-11e1-ac58-3714bEXAMPLE</RequestId></ResponseMetadata>';

/** An answer with a result, or without one. */
export function textOf(action: string, result = ''): Answer {
  const inner = result === '' ? '' : `<${action}Result>${result}</${action}Result>`;
  const xml = `<${action}Response xmlns="${NAMESPACE}">${inner}${META}</${action}Response>`;
  return { status: 200, xml };
}

const ERRORS = {
  throttled: [400, 'Throttling', 'Rate exceeded'],
  denied: [
    403,
    'AccessDenied',
    'User: role/control is not authorized to perform: autoscaling:SetDesiredCapacity on resource: group',
  ],
  expired: [403, 'ExpiredToken', 'The security token included in the request is expired'],
  deleted: [400, 'ValidationError', 'AutoScalingGroup name not found - AutoScalingGroup workers not found'],
  limit: [
    400,
    'ValidationError',
    'New SetDesiredCapacity value 99 is above max value 3 for the AutoScalingGroup.',
  ],
  broken: [500, 'InternalFailure', 'We encountered an internal error. Please try again.'],
} as const;

/** An error answer. */
export function failed(kind: keyof typeof ERRORS): Answer {
  const [status, code, message] = ERRORS[kind];
  const error = `<Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code>`;
  const xml = `<ErrorResponse xmlns="${NAMESPACE}">${error}<Message>${message}</Message></Error>${META}</ErrorResponse>`;
  return { status, xml };
}

/** A group as it is described. */
export interface DescribedGroup {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
  readonly instances: readonly { readonly id: string; readonly state: string; readonly weight: number }[];
}

/** The answer to DescribeAutoScalingGroups for one group, or for one that is not there. */
export function groupXml(group: DescribedGroup | undefined): Answer {
  return textOf(
    'DescribeAutoScalingGroups',
    `<AutoScalingGroups>${group === undefined ? '' : memberOf(group)}</AutoScalingGroups>`,
  );
}

function memberOf({ name, minSize, maxSize, desired, instances }: DescribedGroup): string {
  const members = instances.map(
    ({ id, state, weight }) =>
      `<member><InstanceId>${id}</InstanceId><InstanceType>c7a.large</InstanceType>` +
      `<AvailabilityZone>eu-west-1a</AvailabilityZone><LifecycleState>${state}</LifecycleState>` +
      `<HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn>` +
      `<WeightedCapacity>${weight}</WeightedCapacity></member>`,
  );
  return (
    `<member><AutoScalingGroupName>${name}</AutoScalingGroupName>` +
    `<MinSize>${minSize}</MinSize><MaxSize>${maxSize}</MaxSize><DesiredCapacity>${desired}</DesiredCapacity>` +
    `<DefaultCooldown>300</DefaultCooldown><AvailabilityZones><member>eu-west-1a</member></AvailabilityZones>` +
    `<HealthCheckType>EC2</HealthCheckType><CreatedTime>2026-11-30T00:00:00.000Z</CreatedTime>` +
    `<Instances>${members.join('')}</Instances></member>`
  );
}
