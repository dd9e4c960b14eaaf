import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { test } from 'node:test';
import { DEFAULT_GLOB, VergerError } from '@verger/core';
import fc from 'fast-check';
import { readMachine } from './machine.ts';
import type { OptionEntry } from './option-entry.ts';
import { longFlag, OPTION_TABLE } from './option-table.ts';
import { resolveAutoscaler } from './resolve-autoscaler.ts';
import { type ConfigInput, type ResolvedConfig, resolveConfig } from './resolve-config.ts';
import { resolveDashboard } from './resolve-dashboard.ts';
import { resolveS3 } from './resolve-s3.ts';

const machine = { cpuLimit: 6, memoryLimitBytes: 64 * 2 ** 30, home: '/home/ada' };
const GIB = 2 ** 30;

const resolve = (input: Partial<ConfigInput> = {}): ResolvedConfig =>
  resolveConfig({ flags: {}, env: {}, file: undefined, machine, ...input });

function faultsOf(input: Partial<ConfigInput>): string[] {
  try {
    resolve(input);
  } catch (error) {
    assert.ok(error instanceof VergerError);
    assert.equal(error.code, 'E_CONFIG');
    return (error.detail ?? '').split('\n').slice(1);
  }
  return [];
}

test('without any setting, every option has its default', () => {
  assert.deepEqual(resolve(), {
    extraction: {
      glob: [...DEFAULT_GLOB],
      label: 'parent',
      limit: null,
      sample: null,
      seed: 1,
      partitions: null,
      partitionSize: null,
    },
    pca: { variance: 0.75, components: null, standardise: false, sparkCompatible: false },
    finish: { csv: false, withImages: false, csvRaw: false, maxBad: 0.05 },
    operational: {
      output: 'verger-output',
      name: null,
      processes: 6,
      childMemoryBytes: GIB,
      imageCpuSeconds: 60,
      engine: 'onnxruntime',
      tfjsNode: null,
      precision: 'float32',
      calibrationImages: 64,
      weights: null,
      customWeights: false,
      cacheDir: '/home/ada/.cache/verger',
      redis: null,
      queuePrefix: 'verger',
      priority: 'normal',
      allowRoots: [],
      health: null,
      graceSeconds: 30,
      workerName: null,
      instanceType: null,
      deadline: null,
      detach: false,
      strict: false,
      reuse: null,
    },
    given: new Set(),
    warnings: [],
  });
});

