/** Many machines: the executor, the worker and the reducer around the stage functions. */
export { PROTOCOL } from '@verger/queue';
