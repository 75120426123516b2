/** BullMQ, unchanged, in two regions: queues, workers and events. */
import { waitFor } from "@meridian/testkit";
import { Queue, QueueEvents, Worker, type Job, type JobsOptions, type WorkerOptions } from "bullmq";
import type { Region, TwoRegions } from "./two-regions.js";

const SETTLE_MS_MAX = 60_000;
/** A job whose worker lost it is given to another after about so long; by default it is half a minute. */
const LOCK_MS = 8000;
const STALLED_CHECK_MS = 1000;

/** What was done with each job, by its id: the region of each time. */
export type Log = Map<string, number[]>;

interface Closing {
  on(name: "error", listener: (error: Error) => void): unknown;
  close(): Promise<unknown>;
}

export class BullRegions {
  constructor(private readonly regions: TwoRegions) {}

  queue(region: Region, name: string): Queue {
    return this.closing(new Queue(name, { connection: this.regions.address(region) }));
  }

  events(region: Region, name: string): QueueEvents {
    return this.closing(new QueueEvents(name, { connection: this.regions.address(region) }));
  }

  /** Notes each time that it works on a job, and does no more than `work` with it. */
  worker(region: Region, name: string, log: Log, work: (job: Job) => unknown = () => region): Worker {
    const options: WorkerOptions = {
      connection: this.regions.address(region),
      concurrency: 5,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // Being processed in another region counts as being stalled, too.
      maxStalledCount: 100,
    };
    const note = async (job: Job): Promise<unknown> => {
      const id = job.id ?? "";
      log.set(id, [...(log.get(id) ?? []), region]);
      return await Promise.resolve(work(job));
    };
    return this.closing(new Worker(name, note, options));
  }

  private closing<Part extends Closing>(part: Part): Part {
    part.on("error", () => undefined); // of a worker: that the job was taken from it
    this.regions.onClose(() => part.close());
    return part;
  }
}

/** Jobs with ids of their own: the queue's numbers are not one sequence while two regions count. */
export async function addJobs(queue: Queue, ids: readonly string[], options: JobsOptions = {}): Promise<void> {
  for (const jobId of ids) await queue.add("job", { jobId }, { ...options, jobId });
}

/**
 * Every region says that so many jobs are completed, and that none is left to do. A job that two workers had at once may be
 * said to have failed as well, by the one whose lock was gone.
 */
export async function allCompleted(queues: readonly Queue[], count: number, mayFailToo = false): Promise<void> {
  let seen: unknown;
  const settled = async (): Promise<boolean> => {
    const counts = await Promise.all(queues.map((queue) => queue.getJobCounts()));
    seen = counts;
    return counts.every(({ completed, failed, ...others }) => {
      const left = Object.values(others).some((other) => other > 0) || (failed !== 0 && !mayFailToo);
      return completed === count && !left;
    });
  };
  try {
    await waitFor(settled, { what: `${count} jobs to be completed`, timeoutMs: SETTLE_MS_MAX, intervalMs: 100 });
  } catch (error) {
    throw new Error(JSON.stringify(seen), { cause: error });
  }
}