/** Every option with a text that a person would write, its value, and where it lands. */
const WRITTEN: Readonly<Record<string, readonly [text: string, value: unknown, at: string]>> = {
  glob: ['*.{jpg,png}, *.webp', ['*.{jpg,png}', '*.webp'], 'extraction.glob'],
  label: ['regex:^([^/]+)/', 'regex:^([^/]+)/', 'extraction.label'],
  followLinks: ['yes', true, 'extraction.followLinks'],
  limit: ['12', 12, 'extraction.limit'],
  sample: ['10%', 0.1, 'extraction.sample'],
  seed: ['0', 0, 'extraction.seed'],
  partitions: ['7', 7, 'extraction.partitions'],
  partitionSize: ['500', 500, 'extraction.partitionSize'],
  maxPixels: ['108000000', 108_000_000, 'extraction.maxPixels'],
  formats: ['+tiff, +avif, tiff', ['avif', 'tiff'], 'extraction.formats'],
  variance: ['.9', 0.9, 'pca.variance'],
  components: ['25', 25, 'pca.components'],
  standardise: ['yes', true, 'pca.standardise'],
  sparkCompatible: ['1', true, 'pca.sparkCompatible'],
  csv: ['TRUE', true, 'finish.csv'],
  withImages: ['on', true, 'finish.withImages'],
  csvRaw: ['true', true, 'finish.csvRaw'],
  csvBom: ['true', true, 'finish.csvBom'],
  noReport: ['true', true, 'finish.htmlReport'],
  maxBad: ['0', 0, 'finish.maxBad'],
  output: ['out', 'out', 'operational.output'],
  name: ['run-1', 'run-1', 'operational.name'],
  processes: ['3', 3, 'operational.processes'],
  childMemory: ['512MiB', GIB / 2, 'operational.childMemoryBytes'],
  imageCpu: ['90', 90, 'operational.imageCpuSeconds'],
  engine: ['tfjs-node', 'tfjs-node', 'operational.engine'],
  tfjsNode: ['/opt/tfjs', '/opt/tfjs', 'operational.tfjsNode'],
  weights: ['w.h5', 'w.h5', 'operational.weights'],
  customWeights: ['1', true, 'operational.customWeights'],
  cache: ['/var/cache', '/var/cache', 'operational.cacheDir'],
  precision: ['int8', 'int8', 'operational.precision'],
  calibrationImages: ['16', 16, 'operational.calibrationImages'],
  redis: ['rediss://queue:6379', 'rediss://queue:6379', 'operational.redis'],
  queuePrefix: ['team-a', 'team-a', 'operational.queuePrefix'],
  priority: ['high', 'high', 'operational.priority'],
  allowRoot: ['/data, s3://results', ['/data', 's3://results'], 'operational.allowRoots'],
  health: ['127.0.0.1:9464', '127.0.0.1:9464', 'operational.health'],
  grace: ['0', 0, 'operational.graceSeconds'],
  workerName: ['rack-3', 'rack-3', 'operational.workerName'],
  instanceType: ['c7a.xlarge', 'c7a.xlarge', 'operational.instanceType'],
  deadline: ['30m', '30m', 'operational.deadline'],
  detach: ['yes', true, 'operational.detach'],
  strict: ['1', true, 'operational.strict'],
  reuse: ['results#3f2a', 'results#3f2a', 'operational.reuse'],
  place: ['/data, s3://results', ['/data', 's3://results'], 'dashboard.places'],
  listen: ['0.0.0.0:80', '0.0.0.0:80', 'dashboard.listen'],
  basePath: ['/a/verger', '/a/verger', 'dashboard.basePath'],
  dashboardPassword: ['correct horse', 'correct horse', 'dashboard.dashboardPassword'],
  allowActions: ['yes', true, 'dashboard.allowActions'],
  actionsRedis: ['rediss://queue:6379', 'rediss://queue:6379', 'dashboard.actionsRedis'],
  actionsProfile: ['writer', 'writer', 'dashboard.actionsProfile'],
  group: ['verger-workers', 'verger-workers', 'autoscaler.group'],
  minVcpus: ['8', 8, 'autoscaler.minVcpus'],
  maxVcpus: ['96', 96, 'autoscaler.maxVcpus'],
  vcpuStep: ['2', 2, 'autoscaler.vcpuStep'],
  target: ['1.5h', 5_400, 'autoscaler.targetSeconds'],
  bootSeconds: ['90', 90, 'autoscaler.bootSeconds'],
  imagesPerVcpuSecond: ['7.5', 7.5, 'autoscaler.imagesPerVcpuSecond'],
  settleSeconds: ['60', 60, 'autoscaler.settleSeconds'],
  usdPerVcpuHour: ['0.0275', 0.0275, 'autoscaler.usdPerVcpuHour'],
  maxUsdPerHour: ['12', 12, 'autoscaler.maxUsdPerHour'],
  interval: ['5', 5, 'autoscaler.intervalSeconds'],
  s3Endpoint: ['http://store:9000', 'http://store:9000', 's3.endpoint'],
  s3PathStyle: ['true', true, 's3.pathStyle'],
  s3RequesterPays: ['true', true, 's3.requesterPays'],
};

const saidBy = ({ env, file }: OptionEntry) =>
  env === null ? 'by flag only' : `by flag, by ${env}${file === false ? '' : ' and in the file'}`;

for (const entry of OPTION_TABLE as readonly OptionEntry[])
  test(`${entry.name} can be said ${saidBy(entry)}`, () => {
    const [text, value, at] = WRITTEN[entry.name]!;
    const needed = {
      ...(['withImages', 'csvRaw', 'csvBom'].includes(entry.name) ? { csv: true } : {}),
      ...(['detach', 'strict', 'deadline'].includes(entry.name) ? { redis: 'redis://queue' } : {}),
    };
    for (const input of [
      { flags: { ...needed, [entry.name]: text } },
      ...(entry.env === null
        ? []
        : [
            { flags: needed, env: { [entry.env]: text } },
            ...(entry.file === false
              ? []
              : [
                  { flags: needed, file: { [entry.name]: text } },
                  { flags: needed, file: { [entry.name]: value } },
                ]),
          ]),
    ]) {
      const written = { env: {}, file: undefined, ...input };
      const [s3, dashboard] = [resolveS3(written), resolveDashboard(written)];
      const config = { ...resolve(input), s3, dashboard, autoscaler: resolveAutoscaler(written) };
      const found = at.split('.').reduce<unknown>((part, name) => Object(part)[name], config);
      // The one option that says what is not wanted.
      assert.deepEqual(found, entry.name === 'noReport' ? !value : value);
      assert.deepEqual(config.warnings, []);
    }
  });

