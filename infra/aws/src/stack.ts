/** The one stack: who gets what from whom. Each part is in a file of its own. */
import { Fn, Stack, Tags } from 'aws-cdk-lib';
import {
  ManagedPolicy,
  PolicyDocument,
  type PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './acknowledged.ts';
import { addBudget } from './budget.ts';
import { boxArchive, ControlBox } from './control-box.ts';
import { VCPUS } from './families.ts';
import type { Options } from './options.ts';
import { addOutputs } from './outputs.ts';
import { controlRights, coordinatorRights, workerRights } from './rights.ts';
import { SafetyNet } from './safety-net.ts';
import { addShared, type Shared } from './shared.ts';
import { controlUserData, workerUserData } from './user-data.ts';
import { Workers, workerNames } from './workers.ts';

/** Of the seconds of the lifecycle hook, those that a worker may use to finish its jobs. */
const GRACE_SECONDS = 90;

/** verger on AWS, by options. Nothing is looked up: the account is known only when it is deployed. */
export class VergerStack extends Stack {
  readonly #options: Options;

  constructor(scope: Construct, id: string, options: Options) {
    super(scope, id, { stackName: options.name, env: { region: options.region } });
    this.#options = options;
    Tags.of(this).add('verger', options.name);
    const shared = addShared(this, options);
    const archive = boxArchive(this);
    const roles = this.#roles(shared, archive);
    const control = this.#control(shared, { role: roles.control, archive });
    const workers = this.#workers(shared, { role: roles.worker, control });
    const logGroup = shared.logs.control;
    new SafetyNet(this, 'SafetyNet', { group: workers.group, logGroup, name: options.name });
    const { budgetEmail: email, budgetUsd: usd } = options;
    if (email !== undefined) addBudget(this, { email, usd });
    const policy = this.#coordinator(shared, control);
    addOutputs(this, { ...shared, options, control, workers, policy });
    acknowledgeFindings(this, {
      ...{ ...shared, options, control, workers, results: shared.buckets.results },
      roles: { ...roles, coordinator: policy },
    });
  }

  /** Several zones, though the account is not known here: each is another pool of spot capacity. */
  override get availabilityZones(): string[] {
    const { zones } = this.#options;
    return Array.from({ length: zones }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  #roles({ passwords: { queue, dashboard }, logs, places }: Shared, archive: Asset) {
    const role = (id: string, statements: PolicyStatement[]) =>
      new Role(this, id, {
        assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
        inlinePolicies: { verger: new PolicyDocument({ statements }) },
      });
    const ofControl = {
      logGroup: logs.control.logGroupArn,
      secrets: [...Object.values(queue), dashboard].map(({ secretArn }) => secretArn),
      files: [archive.bucket.arnForObjects(archive.s3ObjectKey)],
    };
    const ofWorker = { logGroup: logs.workers.logGroupArn, secrets: [queue.worker.secretArn] };
    return {
      control: role('ControlRole', controlRights(places, ofControl)),
      worker: role('WorkerRole', workerRights(places, ofWorker)),
    };
  }

  #control(shared: Shared, { role, archive }: { role: Role; archive: Asset }): ControlBox {
    const { buckets, logs, network, passwords, settings } = shared;
    const { maxVcpus, sizes } = this.#options;
    const own = {
      PLACES: `s3://${buckets.results.bucketName}`,
      REDIS_SECRET: passwords.queuePrefix,
      DASHBOARD_SECRET: passwords.dashboardName,
      MAX_VCPUS: String(maxVcpus),
      VCPU_STEP: String(Math.min(...sizes.map((size) => VCPUS[size]))),
      LOG_GROUP: logs.control.logGroupName,
    };
    const userData = controlUserData({ ...settings, ...own }, archive.s3ObjectUrl);
    return new ControlBox(this, 'Control', { options: this.#options, network, role, userData });
  }

  #workers(shared: Shared, { role, control }: { role: Role; control: ControlBox }): Workers {
    const { logs, network, passwords, settings } = shared;
    const own = {
      REDIS_HOST: control.instance.instancePrivateIp,
      REDIS_SECRET: passwords.queue.worker.secretArn,
      LOG_GROUP: logs.workers.logGroupName,
      HOOK: workerNames(this.#options.name).hook,
      GRACE_SECONDS: String(GRACE_SECONDS),
    };
    const userData = workerUserData({ ...settings, ...own });
    return new Workers(this, 'Workers', { options: this.#options, network, role, userData });
  }

  /** The policy for whoever runs `verger run`. */
  #coordinator({ passwords: { queue, dashboard }, places }: Shared, { instance }: ControlBox): ManagedPolicy {
    const document = { service: 'ssm', account: '', resource: 'document' };
    const statements = coordinatorRights(places, {
      control: this.formatArn({ service: 'ec2', resource: 'instance', resourceName: instance.instanceId }),
      document: this.formatArn({ ...document, resourceName: 'AWS-StartPortForwardingSession' }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
      sessions: this.formatArn({ service: 'ssm', resource: 'session', resourceName: '${aws:userid}-*' }),
      secrets: [queue.coordinator.secretArn, dashboard.secretArn],
    });
    return new ManagedPolicy(this, 'Coordinator', {
      description: `For whoever runs verger on the stack ${this.#options.name}`,
      document: new PolicyDocument({ statements }),
    });
  }
}
