import { embedData } from '../data/embed.ts';
import type { ReportData } from '../data/report-data.ts';
import { html } from '../html/html.ts';
import { STYLE } from '../html/style.ts';
import { pageScript } from './bundle.ts';
import { contentPolicyOf, embeddedScript, embeddedStyle } from './embedded.ts';

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
<body>
<main id="main">
<h1>Run ${runId}</h1>
<p id="trouble" role="status"></p>
<div id="scatter"></div>
</main>
<script type="text/plain" id="data">${embedded}</script>
${script.html}
</body>
</html>
`.text;
}
