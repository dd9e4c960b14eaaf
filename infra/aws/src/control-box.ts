/** The control box: one small on-demand instance with queue, reducer, autoscaler and dashboard. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HttpTokens, Instance, InstanceType, type UserData } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { FAMILIES } from './families.ts';
import type { Network } from './network.ts';
import type { Options } from './options.ts';
import { ROOT } from './user-data.ts';
import { machineImage, rootVolume } from './workers.ts';

/** What the box is set up from, in the repository. Named one by one: a folder may hold somebody's secrets. */
export const BOX_FILES = [
  'docker-compose.yml',
  '.env.example',
  'infra/docker/setup.sh',
  'infra/docker/users.acl',
  'infra/docker/no-weights.txt',
  'infra/aws/compose.override.yml',
  'infra/aws/compose.tls.yml',
  'infra/aws/host/common.sh',
  'infra/aws/host/control.sh',
  'infra/aws/host/install-compose.sh',
  'infra/aws/host/queue-certificate.sh',
] as const;

let copied: string | undefined;

/** The files in a temporary folder of this process. */
function copyFiles(): string {
  if (copied !== undefined) return copied;
  const folder = mkdtempSync(join(tmpdir(), 'verger-control-box-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const file of BOX_FILES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  copied = folder;
  return folder;
}

/** The files as an archive in the bucket of the CDK's assets. */
export function boxArchive(scope: Construct): Asset {
  return new Asset(scope, 'BoxFiles', { path: copyFiles() });
}

interface ControlBoxProps {
  readonly options: Options;
  readonly network: Network;
  readonly role: Role;
  readonly userData: UserData;
}

/**
 * The instance. Other user data (another image, other files) replace it, and its queue with it: attached
 * commands submit again, detached runs are resumed.
 */
export class ControlBox extends Construct {
  readonly instance: Instance;

  constructor(scope: Construct, id: string, { options, network, role, userData }: ControlBoxProps) {
    super(scope, id);
    const { arm, controlType } = FAMILIES[options.family];
    this.instance = new Instance(this, 'Instance', {
      vpc: network.vpc,
      vpcSubnets: { subnets: network.vpc.publicSubnets },
      instanceType: new InstanceType(options.controlType ?? controlType),
      machineImage: machineImage(arm),
      securityGroup: network.control,
      associatePublicIpAddress: true,
      role,
      userData,
      userDataCausesReplacement: true,
      blockDevices: [rootVolume(30)],
      httpTokens: HttpTokens.REQUIRED,
      httpPutResponseHopLimit: 2,
    });
  }
}
