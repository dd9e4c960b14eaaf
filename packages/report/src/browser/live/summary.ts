/** How far a run is: its bar, the numbers that matter, its stages. */
import { counted, formatCount, formatDuration, formatShare } from '@verger/core';
import type { LiveFacts, LiveStage, LiveState } from '../../data/live-data.ts';
import { rateBins } from '../../data/live-rate.ts';
import { rateWords, STALLED_WORDS } from '../../html/words.ts';
import { element } from '../elements.ts';
import { setText } from './prose.ts';

const NONE = '–';

/** The panel with the bar and the numbers. */
export function summaryPanel(): { readonly node: HTMLElement; update(state: LiveState): void } {
  const bar = element('progress', { 'aria-label': 'Images that are done' });
  const share = element('span', { class: 'small' });
  const list = element('dl', { class: 'facts' });
  const facts = new Map<string, { value: Text; small: HTMLElement }>();
  const fact = (name: string) => {
    const known = facts.get(name);
    if (known !== undefined) return known;
    const made = { value: document.createTextNode(''), small: element('small') };
    const parts = [element('dt', { text: name }), element('dd', {}, [made.value, made.small])];
    list.append(element('div', {}, parts));
    facts.set(name, made);
    return made;
  };
  const node = element('section', { class: 'panel', 'aria-label': 'Progress now' }, [
    element('div', { class: 'progress' }, [bar, share]),
    list,
  ]);
  return {
    node,
    update: (state) => {
      const { listed, extracted, quarantined } = state.facts;
      const done = extracted + quarantined;
      bar.max = Math.max(1, listed);
      bar.value = done;
      setText(
        share,
        `${listed === 0 ? '' : `${formatShare(done / listed)} of `}${counted(listed, 'image')} done`,
      );
      for (const [name, value, small] of factsOf(state)) {
        const { value: place, small: beside } = fact(name);
        if (place.data !== value) place.data = value;
        setText(beside, small);
      }
    },
  };
}

type Fact = readonly [name: string, value: string, small: string];

function factsOf(state: LiveState): Fact[] {
  const { facts } = state;
  const { listed, extracted, quarantined, perSecond, livePerSecond, etaMs, k, kept, isOver } = facts;
  const { deadline, stalled = null } = facts;
  const bad = listed === 0 ? '' : formatShare(quarantined / listed);
  const alive = facts.workers.filter(({ alive: is }) => is === true).length;
  const took = facts.stages.find(({ stage }) => stage === 'extract')?.ms ?? null;
  return [
    ['Extracted', formatCount(extracted), `of ${formatCount(listed)}`],
    ['In quarantine', formatCount(quarantined), bad],
    // On average it is what the chart says: over the time in which partitions were under way.
    isOver
      ? ['Rate', rateWords(rateBins(state)?.meanPerSecond ?? perSecond), 'images, on average']
      : rateFact({ livePerSecond, perSecond, stalled }),
    isOver && took !== null
      ? ['Extract took', formatDuration(took), '']
      : [
          'Time left',
          etaMs === null ? NONE : formatDuration(etaMs),
          stalled === null ? 'for extract' : STALLED_WORDS[stalled],
        ],
    ...(deadline === null
      ? []
      : [['Deadline', deadline.slice(0, 16).replace('T', ' '), facts.deadlineLeft ?? ''] as const]),
    [
      'Workers',
      facts.knowsRunning ? formatCount(alive) : formatCount(facts.workers.length),
      facts.knowsRunning ? 'alive' : 'seen',
    ],
    [
      'k',
      k === null ? NONE : formatCount(k),
      kept === null ? 'components' : `components keep ${formatShare(kept)}`,
    ],
  ];
}

function rateFact({
  livePerSecond,
  perSecond,
  stalled = null,
}: Pick<LiveFacts, 'livePerSecond' | 'perSecond' | 'stalled'>): Fact {
  // What is committed then is not known: workers finish what they have.
  if (stalled === 'redis') return ['Rate', NONE, STALLED_WORDS.redis];
  if (stalled !== null) return ['Rate', '0/s', 'now'];
  const lately = `${rateWords(perSecond)} by commits`;
  if (livePerSecond !== null) return ['Rate', rateWords(livePerSecond), `now; ${lately}`];
  return ['Rate', rateWords(perSecond), 'images, by commits'];
}

const WORDS = { done: 'good', 'under way': 'active', next: 'warn', 'not begun': 'quiet' } as const;

/** The stages as bars with what each has yet to do. */
export function stageBars(): { readonly node: HTMLElement; update(stages: readonly LiveStage[]): void } {
  const rows = new Map<string, { bar: HTMLProgressElement; words: HTMLElement; badge: HTMLElement }>();
  const list = element('ul', { class: 'stage-bars' });
  const node = element('section', { 'aria-labelledby': 'live-stages' }, [
    element('h2', { id: 'live-stages', text: 'Stages and backlog' }),
    list,
  ]);
  const row = ({ stage }: LiveStage) => {
    const known = rows.get(stage);
    if (known !== undefined) return known;
    const made = {
      bar: element('progress', { 'aria-label': `Stage ${stage}` }),
      words: element('span', { class: 'stage-words small muted' }),
      badge: element('span', { class: 'badge' }),
    };
    list.append(
      element('li', {}, [
        element('span', { class: 'stage-name', text: stage }),
        made.bar,
        element('span', { class: 'stage-state' }, [made.badge]),
        made.words,
      ]),
    );
    rows.set(stage, made);
    return made;
  };
  return {
    node,
    update: (stages) => {
      for (const stage of stages) {
        const { bar, words, badge } = row(stage);
        bar.max = Math.max(1, stage.total);
        bar.value = stage.done;
        setText(words, stageWords(stage));
        setText(badge, stage.state);
        badge.className = `badge ${WORDS[stage.state]}`;
      }
    },
  };
}

function stageWords({ stage, done, total, backlog, ms, state }: LiveStage): string {
  const took = ms === null ? '' : `, took ${formatDuration(ms)}`;
  if (backlog === null)
    return state === 'done' ? `done${took}` : stage === 'reduce' ? 'merge sums, fit' : 'files of results';
  const left = backlog > 0 ? `${counted(backlog, 'image')} to do` : 'nothing to do';
  return `${formatCount(done)} of ${counted(total, 'partition')}; ${left}${took}`;
}
