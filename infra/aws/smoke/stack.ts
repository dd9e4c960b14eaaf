/** The deployed stack as CloudFormation tells of it. */
import { z } from 'zod';
import { aws, type Edges, Wrong } from './edges.ts';

/** What the later steps need. */
export interface Stack {
  readonly name: string;
  readonly input: string;
  readonly results: string;
  readonly group: string;
  readonly control: string;
  readonly controlLogs: string;
  readonly workerLogs: string;
  readonly tls: boolean;
  /** Names of the roles of instances. */
  readonly roles: Readonly<Record<'worker' | 'control', string>>;
}

const stacksSchema = z.object({
  Stacks: z.array(
    z.object({
      StackStatus: z.string(),
      Outputs: z.array(z.object({ OutputKey: z.string(), OutputValue: z.string() })).default([]),
    }),
  ),
});
const resourcesSchema = z.object({
  StackResources: z.array(
    z.object({
      LogicalResourceId: z.string(),
      PhysicalResourceId: z.string().default(''),
      ResourceType: z.string(),
    }),
  ),
});
const DEPLOY = 'Deploy it: docs/aws.md, "Deploy".';

/** Reads it. Errors: Wrong if it is not there, not complete, or of another kind. */
export async function readStack(edges: Edges, name: string): Promise<Stack> {
  const words = ['cloudformation', 'describe-stacks', '--stack-name', name];
  const [stack] = stacksSchema.parse(await aws(edges, words, DEPLOY)).Stacks;
  if (stack === undefined) throw new Wrong(`there is no stack ${name}`, DEPLOY);
  if (!/^(CREATE|UPDATE)_COMPLETE$/.test(stack.StackStatus)) {
    const events = `aws cloudformation describe-stack-events --stack-name ${name}`;
    throw new Wrong(
      `the stack ${name} is ${stack.StackStatus}`,
      `See what failed (${events}); deploy again.`,
    );
  }
  const outputs = new Map(stack.Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const output = (key: string) => {
    const value = outputs.get(key);
    if (value === undefined) throw new Wrong(`the stack ${name} has no output ${key}`, 'Deploy it again.');
    return value;
  };
  const listed = await aws(edges, ['cloudformation', 'describe-stack-resources', '--stack-name', name]);
  const { StackResources: resources } = resourcesSchema.parse(listed);
  const role = (prefix: string) => {
    const found = resources.find(
      ({ LogicalResourceId: id, ResourceType: type }) => type === 'AWS::IAM::Role' && id.startsWith(prefix),
    );
    if (found === undefined) throw new Wrong(`the stack ${name} has no role ${prefix}`, 'Deploy it again.');
    return found.PhysicalResourceId;
  };
  return {
    ...{ name, input: output('Input'), results: output('Results'), group: output('WorkerGroup') },
    ...{
      control: output('ControlBox'),
      controlLogs: output('ControlLogs'),
      workerLogs: output('WorkerLogs'),
    },
    tls: outputs.has('QueueAuthority'),
    roles: { worker: role('WorkerRole'), control: role('ControlRole') },
  };
}

/** The bucket of `s3://BUCKET/…`. */
export function bucketOf(place: string): string {
  return place.replace(/^s3:\/\//, '').replace(/\/.*$/, '');
}
