/** The picture: vCPUs and backlog over time for each policy, as SVG that reads on white and on dark. */
import { formatCount } from '@verger/core';
import type { PlannedRun } from './scenario.ts';
import type { Outcome } from './simulate.ts';

/** A policy's share of the picture. */
export interface Panel {
  readonly title: string;
  /** What came of it. */
  readonly note: string;
  readonly outcome: Outcome;
}

interface Frame {
  readonly minutes: number;
  readonly maxVcpus: number;
  readonly images: number;
}

const [WIDTH, HEIGHT] = [880, 150];
const [LEFT, RIGHT, TOP, GAP] = [56, 64, 92, 88];
/** Mid greys and mid tones: at least 4:1 on white and on GitHub's dark page. */
const TEXT = '#737b86';
const GRID = '#8b949e';
const COLOURS = { running: '#3b82f6', desired: '#2f6fd6', backlog: '#d97706', deadline: '#737b86' } as const;
const BAD = '#e5484d';

const round = (value: number) => String(Math.round(value * 10) / 10);

/** The SVG. All panels have the same axes. */
export function chart(panels: readonly Panel[], runs: readonly PlannedRun[], frame: Frame): string {
  const height = TOP + panels.length * (HEIGHT + GAP) - GAP + 34;
  const width = LEFT + WIDTH + RIGHT;
  const body = panels.map((panel, index) => drawPanel(panel, runs, frame, TOP + index * (HEIGHT + GAP)));
  const title = 'Capacity and backlog over time, by policy';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    `  role="img" aria-labelledby="title" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"`,
    `  font-size="12" fill="${TEXT}">`,
    `<title id="title">${title}</title>`,
    legend(),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string {
  const entries = [
    [
      `<rect width="22" height="10" y="-9" fill="${COLOURS.running}" fill-opacity="0.35"/>`,
      'vCPUs in service',
      140,
    ],
    [line('M0 -4H22', COLOURS.desired, 'stroke-width="2"'), 'vCPUs asked for', 134],
    [line('M0 -4H22', COLOURS.backlog, 'stroke-width="2"'), 'images to extract (right axis)', 212],
    [line('M0 -4H22', COLOURS.deadline, 'stroke-width="1.5" stroke-dasharray="4 3"'), 'deadline', 0],
  ] as const;
  let x = LEFT;
  const drawn = entries.map(([mark, text, width]) => {
    const at = x;
    x += width;
    return `<g transform="translate(${at} 26)">${mark}<text x="28">${text}</text></g>`;
  });
  return drawn.join('\n');
}

const line = (path: string, colour: string, more = '') =>
  `<path d="${path}" fill="none" stroke="${colour}" ${more}/>`;

function drawPanel(panel: Panel, runs: readonly PlannedRun[], frame: Frame, top: number): string {
  const { samples } = panel.outcome;
  const x = (seconds: number) => (Math.min(seconds / 60, frame.minutes) / frame.minutes) * WIDTH;
  const y = (vcpus: number) => HEIGHT - (Math.min(vcpus, frame.maxVcpus) / frame.maxVcpus) * HEIGHT;
  const yImages = (images: number) => HEIGHT - (images / frame.images) * HEIGHT;
  const shown = samples.filter(({ at }) => at <= frame.minutes * 60);
  const running = steps(shown.map(({ at, running: vcpus }) => [x(at), y(vcpus)]));
  const desired = steps(shown.map(({ at, desired: vcpus }) => [x(at), y(vcpus)]));
  const backlog = shown
    .map(({ at, backlog: images }) => `${round(x(at))} ${round(yImages(images))}`)
    .join('L');
  const last = round(x(shown.at(-1)?.at ?? 0));
  return [
    `<g transform="translate(${LEFT} ${top})">`,
    `<text y="-28" font-size="14" font-weight="600">${panel.title}</text>`,
    `<text x="${WIDTH}" y="-28" text-anchor="end">${panel.note}</text>`,
    axes(frame),
    `<path d="M${round(x(shown[0]?.at ?? 0))} ${HEIGHT}L${running}L${last} ${HEIGHT}Z" fill="${COLOURS.running}" fill-opacity="0.35"/>`,
    line(`M${desired}`, COLOURS.desired, 'stroke-width="2" stroke-linejoin="round"'),
    line(`M${backlog}`, COLOURS.backlog, 'stroke-width="2" stroke-linejoin="round"'),
    ...runs.map((run, index) => deadline(run, panel.outcome.runs[index]!.kept, x)),
    '</g>',
  ].join('\n');
}

/** A line that holds each value until the next one; points that change nothing are left out. */
function steps(points: readonly (readonly [number, number])[]): string {
  const drawn: string[] = [];
  let [lastY, lastX] = [Number.NaN, 0];
  for (const [x, y] of points) {
    if (y === lastY) continue;
    drawn.push(
      Number.isNaN(lastY) ? `${round(x)} ${round(y)}` : `${round(x)} ${round(lastY)}L${round(x)} ${round(y)}`,
    );
    [lastX, lastY] = [x, y];
  }
  const end = points.at(-1);
  if (end !== undefined && end[0] > lastX) drawn.push(`${round(end[0])} ${round(end[1])}`);
  return drawn.join('L');
}

function axes({ minutes, maxVcpus, images }: Frame): string {
  const marks: string[] = [];
  for (const share of [0, 0.5, 1]) {
    const y = round(HEIGHT * (1 - share));
    marks.push(line(`M0 ${y}H${WIDTH}`, GRID, 'stroke-width="1" stroke-opacity="0.3"'));
    marks.push(`<text x="-8" y="${y}" dy="4" text-anchor="end">${formatCount(maxVcpus * share)}</text>`);
    const millions = share === 0 ? '0' : `${round((images * share) / 1e6)} M`;
    marks.push(`<text x="${WIDTH + 8}" y="${y}" dy="4" fill="${COLOURS.backlog}">${millions}</text>`);
  }
  for (let minute = 0; minute <= minutes; minute += 15) {
    const x = round((minute / minutes) * WIDTH);
    const text = minute === 0 ? '0 min' : String(minute);
    marks.push(`<text x="${x}" y="${HEIGHT + 18}" text-anchor="middle">${text}</text>`);
  }
  return marks.join('\n');
}

function deadline(run: PlannedRun, kept: boolean, x: (seconds: number) => number): string {
  const at = round(x(run.deadline));
  const colour = kept ? COLOURS.deadline : BAD;
  const text = kept ? `${run.id} kept` : `${run.id} missed`;
  return [
    line(`M${at} -4V${HEIGHT}`, colour, 'stroke-width="1.5" stroke-dasharray="4 3"'),
    `<text x="${at}" y="-8" text-anchor="middle" fill="${colour}" font-size="11">${text}</text>`,
  ].join('');
}
