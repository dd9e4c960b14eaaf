import { type Job, type JobJson, Worker } from 'bullmq';

/** BullMQ's worker, with two of its ways mended. */
export class CarefulWorker extends Worker {
  /** A job whose data is no JSON is handed over without data: BullMQ would take it again and again and never hand it over. */
  protected override createJob(data: JobJson, jobId: string): Job {
    try {
      return super.createJob(data, jobId);
    } catch {
      return super.createJob({ ...data, data: 'null' }, jobId);
    }
  }

  /** Ends what `close()` leaves behind when Redis is away, where it waits for ever: timers and the connection for waiting. */
  abandon(): void {
    void this.lockManager.close();
    void this.pause(true); // ends its timer for stalled jobs, which alone would keep the process for half a minute
    this.backend.blockingClient?.then(
      (client) => client.disconnect(),
      () => {},
    );
  }
}
