import { existsSync } from 'node:fs';
import { auditRun } from './audit/audit.ts';
import { mustHold } from './fault-case.ts';

/** What an audit has found right by much arithmetic; the same bytes need not be found right again. */
const known = new Set<string>();

/**
 * Has a run folder looked at by the auditor, which shares no code with verger. Throws naming what is wrong.
 * `temporariesMayStay` where the process that left them still lives.
 */
export async function audit(
  runFolder: string,
  { unfinishedOk, temporariesMayStay = false }: { unfinishedOk: boolean; temporariesMayStay?: boolean },
): Promise<void> {
  // Stopped before its first file: there is nothing to look at.
  if (unfinishedOk && !existsSync(runFolder)) return;
  const all = await auditRun(runFolder, { unfinishedOk, known });
  const findings = all.filter(({ file }) => !(temporariesMayStay && file.startsWith('.tmp/')));
  const lines = findings.map(({ file, fault }) => `${file}: ${fault}`);
  mustHold(lines.length === 0, `the auditor found:\n${lines.join('\n')}`);
}
