import { counted, type Epoch, formatBytes, printable } from '@verger/core';
import { networkWords, pcaWords } from '@verger/driver/runs';
import { timeWords } from '@verger/report';
import type { RunPlan } from '@verger/run-index';

/** What a run is, in two sentences. Printable. */
export function runSentence({ manifest, partitions }: RunPlan, epoch: Epoch | undefined): string {
  const { listing, images, model, pca } = manifest;
  const cut = `${counted(listing.images, 'image')} (${formatBytes(listing.bytes)}) in ${images}`;
  const fit =
    model === undefined ? `a PCA (${pcaWords(pca).join('; ')})` : `the PCA model of run ${model.runId}`;
  const what = `MobileNetV2 features of ${cut}, in ${counted(partitions, 'partition')}, and ${fit}`;
  return printable(`${what}; ${networkWords(manifest.fingerprint)}. ${submittedWords(epoch)}`);
}

function submittedWords(epoch: Epoch | undefined): string {
  if (epoch === undefined) return 'It is planned; nobody has submitted it.';
  const { by, at, queue, cause, epoch: number } = epoch;
  const who = `process ${by.pid} on ${by.host}`;
  const where =
    queue === undefined ? `done by ${who}` : `submitted by ${who} to the workers of ${queueWords(queue)}`;
  const again = { run: '', resume: ' to resume it', repair: ' to repair it' }[cause];
  return `Epoch ${number}${again}: ${where}, ${timeWords(at)}.`;
}

/** A queue (`redis://host:6379/0 prefix`) in words. */
function queueWords(queue: string): string {
  const [url = '', prefix] = queue.split(' ');
  return prefix === undefined ? url : `${url} (queue prefix ${prefix})`;
}
