import { type Clock, within } from '@verger/core';
import { backlogOf, type CachedRun, factsOf, isMissing, type RunIndex } from '@verger/run-index';
import type { MetricSources, RunFigures } from './figures.ts';

/** After this time a scrape takes what is known: one slow place does not hide the others. */
const WAIT_MS = 3_000;

/** The runs of a dashboard as its metrics see them: those of the pages, read once for both. */
export function runSource(index: RunIndex, clock: Clock): Pick<MetricSources, 'places' | 'runs'> {
  return {
    places: index.places.map(({ location }) => location),
    async runs(location) {
      await within<unknown>(index.look(), WAIT_MS, async () => undefined);
      const place = index.places.find((one) => one.location === location);
      if (place === undefined) throw new Error(`no place ${location}`);
      if (place.error !== undefined && !isMissing(place)) throw new Error(place.error);
      if (place.error === undefined && !place.listed) throw new Error(`${location} is still being listed`);
      const nowMs = Date.parse(clock.now());
      return index.runs().flatMap(({ place: of, run }) => (of === place ? [figuresOf(run, nowMs)] : []));
    },
  };
}

/** The figures of one run. Cost: a pass over its partitions. */
function figuresOf(run: CachedRun, nowMs: number): RunFigures {
  const { records } = run;
  const facts = factsOf(run, nowMs);
  const { state, listed, extracted, quarantined, lastMs, epoch } = facts;
  const submittedMs = Date.parse(epoch?.at ?? '');
  return {
    ...{ runId: run.id, state, images: listed, extracted, quarantined },
    backlog: backlogOf(records, facts),
    // Of a run whose commits were dropped to save memory it is not known.
    movedMs: records.dropped === undefined ? Math.max(lastMs ?? 0, submittedMs || 0) : null,
  };
}
