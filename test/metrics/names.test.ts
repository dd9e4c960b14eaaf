/** The names that alerts, the Grafana dashboard and the documentation use, against what processes really say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { redisMissing } from '@verger/testkit/redis-server';
import { groupingLabels, type Scrape, selectorFault, selectorsOf } from './promql.ts';
import { alertQueries, grafanaQueries, METRICS_FOLDER, readDashboard, variableQueries } from './queries.ts';
import { type Scraped, scrapeAll } from './scrape-all.ts';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');

/** A section of a page, without its heading. */
function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n## ${heading}\n`);
  return rest.split('\n## ')[0] ?? '';
}

/** What the first cells of the rows of tables name between backticks. */
const firstCells = (text: string) => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);

describe('names of metrics', { skip: redisMissing }, () => {
  let scraped: Scraped;
  let all: Scrape;
  before(async () => {
    scraped = await scrapeAll();
    all = scraped.all;
  });

  const queries = [...alertQueries(), ...grafanaQueries(), ...variableQueries()];

  test('every metric of alerts and dashboard is in a real scrape, with the labels that are asked for', () => {
    const faults = queries.flatMap(({ where, expr }) =>
      selectorsOf(expr).flatMap((selector) => {
        const fault = selectorFault(selector, all);
        return fault === undefined ? [] : [`${where}: ${fault}`];
      }),
    );
    assert.deepEqual(faults, []);
    assert.ok(queries.length > 40, `${queries.length} queries`);
  });

  test('every label that queries group by is one of the metrics', () => {
    const known = new Set([...all.values()].flat().flatMap((labels) => Object.keys(labels)));
    known.add('code'); // of failed attempts: there were none
    const unknown = queries.flatMap(({ where, expr }) =>
      groupingLabels(expr).flatMap((label) => (known.has(label) ? [] : [`${where}: ${label}`])),
    );
    assert.deepEqual(unknown, []);
  });

  test('a wrong name and a wrong label are found', () => {
    const faultOf = (expr: string) => selectorsOf(expr).map((selector) => selectorFault(selector, all));
    assert.deepEqual(faultOf('verger_nothing > 0'), ['no process has a metric verger_nothing']);
    assert.deepEqual(faultOf('verger_runs{state="runing"}'), ['verger_runs has no series with state=runing']);
    assert.deepEqual(faultOf('sum(verger_runs{state!~"done|failed"})'), [undefined]);
  });

  test('worker and reducer count what they did', () => {
    const value = (text: string, series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
    const { worker, reducer } = scraped.texts;
    assert.equal(value(worker, 'verger_stage_seconds_count{stage="extract"}'), 2);
    assert.equal(value(worker, 'verger_stage_seconds_count{stage="project"}'), 2);
    assert.equal(value(reducer, 'verger_stage_seconds_count{stage="reduce"}'), 1);
    assert.equal(value(reducer, 'verger_stage_seconds_count{stage="finish"}'), 1);
    for (const part of ['read', 'decode', 'infer', 'encode']) {
      assert.ok(value(worker, `verger_extract_seconds_total{part="${part}"}`) > 0, part);
    }
    assert.equal(value(worker, 'verger_images_total{outcome="quarantined"}'), 1);
  });

  test('docs/operations.md lists every metric, once, and no other', () => {
    const documented = firstCells(section(page('operations'), 'Watch')).filter((name) =>
      name.startsWith('verger_'),
    );
    const names = new Set([...all.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    names.delete('up');
    assert.deepEqual([...documented].sort(), [...names].sort());
  });

  test('docs/cluster.md lists every metric of a worker, and no other', () => {
    const documented = firstCells(page('cluster')).filter((name) => name.startsWith('verger_'));
    const { worker } = scraped.texts;
    const names = [...worker.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    assert.deepEqual([...documented].sort(), [...names].sort());
  });
});

test('docs/operations.md says what each alert means, in the order of the rules', () => {
  const documented = firstCells(section(page('operations'), 'Alerts'));
  assert.deepEqual(
    documented,
    alertQueries().map(({ where }) => where),
  );
});

test('each alert has a test in which it fires, and one in which it does not', () => {
  const cases = readFileSync(`${METRICS_FOLDER}alerts.test.yml`, 'utf8')
    .split(/^ {6}- eval_time:/m)
    .slice(1);
  const fires = (name: string, does: boolean) =>
    cases.some(
      (text) => new RegExp(`alertname: ${name}$`, 'm').test(text) && text.includes('exp_alerts:') === does,
    );
  for (const { where } of alertQueries()) {
    assert.ok(fires(where, true), `${where} fires nowhere`);
    assert.ok(fires(where, false), `${where} fires everywhere`);
  }
});

test('the Grafana dashboard asks whatever data source is chosen', () => {
  const { panels, templating } = readDashboard();
  const charts = panels.filter(({ type }) => type !== 'row');
  assert.ok(charts.every(({ datasource }) => /^\$\{datasource\}$/.test(datasource?.uid ?? '')));
  assert.deepEqual(
    templating.list.map(({ name, type }) => `${name}: ${type}`),
    ['datasource: datasource', 'place: query', 'run: query'],
  );
  const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  assert.deepEqual(rows, ['Runs', 'Throughput', 'Stage times', 'Queue', 'Workers', 'Redis']);
});
