import { asVergerError } from '@verger/core';
import { serveChild } from '@verger/pool';
import { HEAP_GROWTH, setV8Flags } from '@verger/runtime/v8-flags';
import type { ChildInit, ChildRequest, ChildResponse } from './protocol.ts';

setV8Flags(HEAP_GROWTH.child);

// Begins to load at once, while the parent still reads weights; a native library that cannot be loaded is
// told by init, not by a crash.
const loading = import('./start.ts');
loading.catch(() => {});

// The entry of every child process.
serveChild<ChildInit, ChildRequest, ChildResponse>({
  init: async (init) => {
    try {
      const { startChild } = await loading;
      return await startChild(init);
    } catch (error) {
      throw asVergerError(error);
    }
  },
});
