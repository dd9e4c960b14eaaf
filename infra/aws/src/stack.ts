/** The one stack: who gets what from whom. Each part is in a file of its own. */
import { Fn, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  ManagedPolicy,
  PolicyDocument,
  type PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './acknowledged.ts';
import { addBudget } from './budget.ts';
import { boxArchive, ControlBox } from './control-box.ts';
import { FAMILIES, VCPUS } from './families.ts';
import { Network } from './network.ts';
import type { Options } from './options.ts';
import { addOutputs } from './outputs.ts';
import { controlRights, coordinatorRights, type Places, workerRights } from './rights.ts';
import { SafetyNet } from './safety-net.ts';
import { Passwords } from './secrets.ts';
import { Buckets } from './storage.ts';
import { controlUserData, ROOT, type Settings, workerUserData } from './user-data.ts';
import { groupArn, Workers, workerNames } from './workers.ts';

/** Of the seconds of the lifecycle hook, those that a worker may use to finish its jobs. */
const GRACE_SECONDS = 90;
const DOCKERFILE = 'infra/docker/Dockerfile';

/** verger on AWS, by options. Nothing is looked up: the account is known only when it is deployed. */
export class VergerStack extends Stack {
  readonly #options: Options;

  constructor(scope: Construct, id: string, options: Options) {
    super(scope, id, { stackName: options.name, env: { region: options.region } });
    this.#options = options;
    Tags.of(this).add('verger', options.name);
    const network = new Network(this, 'Network', options.zones);
    const buckets = new Buckets(this, 'Buckets', options);
    const passwords = new Passwords(this, 'Passwords', options.name);
    const image = this.#image();
    const logs = { control: this.#logGroup('control'), workers: this.#logGroup('workers') };
    const places = this.#places(buckets, image);
    const common = this.#settings(buckets, image);

    if (options.tls) this.#addAuthority();
    const archive = boxArchive(this);
    const secrets = [...Object.values(passwords.queue), passwords.dashboard].map(
      ({ secretArn }) => secretArn,
    );
    const files = [archive.bucket.arnForObjects(archive.s3ObjectKey)];
    const roles = {
      control: this.#role(
        'ControlRole',
        controlRights(places, { logGroup: logs.control.logGroupArn, secrets, files }),
      ),
      worker: this.#role(
        'WorkerRole',
        workerRights(places, {
          logGroup: logs.workers.logGroupArn,
          secrets: [passwords.queue.worker.secretArn],
        }),
      ),
    };
    const control = new ControlBox(this, 'Control', {
      options,
      network,
      role: roles.control,
      userData: controlUserData(
        {
          ...common,
          PLACES: `s3://${buckets.results.bucketName}`,
          REDIS_SECRET: passwords.queuePrefix,
          DASHBOARD_SECRET: passwords.dashboardName,
          MAX_VCPUS: String(options.maxVcpus),
          VCPU_STEP: String(Math.min(...options.sizes.map((size) => VCPUS[size]))),
          LOG_GROUP: logs.control.logGroupName,
        },
        archive.s3ObjectUrl,
      ),
    });

    const workers = new Workers(this, 'Workers', {
      options,
      network,
      role: roles.worker,
      userData: workerUserData({
        ...common,
        REDIS_HOST: control.instance.instancePrivateIp,
        REDIS_SECRET: passwords.queue.worker.secretArn,
        LOG_GROUP: logs.workers.logGroupName,
        HOOK: workerNames(options.name).hook,
        GRACE_SECONDS: String(GRACE_SECONDS),
      }),
    });
    new SafetyNet(this, 'SafetyNet', { group: workers.group, logGroup: logs.control, name: options.name });
    const { budgetEmail: email, budgetUsd: usd } = options;
    if (email !== undefined) addBudget(this, { email, usd });

    const policy = new ManagedPolicy(this, 'Coordinator', {
      description: `For whoever runs verger on the stack ${options.name}`,
      document: new PolicyDocument({
        statements: coordinatorRights(places, this.#tunnel(control, passwords)),
      }),
    });
    addOutputs(this, { options, buckets, passwords, control, workers, policy, logs });
    acknowledgeFindings(this, {
      ...{ options, network, results: buckets.results, passwords, control, workers, logs },
      roles: { ...roles, coordinator: policy },
    });
  }

  /** Three zones, though the account is not known here: each is another pool of spot capacity. */
  override get availabilityZones(): string[] {
    const zones = this.#options?.zones ?? 1;
    return Array.from({ length: zones }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  #image(): DockerImageAsset {
    const { arm } = FAMILIES[this.#options.family];
    return new DockerImageAsset(this, 'Image', {
      directory: ROOT,
      file: DOCKERFILE,
      // The CDK copies the build context as .dockerignore says, which Docker's own client does not do with this.
      exclude: [`!${DOCKERFILE}`],
      platform: arm ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64,
    });
  }

  #logGroup(of: 'control' | 'workers'): LogGroup {
    const { name, logDays } = this.#options;
    return new LogGroup(this, `Logs-${of}`, {
      logGroupName: `/verger/${name}/${of}`,
      retention: logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  #places(buckets: Buckets, image: DockerImageAsset): Places {
    const { name, tls } = this.#options;
    return {
      input: buckets.input.bucketArn,
      results: buckets.results.bucketArn,
      group: groupArn(this, workerNames(name).group),
      images: image.repository.repositoryArn,
      instances: this.formatArn({ service: 'ssm', resource: 'instance', resourceName: '*' }),
      authority: tls
        ? this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: this.#authority() })
        : null,
    };
  }

  /** Name of the parameter with the certificate of the queue's authority, without the first slash. */
  #authority(): string {
    return `verger/${this.#options.name}/queue-ca`;
  }

  /** The parameter itself, so that it goes with the stack; the control box writes the certificate into it. */
  #addAuthority(): void {
    new StringParameter(this, 'QueueAuthorityParameter', {
      parameterName: `/${this.#authority()}`,
      description: "Certificate of the authority that signed the queue's",
      stringValue: 'The control box has not written it yet.',
    });
  }

  #settings(buckets: Buckets, image: DockerImageAsset): Settings {
    const { name, region, tls } = this.#options;
    return {
      REGION: region,
      IMAGE: image.imageUri,
      REGISTRY: Fn.select(0, Fn.split('/', image.imageUri)),
      ALLOW_ROOTS: `s3://${buckets.input.bucketName},s3://${buckets.results.bucketName}`,
      GROUP: workerNames(name).group,
      ...(tls ? { VERGER_TLS: `/${this.#authority()}` } : {}),
    };
  }

  #role(id: string, statements: PolicyStatement[]): Role {
    return new Role(this, id, {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      inlinePolicies: { verger: new PolicyDocument({ statements }) },
    });
  }

  #tunnel({ instance }: ControlBox, { queue, dashboard }: Passwords) {
    return {
      control: this.formatArn({ service: 'ec2', resource: 'instance', resourceName: instance.instanceId }),
      document: this.formatArn({
        service: 'ssm',
        account: '',
        resource: 'document',
        resourceName: 'AWS-StartPortForwardingSession',
      }),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
      sessions: this.formatArn({ service: 'ssm', resource: 'session', resourceName: '${aws:userid}-*' }),
      secrets: [queue.coordinator.secretArn, dashboard.secretArn],
    };
  }
}
