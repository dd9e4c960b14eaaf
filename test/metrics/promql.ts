/** What a query in PromQL names, found by its words: enough for our own queries. */

/** One selector: a metric, and what its labels must be. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly op: string; readonly value: string }[];
}

const SELECTOR = /\b(verger_[a-z_]+|up)\b(?:\{([^}]*)\})?/g;
const MATCHER = /([a-z_]+)\s*(=~|!=|!~|=)\s*"([^"]*)"/g;
const GROUPING = /\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;

/** The selectors of a query. */
export function selectorsOf(query: string): Selector[] {
  return [...query.matchAll(SELECTOR)].map(([, metric = '', inner = '']) => ({
    metric,
    matchers: [...inner.matchAll(MATCHER)].map(([, label = '', op = '', value = '']) => ({
      label,
      op,
      value,
    })),
  }));
}

/** The labels by which a query groups or matches. */
export function groupingLabels(query: string): string[] {
  return [...query.matchAll(GROUPING)].flatMap(([, list = '']) =>
    list.split(',').flatMap((label) => label.trim() || []),
  );
}

/** The series of a scrape: the labels of each, by the name of its metric. */
export type Scrape = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;

/** Reads a scrape; a metric without a series yet has none. `extra` are the labels that Prometheus adds. */
export function parseScrape(text: string, extra: Readonly<Record<string, string>>): Scrape {
  const series = new Map<string, Record<string, string>[]>();
  for (const line of text.split('\n')) {
    const declared = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (declared !== null) {
      const [, name = '', kind] = declared;
      const names = kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
      for (const one of names) series.set(one, series.get(one) ?? []);
    }
    const sample = /^([a-z_]+)(?:\{(.*)\})? \S+$/.exec(line);
    if (sample === null) continue;
    const [, name = '', inner = ''] = sample;
    const labels = [...inner.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
    const own = Object.fromEntries(labels.map(([, label = '', value = '']) => [label, value]));
    series.set(name, [...(series.get(name) ?? []), { ...own, ...extra }]);
  }
  return series;
}

/** All scrapes as one. */
export function mergeScrapes(scrapes: readonly Scrape[]): Scrape {
  const all = new Map<string, Readonly<Record<string, string>>[]>();
  for (const scrape of scrapes) {
    for (const [name, series] of scrape) all.set(name, [...(all.get(name) ?? []), ...series]);
  }
  return all;
}

/** Why a selector finds nothing in a scrape; undefined when it does, or when a metric has no series yet. */
export function selectorFault({ metric, matchers }: Selector, scrape: Scrape): string | undefined {
  const series = scrape.get(metric);
  if (series === undefined) return `no process has a metric ${metric}`;
  if (series.length === 0) return undefined;
  const found = series.some((labels) => matchers.every((matcher) => matches(matcher, labels[matcher.label])));
  if (found) return undefined;
  return `${metric} has no series with ${matchers.map(({ label, op, value }) => label + op + value).join(', ')}`;
}

function matches({ op, value }: Selector['matchers'][number], have: string | undefined): boolean {
  if (have === undefined) return false;
  const whole = new RegExp(`^(?:${value})$`);
  switch (op) {
    case '=':
      return have === value;
    case '!=':
      return have !== value;
    case '=~':
      return whole.test(have);
    default:
      return !whole.test(have);
  }
}
