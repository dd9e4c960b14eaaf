/** BullMQ: names, payloads, flows, and the consumer of jobs. The only package that knows Redis. */
export const PROTOCOL = 1;
