/**
 * A worker or a reducer of `bench:cluster --part drain`, in a process of its own: the real consumer and
 * handlers on children of width 8 in the same process. Settings come as JSON in the one argument; ends when
 * its parent lets go of it.
 */
import { startInProcess } from '@verger/testkit/cluster-in-process';
import { narrowChildren } from './narrow-children.ts';

const { role, ...where } = JSON.parse(process.argv[2] ?? '{}') as {
  role: 'worker' | 'reducer';
  url: string;
  prefix: string;
};
const [workers, reducers] = role === 'worker' ? [1, 0] : [0, 1];
const cluster = await startInProcess({ ...where, children: narrowChildren(), workers, reducers });
process.once('disconnect', () => void cluster.close());
process.send?.('takes jobs');
