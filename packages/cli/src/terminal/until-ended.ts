/** Something that goes on until its time is over or the user ends it with Ctrl-C: then it still has its say. */
import { setTimeout as delay } from "node:timers/promises";

export interface Course {
  /** Aborted by Ctrl-C, or after the time. */
  readonly signal: AbortSignal;
  /** Whether it goes on after so many ms. */
  pause(ms: number): Promise<boolean>;
  close(): void;
}

/** Without `seconds` until Ctrl-C. */
export function startCourse(seconds: number | undefined): Course {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.once("SIGINT", end);
  const timer = seconds === undefined ? undefined : setTimeout(end, seconds * 1000);
  return {
    signal: ending.signal,
    pause: async (ms) => {
      await delay(ms, undefined, { signal: ending.signal }).catch(() => undefined);
      return !ending.signal.aborted;
    },
    close: () => {
      clearTimeout(timer);
      process.off("SIGINT", end);
    },
  };
}
