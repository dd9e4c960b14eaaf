/** The queries of infra/metrics. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of Prometheus' and Grafana's files. */
export const METRICS_FOLDER = fileURLToPath(new URL('../../infra/metrics/', import.meta.url));

/** One query, and where it stands. */
export interface Query {
  readonly where: string;
  readonly expr: string;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly datasource?: { readonly uid: string };
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

/** The Grafana dashboard. */
export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(`${METRICS_FOLDER}grafana-dashboard.json`, 'utf8')) as Dashboard;
}

/** The queries of its panels, with its variables replaced as Grafana does where all is chosen. */
export function grafanaQueries(): Query[] {
  return readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `panel "${title}"`, expr: filled(expr) })),
  );
}

/** What the variables of the dashboard select. */
export function variableQueries(): Query[] {
  return readDashboard().templating.list.flatMap(({ name, definition }) => {
    const inner = /^label_values\((.*), ([a-z_]+)\)$/.exec(definition ?? '');
    if (inner === null) return [];
    const [, selector = '', label = ''] = inner;
    return [{ where: `variable ${name}`, expr: `count by (${label}) (${filled(selector)})` }];
  });
}

function filled(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(place|run)\b/g, '.*');
}

/** The alerts: their names and expressions, as alerts.yml has them. */
export function alertQueries(): Query[] {
  const lines = readFileSync(`${METRICS_FOLDER}alerts.yml`, 'utf8').split('\n');
  const alerts: Query[] = [];
  for (const [index, line] of lines.entries()) {
    const name = /^ {6}- alert: (\S+)$/.exec(line)?.[1];
    if (name === undefined) continue;
    const end = lines.findIndex((one, at) => at > index && /^ {8}(for|labels):/.test(one));
    const expr = lines
      .slice(index + 1, end)
      .join('\n')
      .replace(/^ {8}expr:( \|)?/, '');
    alerts.push({ where: name, expr: expr.trim() });
  }
  return alerts;
}
