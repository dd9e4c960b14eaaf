/** What Prometheus itself says of the files in infra/metrics. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { redisMissing } from '@verger/testkit/redis-server';
import { findProgram } from '@verger/testkit/servers';
import { alertQueries, grafanaQueries, METRICS_FOLDER, type Query, variableQueries } from './queries.ts';
import { scrapeAll } from './scrape-all.ts';

const found = findProgram('promtool', { variable: 'VERGER_PROMTOOL' });

function promtool(args: readonly string[], input = '') {
  const options = { encoding: 'utf8', cwd: METRICS_FOLDER, input } as const;
  const { status, stdout, stderr } = spawnSync(found ?? '', args, options);
  return { status, said: `${stdout}${stderr}` };
}

/** A gauge of 0.1 whose name and labels are kept. */
const KNOWN = /^verger_event_loop_delay_seconds .* should not have "quantile" label$/;

/** A rule file with each query as a rule of its own. */
function ruleFile(t: TestContext, queries: readonly Query[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'verger-promtool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const rules = queries.map(({ expr }, index) => ({ record: `test:query:${index}`, expr }));
  const file = join(folder, 'rules.yml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'test', rules }] }));
  return file;
}

const skip = found === undefined && 'needs promtool (or VERGER_PROMTOOL)';

describe('promtool', { skip }, () => {
  test('takes the configuration and its rules', () => {
    const { status, said } = promtool(['check', 'config', 'prometheus.yml']);
    assert.equal(status, 0, said);
    assert.match(said, new RegExp(`${alertQueries().length} rules found`));
  });

  test('finds that each alert fires where it should, and only there', () => {
    const { status, said } = promtool(['test', 'rules', 'alerts.test.yml']);
    assert.equal(status, 0, said);
  });

  test('parses every query of the Grafana dashboard', (t) => {
    const queries = [...grafanaQueries(), ...variableQueries()];
    const { status, said } = promtool(['check', 'rules', ruleFile(t, queries)]);
    assert.equal(status, 0, said);
    assert.match(said, new RegExp(`${queries.length} rules found`));
  });

  test('finds nothing to mend in what processes serve', { skip: redisMissing }, async () => {
    for (const [name, text] of Object.entries((await scrapeAll()).texts)) {
      const { said } = promtool(['check', 'metrics'], text);
      const faults = said.split('\n').filter((line) => line.trim() !== '' && !KNOWN.test(line));
      assert.deepEqual(faults, [], name);
    }
  });

  test('says so of a query that does not parse', (t) => {
    const { status } = promtool(['check', 'rules', ruleFile(t, [{ where: '', expr: 'sum by (up' }])]);
    assert.equal(status, 1);
  });
});
