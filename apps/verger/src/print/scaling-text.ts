import {
  asVergerError,
  counted,
  formatDeadlineSpan,
  printable,
  RUN_FILES,
  type Scaling,
  type ScalingDecisionRecord,
  type Storage,
  scalingSchema,
} from '@verger/core';
import { readRecord } from '@verger/run';

/** The newest decision of an autoscaler for a run; null without one, or where the file is damaged. */
export async function readNewestDecision(store: Storage): Promise<ScalingDecisionRecord | null> {
  const scaling = await readRecord<Scaling>(store, RUN_FILES.scaling, scalingSchema).catch(
    (thrown: unknown) => {
      if (asVergerError(thrown).code !== 'E_RUN_CORRUPT') throw thrown;
      return undefined;
    },
  );
  return scaling?.decisions.at(-1) ?? null;
}

/** Deadline and newest decision of a run, a line each where there is one. */
export function scalingLines(
  deadline: string | undefined,
  decision: ScalingDecisionRecord | null,
  { nowMs, isDone }: { readonly nowMs: number; readonly isDone: boolean },
): string[] {
  const lines = deadline === undefined ? [] : [`  deadline    ${deadlineText(deadline, nowMs, isDone)}`];
  if (decision === null) return lines;
  const { at, fromVcpus, vcpus, reason } = decision;
  const asked = counted(vcpus, 'vCPU');
  const change = fromVcpus === vcpus ? asked : `${asked} instead of ${fromVcpus}`;
  return [...lines, `  autoscaler  ${change} at ${at}: ${printable(reason)}`];
}

function deadlineText(deadline: string, nowMs: number, isDone: boolean): string {
  return isDone ? deadline : `${deadline}, ${formatDeadlineSpan(deadline, nowMs)}`;
}