/** What says more, or several: an address, places. */
const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  redis: 'VERGER_REDIS_URL',
  allowRoot: 'VERGER_ALLOW_ROOTS',
  place: 'VERGER_PLACES',
  actionsRedis: 'VERGER_ACTIONS_REDIS_URL',
};

/** About one command: no variable and no file may say them for all. */
const FLAG_ONLY: readonly string[] = ['deadline', 'detach', 'strict', 'reuse'];

test('what is about one command is not taken from variables or the file', () => {
  const { operational, warnings } = resolve({ env: { VERGER_REUSE: 'results', VERGER_DETACH: '1' } });
  assert.deepEqual([operational.reuse, operational.detach, warnings.length], [null, false, 2]);
  assert.match(
    faultsOf({ file: { reuse: 'results' } }).join(),
    /reuse \(verger\.config\.json\): there is no such option/,
  );
});

test('a folder whose code is run is not taken from the file, which comes with a working folder', () => {
  const file = { engine: 'tfjs-node', tfjsNode: 'evil' };
  assert.deepEqual(faultsOf({ file, flags: { tfjsNode: '/opt/tfjs' } }), [
    '  tfjsNode (verger.config.json): this is taken from --tfjs-node and VERGER_TFJS_NODE only',
  ]);
});

test('the table spells every option one way in three places', () => {
  for (const entry of OPTION_TABLE) {
    const dashed = entry.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    assert.equal(longFlag(entry), `--${dashed}`);
    const spelt = `VERGER_${dashed.replaceAll('-', '_').toUpperCase()}`;
    assert.equal(entry.env, FLAG_ONLY.includes(entry.name) ? null : (OTHER_VARIABLES[entry.name] ?? spelt));
    assert.equal(entry.flag.includes(' <'), (entry.kind as string) !== 'switch');
    assert.ok(entry.description.length > 10 && entry.defaultText.length > 0);
  }
  assert.equal(new Set(OPTION_TABLE.map(({ name }) => name)).size, OPTION_TABLE.length);
});

test('flags go before the environment, that before the file, that before the defaults', () => {
  const flags = { variance: '0.1' };
  const env = { VERGER_VARIANCE: '0.2', VERGER_SEED: '2' };
  const file = { variance: 0.3, seed: 3, limit: 3 };
  const { pca, extraction } = resolve({ flags, env, file });
  assert.deepEqual([pca.variance, extraction.seed, extraction.limit], [0.1, 2, 3]);
});

test('a false flag or variable switches off what a lower layer switched on', () => {
  assert.equal(resolve({ env: { VERGER_CSV: '0' }, file: { csv: true } }).finish.csv, false);
  assert.equal(resolve({ flags: { csv: false }, env: { VERGER_CSV: '1' } }).finish.csv, false);
});

test('an empty variable and a null in the file say nothing', () => {
  const env = { VERGER_VARIANCE: '', VERGER_LIMIT: undefined };
  assert.deepEqual(resolve({ env, file: { variance: null, limit: null, name: null } }), resolve());
});

test('choosing components sets a lower layer’s variance aside, and the other way round', () => {
  const some = resolve({ flags: { components: '9' }, env: { VERGER_VARIANCE: '0.9' } });
  assert.deepEqual([some.pca.variance, some.pca.components], [null, 9]);
  const share = resolve({ env: { VERGER_VARIANCE: '0.9' }, file: { components: 9 } });
  assert.deepEqual([share.pca.variance, share.pca.components], [0.9, null]);
  const size = resolve({ flags: { partitionSize: 9 }, file: { partitions: 3 } });
  assert.deepEqual([size.extraction.partitionSize, size.extraction.partitions], [9, null]);
});

