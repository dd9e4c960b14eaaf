/** The deployments that the tests look at, by name, and their synthesized templates. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp } from '../src/app.ts';

/** What the context says: as a command line for one, as `cdk.context.json` for the other. */
export const VARIANTS = {
  default: { inputBucket: 'photos' },
  custom: {
    inputBucket: 'other.photos',
    name: 'trial-2',
    region: 'us-east-1',
    family: 'c7g',
    sizes: 'xlarge,4xlarge',
    maxVcpus: '500',
    onDemandBaseVcpus: '8',
    onDemandPercent: '25',
    zones: '2',
    controlType: 't4g.large',
    versioning: 'true',
    tls: 'true',
    logDays: '7',
    budgetEmail: 'someone@example.com',
    budgetUsd: '20',
  },
} as const;

/** The name of a variant. */
export type Variant = keyof typeof VARIANTS;

const scratch = mkdtempSync(join(tmpdir(), 'verger-aws-test-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** An app of a variant, not yet synthesized, without copies of its assets, in a temporary folder. */
export function appOf(context: Record<string, unknown>) {
  const outdir = mkdtempSync(`${scratch}/`);
  const app = buildApp({ outdir, context: { ...context, 'aws:cdk:disable-asset-staging': true } });
  return { app, stack: app.node.findChild('Verger') as Stack, outdir };
}

const templates = new Map<Variant, Template>();

/** The template of a variant, synthesized once per process. Errors: OptionsError. */
export function templateOf(variant: Variant): Template {
  const template = templates.get(variant) ?? Template.fromStack(appOf(VARIANTS[variant]).stack);
  templates.set(variant, template);
  return template;
}

/** Writes `<folder>/<variant>.template.json`, for cfn-lint and for tests that do without the CDK. */
export function writeTemplates(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const variant of Object.keys(VARIANTS) as Variant[]) {
    const text = JSON.stringify(templateOf(variant).toJSON(), null, 1);
    writeFileSync(join(folder, `${variant}.template.json`), text);
  }
}

/** A resource as a template has it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** All resources of a type. */
export function resourcesOf(template: Template, type: string): Resource[] {
  return Object.values(template.findResources(type)) as Resource[];
}

/** A value of a template as text: references as `<LogicalId>` and `<LogicalId.Attribute>`. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, inner] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  if (key === 'Ref') return `<${inner}>`;
  if (key === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  if (key === 'Fn::Join') return (inner as [string, unknown[]])[1].map(textOf).join((inner as [string])[0]);
  if (key === 'Fn::Sub' || key === 'Fn::Base64') return textOf(inner);
  return JSON.stringify(value);
}
