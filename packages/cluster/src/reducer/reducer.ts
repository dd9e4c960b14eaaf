import { createOpenRuns } from '../jobs/open-runs.ts';
import { type Service, type ServiceOptions, startService } from '../service/service.ts';
import { createImagePools } from '../worker/image-pools.ts';
import { advanceJob } from './advance-job.ts';

/**
 * A process that merges sums, fits and finishes, in children that need no weights. Several may run: they make
 * the same bytes. Errors: those of `startService`.
 */
export async function startReducer(options: ServiceOptions): Promise<Service> {
  const pools = createImagePools(options, { weights: false });
  const runs = createOpenRuns(options.openStorage, { roots: options.allowRoots, images: false });
  return await startService(options, {
    role: 'reducer',
    taking: { kinds: 'reduce', concurrency: { reduce: 1 } },
    handle: (services, queue, own) =>
      advanceJob({ ...services, ...{ runs, pools, queue, own, roots: options.allowRoots } }),
    loads: () => pools.loads,
    close: async () => {
      runs.close();
      await pools.close();
    },
  });
}
