/**
 * Who may import whom: apps → cluster → pipeline → the other packages → core (docs: DESIGN section 3). Run and proved by `tools/arrows.ts`.
 * Tests, test helpers and tools are cruised and counted, but may import what they like.
 */
const TESTS = '[.]test[.]ts$|/src/testing/|^test/|^tools/';
/** What a package exports: only these files may be reached from outside, and only by the package's name. */
const ENTRIES =
  '^packages/[^/]+/src/index[.]ts$|^packages/pipeline/src/child[.]ts$|^packages/features/src/weights[.]ts$';
const source = (path) => ({ path, pathNot: TESTS });

module.exports = {
  forbidden: [
    {
      name: 'resolvable',
      comment: 'every import leads to a file, or no other rule would see it',
      severity: 'error',
      from: {},
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
      comment: 'packages import no sibling: what several need is a port in core',
      severity: 'error',
      from: source('^packages/(?!core/|pipeline/|cluster/)([^/]+)/'),
      to: { path: '^packages/', pathNot: '^packages/(core|pipeline|cluster|$1)/' },
    },
    {
      name: 'no-upward',
      comment: 'only apps and cluster import pipeline',
      severity: 'error',
      from: source('^packages/(?!pipeline/|cluster/)'),
      to: { path: '^packages/pipeline/' },
    },
    {
      name: 'cluster-above',
      comment: 'only apps import cluster',
      severity: 'error',
      from: source('^packages/(?!cluster/)'),
      to: { path: '^packages/cluster/' },
    },
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
      name: 'no-test-in-source',
      comment: 'sources import no test, no test helper and no tool',
      severity: 'error',
      from: source('^(?:packages|apps)/'),
      to: { path: TESTS },
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
