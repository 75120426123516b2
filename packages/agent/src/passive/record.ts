/**
 * Which region takes the writes, and since when. The record is kept in each region's server as a function library that does
 * nothing but say it: so it is persisted and replicated with the data, survives FLUSHALL, and is no key. Agents keep nothing.
 *
 * Of two records the one of the higher epoch counts; of equal epochs, which only two operators at once can make, the one whose
 * region is listed first.
 */
import { z } from "zod";

export const roleRecord = z.strictObject({
  epoch: z.int().min(1),
  primary: z.string(),
  sinceMs: z.int(),
});

export type RoleRecord = z.infer<typeof roleRecord>;

export const RECORD_FUNCTION = "meridian_role";

export function isNewer(a: RoleRecord, b: RoleRecord | undefined, regions: readonly string[]): boolean {
  if (b === undefined || a.epoch !== b.epoch) return a.epoch > (b?.epoch ?? 0);
  return regions.indexOf(a.primary) < regions.indexOf(b.primary);
}

export function libraryOf(record: RoleRecord): string {
  const text = JSON.stringify(record);
  return [
    `#!lua name=${RECORD_FUNCTION}`,
    "-- Which region takes the writes; Meridian's agents write this.",
    `redis.register_function{function_name='${RECORD_FUNCTION}', callback=function() return '${text}' end, flags={'no-writes', 'allow-stale'}}`,
  ].join("\n");
}

/** Undefined: it is no record. */
export function parseRecord(text: unknown): RoleRecord | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return roleRecord.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
