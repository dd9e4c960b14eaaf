/**
 * Who may import whom: apps → dashboard → autoscaler → run-index → driver → cluster → verify → stages → export → run → the packages below → core
 * (docs/architecture.md). Run and proved by `tools/arrows.ts`. Tests, test helpers and tools are cruised and
 * counted, but may import sources freely.
 */
const TESTS = '[.]test[.]ts$|/src/testing/|^packages/testkit/|^test/|^tools/';
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** The packages that build on each other: each may import those before it. The others import only core. */
const LAYERS = ['run', 'export', 'stages', 'verify', 'cluster', 'driver', 'run-index', 'autoscaler', 'dashboard'];
/** Its packages are installed only by those who deploy it. `infra/aws/smoke` is a tool of the root. */
const CDK_APP = '^infra/aws/(src|test)/';
/** What a package exports: only these files may be reached from outside, and only by the package's name. */
const ENTRIES =
  '^packages/[^/]+/src/index[.]ts$|^packages/stages/src/child/main[.]ts$|^packages/features/src/weights[.]ts$|^packages/driver/src/runs[.]ts$|^packages/runtime/src/v8-flags[.]ts$';
/**
 * Each workspace with the names of its folder and of those whose packages it may import, by its package.json.
 */
const WORKSPACES = ['packages', 'apps'].flatMap((kind) =>
  readdirSync(join(__dirname, kind)).map((name) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(__dirname, kind, name, 'package.json'), 'utf8'));
    const declared = Object.keys(dependencies).flatMap((one) => /^@verger[/](.+)$/.exec(one)?.[1] ?? []);
    return { folder: `${kind}/${name}`, declared: [name, ...declared] };
  }),
);
const source = (path) => ({ path, pathNot: TESTS });

module.exports = {
  forbidden: [
    {
      name: 'resolvable',
      comment: 'every import leads to a file, or no other rule would see it',
      severity: 'error',
      // Whose packages are installed only by those who deploy; its own type check sees what is missing.
      from: { pathNot: CDK_APP },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circle',
      comment: 'no import leads back to where it came from',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-alone',
      comment: 'core imports zod and node:crypto, nothing else',
      severity: 'error',
      from: source('^packages/core/src/'),
      to: { pathNot: '^packages/core/src/|(^|/)node_modules/zod/|^(node:)?crypto$' },
    },
    {
      name: 'no-sibling',
      comment: 'a package below the layers imports no sibling: what several need is in core',
      severity: 'error',
      from: source(`^packages/(?!(?:core|${LAYERS.join('|')})/)([^/]+)/`),
      to: { path: '^packages/', pathNot: `^packages/(core|${LAYERS.join('|')}|$1)/` },
    },
    {
      name: 'no-upward',
      comment: 'a package imports only layers below its own',
      severity: 'error',
      from: source(`^packages/(?!(?:${LAYERS.join('|')})/)`),
      to: { path: `^packages/(${LAYERS.join('|')})/` },
    },
    ...LAYERS.slice(0, -1).map((layer, index) => ({
      name: 'no-upward',
      comment: 'a package imports only layers below its own',
      severity: 'error',
      from: source(`^packages/${layer}/`),
      to: { path: `^packages/(${LAYERS.slice(index + 1).join('|')})/` },
    })),
    {
      name: 'no-app',
      comment: 'nothing imports an app',
      severity: 'error',
      from: source('^packages/'),
      to: { path: '^apps/' },
    },
    {
      name: 'no-other-app',
      comment: 'an app imports no other app',
      severity: 'error',
      from: source('^apps/([^/]+)/'),
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'entry-only',
      comment: "no import reaches behind another package's entry",
      severity: 'error',
      from: source('^(?:packages|apps)/([^/]+)/'),
      to: { path: '^packages/', pathNot: `^packages/$1/|${ENTRIES}` },
    },
    {
      name: 'by-name',
      comment: 'another package is imported by its name, never by a path',
      severity: 'error',
      from: source('^((?:packages|apps)/[^/]+)/'),
      to: { pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    ...[
      {
        from: source('^(?:packages|apps)/'),
        to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev', 'npm-optional', 'npm-peer'] },
      },
      ...WORKSPACES.map(({ folder, declared }) => ({
        from: source(`^${folder}/`),
        to: { path: '^(packages|apps)/', pathNot: `^(packages|apps)/(${declared.join('|')})/` },
      })),
    ].map((rule) => ({
      name: 'declared',
      comment: "every package that is imported stands in the importer's package.json",
      severity: 'error',
      ...rule,
    })),
    {
      name: 'process-global',
      comment: 'nothing imports node:process: environment and exit are seen at the global',
      severity: 'error',
      from: source('^(?:packages|apps)/'),
      to: { path: '^(node:)?process$' },
    },
    {
      name: 'no-test-in-source',
      comment: 'sources import no test, no test helper and no tool',
      severity: 'error',
      from: source('^(?:packages|apps)/'),
      to: { path: TESTS },
    },
    {
      name: 'own-helpers',
      comment: "tests share testkit, not another package's helpers",
      severity: 'error',
      from: { path: '^packages/([^/]+)/.*' },
      to: { path: '/src/testing/', pathNot: '^packages/$1/' },
    },
    {
      name: 'aws-apart',
      comment: 'the CDK app of infra/aws shares no code with the rest: it has packages of its own',
      severity: 'error',
      from: { path: CDK_APP },
      to: { path: '^(packages|apps|test|tools|examples)/|^node_modules/@verger/' },
    },
    {
      name: 'aws-apart',
      comment: 'the CDK app of infra/aws shares no code with the rest: it has packages of its own',
      severity: 'error',
      from: { pathNot: CDK_APP },
      to: { path: CDK_APP },
    },
    {
      name: 'auditor-alone',
      comment: 'the auditor shares no code with what it audits',
      severity: 'error',
      from: { path: '^test/faults/audit/' },
      to: { path: '^(packages|apps|test|tools)/', pathNot: '^test/faults/audit/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.check.json' },
    // `import type` is an arrow too.
    tsPreCompilationDeps: true,
    exclude: { path: '(^|/)dist/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['verger-source', 'node', 'import', 'types', 'default'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
