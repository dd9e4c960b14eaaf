import { requireCacheDir } from '@verger/features/weights';
import { createOpenRuns } from '../jobs/open-runs.ts';
import { type Service, type ServiceOptions, startService } from '../service/service.ts';
import { handleWork } from './handle-work.ts';
import { createImagePools } from './image-pools.ts';
import { admitOfClass } from './strict.ts';

/** One partition has its images with the children, one is being committed or read. */
const EXTRACT_AT_ONCE = 2;

/**
 * A process that extracts and projects partitions, with children that load the weights once. Errors: those of
 * `startService`; E_CONFIG where there is no place for weights.
 */
export async function startWorker(options: ServiceOptions): Promise<Service> {
  requireCacheDir(options.cacheDir);
  const pools = createImagePools(options, { weights: true });
  const runs = createOpenRuns(options.openStorage, { roots: options.allowRoots, images: true });
  return await startService(options, {
    role: 'worker',
    taking: { kinds: 'work', concurrency: { extract: EXTRACT_AT_ONCE, project: options.processes } },
    handle: (services, _queue, own) =>
      handleWork({ ...services, ...{ runs, pools, own }, admit: admitOfClass(services, own) }),
    loads: () => pools.loads,
    close: async () => {
      runs.close();
      await pools.close();
    },
  });
}
