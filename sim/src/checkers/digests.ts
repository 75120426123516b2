/** Property: equal version vectors imply equal digests of every key, and nothing looks as if written past the function. */
import { Failure, text } from "../failure.js";
import { ROOT } from "../names.js";
import type { Region } from "../region.js";
import { vectorText } from "./convergence.js";

export function checkDigests(regions: Region[]): void {
  const [first] = regions;
  if (first === undefined) return;
  const latestMs = Math.max(...regions.map(({ keyspace }) => keyspace.nowMs()));
  const here = digestsOf(first);
  for (const other of regions.slice(1)) {
    if (vectorText(first) !== vectorText(other)) continue;
    const there = digestsOf(other);
    for (const key of new Set([...here.keys(), ...there.keys()])) {
      if (here.get(key) === there.get(key)) continue;
      // By one clock its time has come, by the other it has not.
      if (deadlinesOf(key, [first, other]).some((deadlineMs) => deadlineMs <= latestMs)) continue;
      throw new Failure(
        "digest",
        [
          `equal vectors, unequal digests of ${key}`,
          ...[first, other].map((region) => `  ${region.name} ${text(region.call("inspect", key))}`),
        ].join("\n"),
      );
    }
  }
}

/** By key; a problem is a failure. */
function digestsOf(region: Region): Map<string, string> {
  const digests = new Map<string, string>();
  for (const key of region.keyspace.keys()) {
    const bucket = key.startsWith(`${ROOT}:m:`) ? key.slice(-4) : undefined;
    if (bucket === undefined) continue;
    const reply = region.call("digest", "keys", String(parseInt(bucket, 16)));
    if (!Array.isArray(reply)) throw new Failure("digest", text(reply));
    const flat = reply[1] as string[];
    for (let at = 0; at < flat.length; at += 5) {
      const [name = "", tally = "", , problem = ""] = flat.slice(at, at + 4);
      if (problem !== "") throw new Failure("digest", `${name} in ${region.name} has the problem '${problem}'`);
      digests.set(name, tally);
    }
  }
  return digests;
}

function deadlinesOf(key: string, regions: Region[]): number[] {
  return regions.map((region) => region.visible().get(key)?.deadlineMs ?? 0).filter((deadlineMs) => deadlineMs > 0);
}