test('what cannot be said together is a fault that names its source', () => {
  const cases: [Partial<ConfigInput>, string][] = [
    [
      { flags: { variance: '0.9', components: '3' } },
      '  --variance (flag) and --components (flag): use only one of them',
    ],
    [
      { file: { partitions: 3, partitionSize: 9 } },
      '  partitions (verger.config.json) and partitionSize (verger.config.json): use only one of them',
    ],
    [{ flags: { withImages: true } }, '  --with-images (flag): this needs --csv'],
    [
      { env: { VERGER_CSV_RAW: '1' }, file: { csv: false } },
      '  VERGER_CSV_RAW (environment): this needs --csv',
    ],
    [{ required: ['output'] }, '  --output (flag): this is required, here or as VERGER_OUTPUT'],
  ];
  for (const [input, fault] of cases) assert.deepEqual(faultsOf(input), [fault]);
  assert.deepEqual(faultsOf({ required: ['output'], env: { VERGER_OUTPUT: 'x' } }), []);
  assert.deepEqual(faultsOf({ flags: { seed: '3' } }), [], 'a seed without a sample is fine');
});

test('all faults are reported at once with their sources, overridden values included', () => {
  const input = {
    flags: { variance: '75', processes: '0' },
    env: { VERGER_LIMIT: '-1', VERGER_VARIANCE: 'most' },
    file: { label: 'folder', varience: 1, csv: 'maybe' },
  };
  assert.deepEqual(faultsOf(input).sort(), [
    '  --processes (flag): this must be a whole number from 1 to 1,024, not "0"',
    '  --variance (flag): this must be a share above 0 and up to 1, such as 0.75, not "75"',
    '  VERGER_LIMIT (environment): this must be a whole number of at least 1, not "-1"',
    '  VERGER_VARIANCE (environment): this must be a share above 0 and up to 1, such as 0.75, not "most"',
    '  csv (verger.config.json): this must be true or false, not "maybe"',
    '  label (verger.config.json): this must be parent, none, regex:EXPRESSION or csv:FILE, not "folder"',
    '  varience (verger.config.json): there is no such option; did you mean variance?',
  ]);
});

/** Values that must be refused, by option. */
const REFUSED: Readonly<Record<string, readonly unknown[]>> = {
  glob: ['', ' , ', [], [1], true],
  label: ['', 'folder', 'regex:', 'csv:', 'Parent', 3],
  limit: ['0', '1.5', 'ten', 0, 1.5, true, '9'.repeat(400)],
  sample: ['0', '1.1', '101%', 0, -0.1, Number.NaN],
  seed: ['-1', '0.5'],
  partitions: ['0', '1000001'],
  partitionSize: ['0'],
  maxPixels: ['0', '1.5', '268435457', '50M', -1],
  formats: ['', '+bmp', '+tiff,+jxl', '-tiff', '++tiff', 'TIFF', [3]],
  variance: ['0', '75', '0.9.1', '1e-1', Number.POSITIVE_INFINITY],
  components: ['0', '1281', '2.5'],
  standardise: ['maybe', 1, []],
  maxBad: ['-1', '2', '200%'],
  output: [3],
  name: ['.hidden', 'a/b', 'a b', '../x', 'x'.repeat(65)],
  processes: ['0', '1025', 'auto'],
  childMemory: ['1', '63MiB', '1 XB', 'GiB', '-1GiB', '1e9'],
  imageCpu: ['0', '1.5', '86401', 'long'],
  engine: ['onnx', 'TFJS', ''],
  weights: [1],
};

for (const [name, values] of Object.entries(REFUSED))
  test(`${name}: what cannot be meant is refused`, () => {
    for (const value of values) {
      const [fault, ...more] = faultsOf({ flags: { [name]: value } });
      // An empty text cannot be told from no text in the environment only; as a flag it is a fault.
      assert.match(fault ?? `${JSON.stringify(value)} was taken`, / \(flag\): this must be /);
      assert.equal(more.length, 0);
    }
  });

test('what is opened stays out of the options unless it is said; globs follow unless they are given', () => {
  const none = resolve().extraction;
  assert.deepEqual([Object.hasOwn(none, 'maxPixels'), Object.hasOwn(none, 'formats')], [false, false]);
  const both = resolve({ flags: { formats: ['+tiff', 'avif'] } }).extraction;
  assert.deepEqual(both.glob, [...DEFAULT_GLOB, '*.avif', '*.tif', '*.tiff']);
  assert.deepEqual(resolve({ flags: { formats: '+tiff', glob: '*.jpg' } }).extraction.glob, ['*.jpg']);
});

