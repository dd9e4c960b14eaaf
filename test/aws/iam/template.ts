/** The policies of a synthesized template, with every name put in as it would be on AWS. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Statement } from './evaluate.ts';

/** Who calls: the two roles of instances, and the user's policy. */
export type Role = 'worker' | 'control' | 'coordinator';

/** An account of nobody's. */
export const ACCOUNT = '123456789012';

const words = z.union([z.string(), z.array(z.string())]);
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: words.optional(),
  NotAction: words.optional(),
  Resource: words.optional(),
  NotResource: words.optional(),
  Principal: z.unknown().optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});
const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
});
const templateSchema = z.object({ Resources: z.record(z.string(), resourceSchema) });
type Template = z.output<typeof templateSchema>;

/** The folder of templates that `npm run test:aws` writes; undefined elsewhere. */
export const templatesFolder: string | undefined = process.env['VERGER_AWS_TEMPLATES'];

/** Why tests on the templates are skipped here; false where they run. */
export const templatesMissing: string | false =
  templatesFolder === undefined ? 'needs the templates: npm run test:aws' : false;

/** Names of what is made, by the type: `results` for the bucket, and so on. The region is the template's. */
function nameOf(template: Template, id: string, region: string): { ref: string; arn: string } {
  const { Type, Properties = {} } = template.Resources[id] ?? { Type: 'nothing' };
  const text = (key: string) => String(resolve(template, Properties[key] ?? id, region));
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
  if (Type === 'AWS::S3::Bucket') return { ref: 'results', arn: 'arn:aws:s3:::results' };
  if (Type === 'AWS::SecretsManager::Secret') {
    const secret = arn('secretsmanager', `secret:${text('Name')}-AbCdEf`);
    return { ref: secret, arn: secret };
  }
  if (Type === 'AWS::Logs::LogGroup') {
    return { ref: text('LogGroupName'), arn: arn('logs', `log-group:${text('LogGroupName')}:*`) };
  }
  if (Type === 'AWS::EC2::Instance') return { ref: 'i-0control', arn: arn('ec2', 'instance/i-0control') };
  throw new Error(`a policy names ${id} of the type ${Type}, which this test does not know`);
}

/** A value of the template without functions. */
function resolve(template: Template, value: unknown, region: string): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(template, one, region));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[key, inner] = ['', undefined]] = entries;
  const pseudo: Readonly<Record<string, string>> = {
    ...{ 'AWS::AccountId': ACCOUNT, 'AWS::Region': region, 'AWS::Partition': 'aws' },
    'AWS::URLSuffix': 'amazonaws.com',
  };
  if (key === 'Ref') return pseudo[String(inner)] ?? nameOf(template, String(inner), region).ref;
  if (key === 'Fn::GetAtt') {
    const [id, attribute] = inner as [string, string];
    if (attribute === 'PrivateIp') return '10.64.0.5';
    if (attribute !== 'Arn') throw new Error(`no attribute ${attribute} of ${id}`);
    return nameOf(template, id, region).arn;
  }
  if (key === 'Fn::Join') {
    const [separator, parts] = inner as [string, unknown[]];
    return (resolve(template, parts, region) as string[]).join(separator);
  }
  if (key === 'Fn::Base64') return resolve(template, inner, region);
  if (key === 'Fn::Split') {
    const [separator, text] = inner as [string, unknown];
    return String(resolve(template, text, region)).split(separator);
  }
  if (key === 'Fn::Select') {
    const [index, list] = inner as [number, unknown];
    return (resolve(template, list, region) as unknown[])[Number(index)];
  }
  if (key === 'Fn::Sub')
    return String(inner).replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => pseudo[name] ?? `<${name}>`);
  if (key.startsWith('Fn::')) throw new Error(`no function ${key}`);
  return Object.fromEntries(entries.map(([name, one]) => [name, resolve(template, one, region)]));
}

/** All statements that a role's requests meet: its own, and those of the results bucket. */
export interface Policies {
  readonly region: string;
  of(role: Role): Statement[];
}

function readTemplate(variant: string): Template {
  const file = join(templatesFolder ?? '', `${variant}.template.json`);
  if (!existsSync(file)) throw new Error(`there is no ${file}`);
  return templateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** The user data of a worker, as an instance gets it. */
export function workerUserData(variant: string, region: string): string {
  const template = readTemplate(variant);
  const found = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::EC2::LaunchTemplate');
  const { UserData } = z.object({ UserData: z.unknown() }).parse(found?.Properties?.['LaunchTemplateData']);
  return String(resolve(template, UserData, region));
}

/** Reads `<variant>.template.json` of the folder. */
export function readPolicies(variant: string, region: string): Policies {
  const template = readTemplate(variant);
  const found = (type: string) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  const statements = (document: unknown): Statement[] => {
    const { Statement: list } = z.object({ Statement: z.array(z.unknown()) }).parse(document);
    return list.map((one) => statementSchema.parse(resolve(template, one, region)));
  };
  const ofBucket = found('AWS::S3::BucketPolicy').flatMap(([, { Properties }]) =>
    statements(Properties?.['PolicyDocument']),
  );
  const ofRole = (prefix: string) =>
    found('AWS::IAM::Role')
      .filter(([id]) => id.startsWith(prefix))
      .flatMap(([, { Properties }]) => Properties?.['Policies'] as { PolicyDocument: unknown }[])
      .flatMap(({ PolicyDocument }) => statements(PolicyDocument));
  const own: Readonly<Record<Role, Statement[]>> = {
    worker: ofRole('WorkerRole'),
    control: ofRole('ControlRole'),
    coordinator: found('AWS::IAM::ManagedPolicy').flatMap(([, { Properties }]) =>
      statements(Properties?.['PolicyDocument']),
    ),
  };
  for (const [role, list] of Object.entries(own)) {
    if (list.length === 0) throw new Error(`there is no policy of ${role} in the template ${variant}`);
  }
  return { region, of: (role) => [...own[role], ...ofBucket] };
}
