import { formatCount, formatDeadlineSpan, printable } from '@verger/core';
import { type Html, html, tableHtml, timeHtml } from '@verger/report';
import type { RunRecords } from '@verger/run-index';

/** Decisions that are shown: the newest. */
const MOST_SHOWN = 50;

/** True for a run that an autoscaler has decided for. */
export function hasScaling({ scaling }: RunRecords): boolean {
  return scaling !== undefined && scaling.decisions.length > 0;
}

/** What an autoscaler decided while the run was under way, the newest first; nothing where there was none. */
export function scalingHtml(records: RunRecords): Html | false {
  const { scaling } = records;
  if (scaling === undefined || !hasScaling(records)) return false;
  const { group, decisions } = scaling;
  const rows = decisions
    .slice(-MOST_SHOWN)
    .reverse()
    .map(({ at, fromVcpus, vcpus, reason }) => [
      timeHtml(at),
      fromVcpus === vcpus ? formatCount(vcpus) : `${formatCount(fromVcpus)} → ${formatCount(vcpus)}`,
      printable(reason),
    ]);
  const columns = [
    { head: 'Time', kind: 'nowrap' },
    { head: 'vCPUs', kind: 'number' },
    { head: 'Reason', kind: 'long' },
  ] as const;
  const who =
    group === null
      ? 'By an autoscaler that only tells.'
      : html`For the group <code>${printable(group)}</code>, which all runs share.`;
  const more = decisions.length > rows.length && ` The newest ${rows.length} are shown.`;
  return html`<h2 id="workers-title">Workers asked for</h2>
<p class="muted">${who}${more}</p>
${tableHtml({ id: 'workers', caption: 'Decisions of the autoscaler, the newest first', columns, rows })}`;
}

/** When a run should be done, and how far off that is; undefined for a run without a deadline. */
export function deadlineWords(
  deadline: string | undefined,
  nowMs: number,
  isDone: boolean,
): { readonly at: Html; readonly left: string } | undefined {
  if (deadline === undefined) return undefined;
  return { at: timeHtml(deadline), left: isDone ? 'asked for' : formatDeadlineSpan(deadline, nowMs) };
}