test('a format that cannot be opened is told with those that can', () => {
  assert.match(faultsOf({ flags: { formats: '+bmp' } })[0] ?? '', /\+tiff, \+avif or both, not "\+bmp"/);
});

test('children get memory for the largest image, or a warning names both options', () => {
  const flags = { maxPixels: '200000000' };
  const needed = 2 ** 28 + 200_000_000 * 13;
  const roomy = resolve({ flags });
  assert.equal(roomy.operational.childMemoryBytes, needed);
  assert.deepEqual(roomy.warnings, []);
  const small = resolve({ flags, machine: { ...machine, memoryLimitBytes: 8 * GIB } });
  assert.equal(small.operational.childMemoryBytes, GIB);
  assert.match(
    small.warnings.join(),
    /200,000,000 pixels \(--max-pixels\) may need 2736 MiB.*--child-memory/,
  );
  const given = resolve({ flags: { ...flags, childMemory: '2GiB' } });
  assert.equal(given.operational.childMemoryBytes, 2 * GIB);
  assert.equal(given.warnings.length, 1);
  const avif = resolve({ flags: { formats: '+avif' } });
  assert.equal(avif.operational.childMemoryBytes, 2 ** 28 + 50_000_000 * 19);
  assert.equal(resolve({ flags: { maxPixels: '1000' } }).operational.childMemoryBytes, GIB);
});

test('children with TensorFlow get memory for it; tfjs needs no more than onnxruntime', () => {
  const bytes = (engine: string) => resolve({ flags: { engine } }).operational.childMemoryBytes;
  assert.equal(bytes('tfjs'), GIB);
  assert.equal(bytes('tfjs-node'), 2 ** 29 + 50_000_000 * 13);
});

test('on an existing run children get memory for what it opens; workers are told theirs', () => {
  const opened = { maxPixels: 200_000_000 };
  assert.equal(resolve({ opened }).operational.childMemoryBytes, 2 ** 28 + 200_000_000 * 13);
  assert.equal(resolve({ opened: {}, flags: { maxPixels: '200000000' } }).operational.childMemoryBytes, GIB);
  const redis = 'redis://127.0.0.1';
  const { warnings } = resolve({ flags: { maxPixels: '200000000', redis } });
  assert.match(warnings.join(), /start workers with --child-memory 2736MiB or more/);
});

test('a file that is no object is a fault', () => {
  for (const file of [null, [], [{ variance: 0.9 }], 'x', 3, true])
    assert.match(faultsOf({ file })[0] ?? '', /^ {2}verger\.config\.json: this must be an object/);
});

test('unknown variables of ours are warnings, those of others and those for debugging are nothing', () => {
  const env = { VERGER_PROCESES: '3', VERGER_X: '', VERGER_DEBUG: '1', HOME: '/h', OTHER: 'x', verger_y: '' };
  assert.deepEqual(resolve({ env }).warnings, [
    'VERGER_PROCESES (environment) is unknown and was ignored; did you mean VERGER_PROCESSES?',
    'VERGER_X (environment) is unknown and was ignored',
  ]);
});

test('flags outside the table are the command’s own; inherited keys of the file are none', () => {
  assert.deepEqual(resolve({ flags: { json: true, repair: 'x' } }), resolve());
  assert.deepEqual(faultsOf({ file: JSON.parse('{"__proto__": 1}') }).length, 1);
  assert.deepEqual(faultsOf({ file: { toString: 1 } }).length, 1);
});

test('the cache follows XDG_CACHE_HOME where it is absolute, then HOME, then the user’s home', () => {
  const cases = [
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/verger'],
    [{ XDG_CACHE_HOME: 'x', HOME: '/h' }, '/h/.cache/verger'],
    [{ XDG_CACHE_HOME: '' }, '/home/ada/.cache/verger'],
    [{ XDG_CACHE_HOME: '/x', VERGER_CACHE: '/c' }, '/c'],
  ] as const;
  for (const [env, folder] of cases) assert.equal(resolve({ env }).operational.cacheDir, folder);
});

