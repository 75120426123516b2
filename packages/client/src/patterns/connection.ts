/**
 * What the patterns have to know of an ioredis that is not theirs: whether it can send now, and when its connection is lost. One
 * listener a client, however many ask.
 */
import type { Redis } from "ioredis";

interface Watched {
  readonly callbacks: Set<() => void>;
  /** A connection was lost, or could not be made, since the last that worked. */
  wasLost: boolean;
}

const watched = new WeakMap<Redis, Watched>();

export function isUsable(redis: Redis): boolean {
  return redis.status === "ready";
}

/** A first connection may take `firstMsMax`; one that was lost is mostly there again at once, or not soon. */
export async function isSoonUsable(redis: Redis, firstMsMax: number, lostMsMax: number): Promise<boolean> {
  if (isUsable(redis)) return true;
  if (redis.status === "end") return false;
  if (redis.status === "wait") redis.connect().catch(() => undefined);
  const about = watch(redis);
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      about.callbacks.delete(look);
      resolve(isUsable(redis));
    };
    const limit = (): NodeJS.Timeout => setTimeout(end, about.wasLost ? Math.min(firstMsMax, lostMsMax) : firstMsMax);
    let timer = limit();
    let isShort = about.wasLost;
    const look = (): void => {
      if (isUsable(redis) || redis.status === "end") return end();
      if (isShort || !about.wasLost) return;
      isShort = true;
      clearTimeout(timer);
      timer = limit();
    };
    about.callbacks.add(look);
  });
}

/** Calls `lost` when the connection was lost and is not there again within the time, until the returned function is called. */
export function whenLost(redis: Redis, lostMsMax: number, lost: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const { callbacks } = watch(redis);
  const look = (): void => {
    if (!isUsable(redis)) return void (timer ??= setTimeout(lost, lostMsMax));
    clearTimeout(timer);
    timer = undefined;
  };
  callbacks.add(look);
  return () => {
    clearTimeout(timer);
    callbacks.delete(look);
  };
}

function watch(redis: Redis): Watched {
  const known = watched.get(redis);
  if (known !== undefined) return known;
  const about: Watched = { callbacks: new Set(), wasLost: redis.status === "reconnecting" || redis.status === "close" };
  const tell = (): void => [...about.callbacks].forEach((callback) => callback());
  redis.on("ready", () => ((about.wasLost = false), tell()));
  for (const event of ["close", "end"]) redis.on(event, () => ((about.wasLost = true), tell()));
  watched.set(redis, about);
  return about;
}
