import { counted, type FinishOptions, formatBytes, formatCount } from '@verger/core';
import type { DriverEvent, Listed } from '@verger/driver';
import type { CommandInput } from '../cli/command.ts';
import { archivedText } from './archived-text.ts';
import { labelLines, leftOutLines } from './listing-lines.ts';
import { resumeCommand } from './run-activity.ts';
import { indent } from './text.ts';

const SHOWN_FILES = 6;

/** What is printed about an event of the driver, a line each; none for events that are shown as progress. */
export function eventLines(event: DriverEvent, flags: CommandInput['flags']): string[] {
  switch (event.type) {
    case 'weights:fetching': {
      const of = event.totalBytes === null ? '' : ` of ${formatBytes(event.totalBytes)}`;
      return [`fetching the weights that Keras publishes: ${formatBytes(event.receivedBytes)}${of}`];
    }
    case 'executor:cluster':
      return [`on the workers of ${event.queue} (--redis or VERGER_REDIS_URL)`];
    case 'executor:local-refit':
      return ['note: a refit runs in this process, not on workers'];
    case 'listing:no-links':
      return ['note: --follow-links changes nothing here: a bucket has no links'];
    case 'calibrate:start':
      return [`calibrating int8: measuring ${counted(event.images, 'image')}`];
    case 'calibrate:done': {
      const codes = Object.entries(event.leftOut).map(([code, images]) => `${code} × ${formatCount(images)}`);
      const left = codes.length === 0 ? '' : `; left out: ${codes.join(', ')}`;
      const { calibrated, held } = event;
      return [`int8: calibrated on ${counted(calibrated, 'image')}, ${formatCount(held)} held back${left}`];
    }
    case 'listing:done':
      return listedLines(event);
    case 'reuse:from':
      return reuseLines(event);
    case 'reuse:gone':
      return [`note: run ${event.runId}, whose features should be reused, is no longer at ${event.location}`];
    case 'refit:of': {
      const { runId, listing } = event.manifest;
      return [
        `run ${runId}: ${formatCount(listing.images)} images with the features of run ${event.sourceRunId}`,
      ];
    }
    case 'run:unfinished':
      return [unfinishedText(event, flags)];
    case 'finish:other-csv':
      return [`result.csv is rebuilt: ${csvWords(event.before)} -> ${csvWords(event.now)}`];
    case 'finish:remake':
      return [`rebuilding what is missing or damaged: ${event.files.join(', ')}`];
    case 'repair:damage-met':
      return [`${event.code}: ${event.message} Checking the whole run for damage.`];
    case 'repair:start': {
      const more = event.files.length > SHOWN_FILES ? ', …' : '';
      return [`repairing in epoch ${event.epoch}: ${event.files.slice(0, SHOWN_FILES).join(', ')}${more}`];
    }
    case 'repair:source-changed':
      return [`note: ${event.file} no longer matches its source, so the images are extracted again`];
    case 'repair:not-listed':
      return [`the images could not be listed again: ${event.message}`];
    case 'verify:progress':
      return [`verifying ${event.check}: ${event.done} of ${event.total}`];
    case 'run:notice':
      return [`note: ${event.text}`];
    default:
      return [];
  }
}

/** What was found, before the work begins. */
function listedLines(listed: Listed): string[] {
  const { manifest, bytes, labels, leftOut, archived, unlabelled } = listed;
  const { images } = manifest.listing;
  const cut = `${counted(labels, 'label')}, ${counted(manifest.partitions.length, 'partition')}`;
  const lines = [...leftOutLines(leftOut), ...labelLines({ images, unlabelled }, manifest)];
  return [
    `run ${manifest.runId}: ${counted(images, 'image')} (${formatBytes(bytes)}), ${cut}`,
    ...(lines.length > 0 ? [indent(lines.join('\n'))] : []),
    ...(archived > 0 ? [`warning: ${archivedText(archived, images)}`] : []),
  ];
}

function reuseLines({ manifest, otherImages }: Extract<DriverEvent, { type: 'reuse:from' }>): string[] {
  const { runId, images } = manifest;
  const from = `reusing features of run ${runId} where images are unchanged`;
  if (otherImages === null) return [from];
  const same = 'those of the same path, bytes and time are assumed to be the same';
  return [from, `warning: ${runId} is of the images in ${images}, not in ${otherImages}; ${same}`];
}

function unfinishedText(
  { runId, location, epoch, differences }: Extract<DriverEvent, { type: 'run:unfinished' }>,
  flags: CommandInput['flags'],
): string {
  const how =
    differences.length === 0
      ? 'with the same options'
      : `it differs (there -> now) in\n    ${differences.join('\n    ')}`;
  return (
    `note: ${runId} in this output is an unfinished run of the same images; ${how}\n` +
    `  To finish that one as it was planned: ${resumeCommand(location, epoch, flags)}`
  );
}

function csvWords({ csv, withImages, csvRaw, csvBom }: FinishOptions): string {
  if (!csv) return 'none';
  const images = `${withImages ? 'with' : 'without'} images`;
  const parts = [images, ...(csvRaw ? ['raw'] : []), ...(csvBom === true ? ['with a byte order mark'] : [])];
  return parts.join(', ');
}