test('a user without a home folder has no cache unless one is named, but all else', (t) => {
  const homeless = { ...machine, home: undefined };
  assert.equal(resolve({ machine: homeless }).operational.cacheDir, null);
  assert.equal(resolve({ machine: homeless, env: { HOME: '/h' } }).operational.cacheDir, '/h/.cache/verger');
  assert.equal(resolve({ machine: homeless, flags: { cache: '/c' } }).operational.cacheDir, '/c');
  t.mock.method(os, 'homedir', () => {
    throw new Error('uv_os_homedir returned ENOENT');
  });
  syncBuiltinESMExports();
  try {
    assert.equal(readMachine().home, undefined);
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
});

test('children get less memory where memory is limited, but never too little to work', () => {
  const cases = [
    [6, 64 * GIB, GIB],
    [4, 4 * GIB, 0.75 * GIB],
    [8, GIB, 0.25 * GIB],
    [1, GIB, 0.75 * GIB],
  ] as const;
  for (const [cpuLimit, memoryLimitBytes, bytes] of cases) {
    const { operational } = resolve({ machine: { ...machine, cpuLimit, memoryLimitBytes } });
    assert.equal(operational.childMemoryBytes, bytes);
  }
  const { operational } = resolve({
    flags: { processes: '2' },
    machine: { ...machine, memoryLimitBytes: GIB },
  });
  assert.equal(operational.childMemoryBytes, 0.375 * GIB, 'by the processes asked for, not by the cores');
});

test('this machine gives defaults too', () => {
  const { operational } = resolveConfig({ flags: {}, env: {}, file: undefined });
  assert.ok(operational.processes >= 1 && operational.childMemoryBytes >= GIB / 4);
});

test('whatever is written, the answer is options that core’s schemas take, or one E_CONFIG', () => {
  const name = fc.constantFrom(...OPTION_TABLE.map((entry) => entry.name));
  const value = fc.oneof(
    fc.constantFrom(...Object.values(WRITTEN).map(([text]) => text)),
    fc.string(),
    fc.integer({ min: -2, max: 2000 }),
    fc.double(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
  );
  const layer = fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true });
  fc.assert(
    fc.property(layer, layer, layer, (flags, file, variables) => {
      const env = Object.fromEntries(
        Object.entries(variables).map(([key, text]) => [
          OPTION_TABLE.find((entry) => entry.name === key)!.env as string,
          String(text),
        ]),
      );
      try {
        const { pca } = resolve({ flags, file, env });
        assert.notEqual(pca.variance === null, pca.components === null);
      } catch (error) {
        assert.ok(error instanceof VergerError && error.code === 'E_CONFIG', String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('links that are not followed leave no trace: run ids are those of older releases', () => {
  assert.ok(!('followLinks' in resolve({ flags: { followLinks: false } }).extraction));
  assert.ok(!('followLinks' in resolve({ env: { VERGER_FOLLOW_LINKS: 'no' } }).extraction));
});

test('a queue that is named as verger prints it gets the password of the variable, no other one does', () => {
  const variable = 'redis://verger-coordinator:p%40ss@queue:6379';
  const redisOf = (redis: string) =>
    resolve({ flags: { redis }, env: { VERGER_REDIS_URL: variable } }).operational.redis;
  assert.equal(redisOf('redis://verger-coordinator@queue:6379'), variable);
  for (const other of [
    'redis://queue:6379',
    'redis://verger-worker@queue:6379',
    'redis://verger-coordinator@queue.evil:6379',
    'redis://verger-coordinator@queue:6379/1',
    'rediss://verger-coordinator@queue:6379',
    'redis://verger-coordinator:other@queue:6379',
  ])
    assert.equal(redisOf(other), other);
});

test('a Redis URL that is none is E_CONFIG and not shown: any of it may be the password', () => {
  for (const redis of [
    'sekret',
    'redis://me:sek ret@host',
    'redis://me:sekret@host\n',
    'http://me:sekret@host',
  ]) {
    for (const [flags, env] of [
      [{ redis }, {}],
      [{}, { VERGER_REDIS_URL: redis }],
    ] as const) {
      assert.throws(
        () => resolveConfig({ flags, env, file: undefined, machine }),
        (error: VergerError) => {
          assert.equal(error.code, 'E_CONFIG');
          assert.match(error.message, /this must be a URL that starts with redis:.*percent-encoded/);
          assert.doesNotMatch(error.message, /sek|ret@/);
          return true;
        },
      );
    }
  }
});
