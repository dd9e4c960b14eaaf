import { printable, shellQuote } from '@verger/core';
import type { ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, html } from '../html/html.ts';
import { nothingHtml, type Section } from './shown.ts';
import { snippetsOf } from './snippets.ts';

/** How the projection is loaded with the usual libraries. */
export function loadSection({ facts }: ReportData): Section {
  const head = { id: 'load', title: 'Load the results' };
  const { pca } = facts.report;
  if (pca === null) return { ...head, body: nothingHtml('There is no projection to load.') };
  const snippets = snippetsOf(facts.location, pca.k).map(
    ({ id, title, code }) => html`<div class="command"><p>${title}</p>
<div class="line"><code id="code-${id}">${code}</code>${copyButton(`code-${id}`, title)}</div></div>\n`,
  );
  return {
    ...head,
    body: html`<p>This page does not hold the results: you need the folder of the run, <code class="path">${printable(facts.location)}</code>. If this page was sent to you, ask the sender for that folder, and put its place into the code.</p>
<p>The projection has a row per image: <code>path</code>, <code>label</code>, <code>pca_features</code> (${pca.k} numbers). The features are beside it in <code>features/</code>, the PCA in <code>pca/model.json</code>.</p>
${snippets}`,
  };
}

function copyButton(id: string, what: string): Html {
  return html`<button type="button" class="plain" data-copy="${id}" aria-label="Copy: ${what}" hidden>Copy</button>`;
}

/** What to do next with the run, as commands for a shell. */
export function commandsSection({ facts }: ReportData): Section {
  const commands = commandsOf(facts).map(
    ({ id, what, command }) => html`<div class="command"><p>${what}</p>
<div class="line"><code id="${id}">${command}</code>${copyButton(id, what)}</div></div>\n`,
  );
  return {
    ...{ id: 'commands', title: 'Commands' },
    body: html`<p class="muted">For a machine that reaches the same storage, with <code>verger</code> on the <code>PATH</code>; add the flags for S3 or Redis that you use there.</p>
${commands}`,
  };
}

interface Command {
  readonly id: string;
  readonly what: string;
  readonly command: string;
}

/** Commands with the run's location, quoted for a shell. */
export function commandsOf({ location, report }: ReportFacts): Command[] {
  const command = (verb: string, ...words: string[]) =>
    printable(['verger', verb, ...[location, ...words].map(shellQuote)].join(' '));
  const all: (Command | false)[] = [
    {
      id: 'cmd-verify',
      what: 'Verify: recompute the run from its files and compare',
      command: command('verify'),
    },
    { id: 'cmd-resume', what: 'Resume: check the run, and make what is missing', command: command('resume') },
    report.extracted > 0 && {
      ...{ id: 'cmd-refit', what: 'Refit: another PCA from the same features, in seconds' },
      command: command('refit', '--variance', (report.pca?.options.variance ?? 0) < 0.9 ? '0.9' : '0.95'),
    },
    report.pca !== null && {
      ...{ id: 'cmd-export', what: 'Export the projection to one file (.parquet, .csv or .npy)' },
      command: command('export', '--output', `${report.runId}.parquet`),
    },
    {
      id: 'cmd-report',
      what: 'Make this page again',
      command: command('report', '--html', `${report.runId}.html`),
    },
  ];
  return all.filter((one) => one !== false);
}
