/**
 * Which incarnation writes: the process, and its replication history, by which a call knows whether they are still the ones
 * that wrote last; and the name of the next one, later than all that are known of the region, whatever the clock says.
 */
import { incarnationAt, incarnationMs, originOf, regionOf } from "../clock/origin.js";
import { host } from "../host.js";
import { originsKey } from "./names.js";

/** The origin that begins now. */
export function nextOrigin(root: string, region: string, now: number, runId: string): string {
  return originOf(region, incarnationAt(laterThan(latestOf(root, region), now), runId));
}

/** The latest origin of the region that is known here. */
function latestOf(root: string, region: string): string | undefined {
  let latest: string | undefined;
  const flat = host.call("HGETALL", originsKey(root)) as string[];
  for (let at = 1; at < flat.length; at += 2) {
    const name = flat[at]!;
    if (regionOf(name) === region && (latest === undefined || name > latest)) latest = name;
  }
  return latest;
}

/** An incarnation time later than that of the origin before, whatever the clock says. */
function laterThan(before: string | undefined, now: number): number {
  if (before === undefined) return now;
  const previous = incarnationMs(before);
  return now > previous ? now : previous + 1;
}

/** Run id and replication id: a promotion changes the second, even in a process that wrote before. */
export function processMark(info: string): string {
  return fieldOf(info, "run_id:") + ":" + fieldOf(info, "master_replid:");
}

const ID_LENGTH = 40;

function fieldOf(info: string, name: string): string {
  const at = info.indexOf(name);
  return at < 0 ? "" : info.substring(at + name.length, at + name.length + ID_LENGTH);
}
