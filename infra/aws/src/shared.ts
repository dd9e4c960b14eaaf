/** What control box and workers share: network, buckets, passwords, image, logs, and how they are named. */
import { Fn, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { FAMILIES } from './families.ts';
import { Network } from './network.ts';
import type { Options } from './options.ts';
import type { Places } from './rights.ts';
import { Passwords } from './secrets.ts';
import { Buckets } from './storage.ts';
import { ROOT, type Settings } from './user-data.ts';
import { groupArn, workerNames } from './workers.ts';

const DOCKERFILE = 'infra/docker/Dockerfile';

/** The parts, what rights are about, and the settings of all instances. */
export interface Shared {
  readonly network: Network;
  readonly buckets: Buckets;
  readonly passwords: Passwords;
  readonly logs: Readonly<Record<'control' | 'workers', LogGroup>>;
  readonly places: Places;
  readonly settings: Settings;
}

/** Adds the parts to the stack. */
export function addShared(stack: Stack, options: Options): Shared {
  const { name, region, tls } = options;
  const buckets = new Buckets(stack, 'Buckets', options);
  const image = addImage(stack, options);
  const { group } = workerNames(name);
  const arnOf = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'ssm', resource, resourceName });
  if (tls) addAuthority(stack, name);
  return {
    network: new Network(stack, 'Network', options.zones),
    buckets,
    passwords: new Passwords(stack, 'Passwords', name),
    logs: {
      control: addLogGroup(stack, 'control', options),
      workers: addLogGroup(stack, 'workers', options),
    },
    places: {
      input: buckets.input.bucketArn,
      results: buckets.results.bucketArn,
      group: groupArn(stack, group),
      images: image.repository.repositoryArn,
      // As EC2 names them: so Systems Manager authorises its agents.
      instances: stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' }),
      authority: tls ? arnOf('parameter', authorityName(name).slice(1)) : null,
    },
    settings: {
      REGION: region,
      IMAGE: image.imageUri,
      REGISTRY: Fn.select(0, Fn.split('/', image.imageUri)),
      ALLOW_ROOTS: `s3://${buckets.input.bucketName},s3://${buckets.results.bucketName}`,
      GROUP: group,
      ...(tls ? { VERGER_TLS: authorityName(name) } : {}),
    },
  };
}

function addImage(stack: Stack, { family }: Options): DockerImageAsset {
  return new DockerImageAsset(stack, 'Image', {
    directory: ROOT,
    file: DOCKERFILE,
    // The CDK leaves out what .dockerignore does, the Dockerfile too, which Docker's own client sends.
    exclude: [`!${DOCKERFILE}`],
    platform: FAMILIES[family].arm ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
  });
}

function addLogGroup(stack: Stack, of: 'control' | 'workers', { name, logDays }: Options): LogGroup {
  return new LogGroup(stack, `Logs-${of}`, {
    logGroupName: `/verger/${name}/${of}`,
    retention: logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** Name of the parameter with the certificate of the queue's authority. */
export function authorityName(name: string): string {
  return `/verger/${name}/queue-ca`;
}

/** The parameter itself, so that it goes with the stack; the control box writes the certificate into it. */
function addAuthority(stack: Stack, name: string): void {
  new StringParameter(stack, 'QueueAuthorityParameter', {
    parameterName: authorityName(name),
    description: "Certificate of the authority that signed the queue's",
    stringValue: 'The control box has not written it yet.',
  });
}
