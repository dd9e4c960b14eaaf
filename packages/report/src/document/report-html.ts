import { counted, formatCount, printable } from '@verger/core';
import { embedData } from '../data/embed.ts';
import type { ReportData, ReportFacts } from '../data/report-data.ts';
import { type Html, html } from '../html/html.ts';
import { STYLE } from '../html/style.ts';
import { timeHtml } from '../html/words.ts';
import { pageScript } from './bundle.ts';
import { commandsSection, loadSection } from './commands-section.ts';
import { confusionSection } from './confusion-section.ts';
import { countsSection } from './counts-section.ts';
import { detailsSection } from './details-section.ts';
import { contentPolicyOf, embeddedScript, embeddedStyle } from './embedded.ts';
import { labelsSection } from './labels-section.ts';
import { duplicatesSection, oddSection } from './odd-section.ts';
import { precisionSection } from './precision-section.ts';
import { projectionSection } from './projection-section.ts';
import { quarantineSection } from './quarantine-section.ts';
import type { Section } from './shown.ts';
import { summarySection } from './summary-section.ts';
import { timeSection } from './time-section.ts';
import { componentsSection, varianceSection } from './variance-section.ts';

/** The sections of the page, in order; one that is undefined is left out. */
const SECTIONS: readonly ((data: ReportData) => Section | undefined)[] = [
  summarySection,
  countsSection,
  projectionSection,
  varianceSection,
  precisionSection,
  componentsSection,
  labelsSection,
  confusionSection,
  oddSection,
  duplicatesSection,
  quarantineSection,
  timeSection,
  detailsSection,
  commandsSection,
  loadSection,
];

/** The whole page of a run: one file, no request to anywhere. Cost: 0.2 s and 1 s for each 100,000 points. */
export async function reportHtml(data: ReportData): Promise<string> {
  const script = embeddedScript(pageScript('report-page'));
  const style = embeddedStyle(STYLE);
  const embedded = await embedData(data);
  const { runId } = data.facts.report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${contentPolicyOf({ script, style })}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Run ${runId} · verger</title>
${style.html}
</head>
<body class="report">
${bodyHtml(data)}
<script type="text/plain" id="data">${embedded}</script>
${script.html}
</body>
</html>
`.text;
}

/** What a reader sees: contents and sections, without script and data. */
export function bodyHtml(data: ReportData): Html {
  const { facts } = data;
  const sections = SECTIONS.flatMap((section) => section(data) ?? []);
  const links = sections.map(
    ({ id, title, short = title }) => html`<li><a href="#${id}">${short}</a></li>\n`,
  );
  return html`<a class="skip" href="#main">Skip to content</a>
<header class="title"><p class="brand">verger</p><h1>Run ${facts.report.runId}</h1>
<p class="muted">${imagesWords(facts.report)} in <code class="path">${printable(facts.report.images)}</code></p></header>
<div class="columns">
<nav class="contents" aria-label="Contents"><details open><summary>Contents</summary><ol>
${links}</ol></details></nav>
<main id="main" tabindex="-1">
<p id="trouble" role="status"></p>
<noscript><p class="notice">Scripts are off: the tables can be read, the charts and pictures are not drawn.</p></noscript>
${facts.noPictures !== undefined && html`<p class="notice">${printable(facts.noPictures)}</p>`}
${sections.map(sectionHtml)}
<footer><p class="small muted">verger is a command-line program that turns a folder or bucket of images into MobileNetV2 features and their principal components, on one machine or many. This page was made by verger ${printable(facts.versions['verger'] ?? '')} on ${timeHtml(facts.madeAt)}. It is one file and asks nothing from anywhere.</p></footer>
</main>
</div>`;
}

function imagesWords({ extracted, listed }: ReportFacts['report']): string {
  if (extracted === listed) return counted(listed, 'image');
  return `${formatCount(extracted)} of ${counted(listed, 'image')}`;
}

function sectionHtml({ id, title, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;
}
