/**
 * A process that takes jobs of the Redis in its argument, and drains when its parent says a word: what keeps
 * it after that is a leak.
 */
import { consume } from '@verger/queue';
import { keepingLogger } from './queue-harness.ts';

const consumer = await consume(
  { url: process.argv[2] ?? '', prefix: 't-ending', role: 'worker', name: 'ending', logger: keepingLogger() },
  {
    ...{ kinds: 'work', concurrency: { extract: 1, project: 1 }, handle: async () => ({ done: true }) },
    alive: { host: 'here', pid: process.pid, cpu: 'test' },
  },
);
process.once('message', () => {
  void consumer.drain(0).then(() => {
    process.send?.('drained');
    process.disconnect();
  });
});
process.send?.('takes jobs');
