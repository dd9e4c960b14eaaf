/** Runs a folder of images from TypeScript: start, follow its events, read the result. */
import { openDriver, resolveOptions, startRun } from 'verger';

const [images = 'photos', output = 'results', weights = null] = process.argv.slice(2);
const driver = openDriver({
  emit: (event) => {
    if (event.type === 'listing:done') console.log(`${event.manifest.listing.images} images`);
    if (event.type === 'stage:done') console.log(`${event.stage} took ${Math.round(event.ms)} ms`);
    if (event.type === 'attempt:failed') console.warn(`tried again: ${event.code} ${event.reason}`);
  },
});
try {
  const options = resolveOptions({ output, variance: 0.75, ...(weights === null ? {} : { weights }) });
  const run = await startRun(driver, { images, options });
  if ('submitted' in run) throw new Error('This run has no queue.');
  const { extracted, quarantined, pca } = run.report;
  console.log(`${extracted} extracted, ${quarantined} in quarantine, k = ${pca?.k}: ${run.location}`);
} finally {
  await driver.close();
}
