/** Passwords, made by Secrets Manager: one per user of the queue, one for the dashboard's pages. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** Users of the queue with a password here: those of infra/docker/users.acl that log in on AWS. */
export const QUEUE_USERS = ['coordinator', 'worker', 'reducer', 'dashboard', 'autoscaler'] as const;

/** A user of the queue. */
export type QueueUser = (typeof QUEUE_USERS)[number];

/** Each secret is the bare password. They end with the stack. Cost: 0.40 USD a month each. */
export class Passwords extends Construct {
  readonly queue: Readonly<Record<QueueUser, Secret>>;
  readonly dashboard: Secret;
  /** What names of the queue's passwords begin with; the user's follows. */
  readonly queuePrefix: string;
  readonly dashboardName: string;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.queuePrefix = `${name}/queue/`;
    this.dashboardName = `${name}/dashboard-password`;
    const secret = (key: string, secretName: string, description: string) =>
      new Secret(this, key, {
        secretName,
        description,
        removalPolicy: RemovalPolicy.DESTROY,
        // Nothing that would have to be escaped in a URL, a list of users or a shell.
        generateSecretString: { passwordLength: 48, excludePunctuation: true },
      });
    const ofQueue = QUEUE_USERS.map((user) => [
      user,
      secret(user, `${this.queuePrefix}${user}`, `verger: password of the queue's user verger-${user}`),
    ]);
    this.queue = Object.fromEntries(ofQueue) as Record<QueueUser, Secret>;
    this.dashboard = secret('pages', this.dashboardName, "verger: password of the dashboard's pages");
  }
}
