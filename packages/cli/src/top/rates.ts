/** What is counted since the start, as numbers a second: of two statuses, one after the other. */
import type { RegionStatus, StatusDocument } from "@meridian/agent/api";

export interface RegionRates {
  written: number | null;
  forwarded: number | null;
}

/** By region; null: not known, as after a start. */
export function ratesOf(before: StatusDocument | undefined, now: StatusDocument): Map<string, RegionRates> {
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  return new Map(
    now.regions.map((region) => {
      const earlier = before?.regions.find((candidate) => candidate.region === region.region);
      const rate = (name: string): number | null => {
        const [from, to] = [counted(earlier, name), counted(region, name)];
        return seconds <= 0 || from === null || to === null || to < from ? null : (to - from) / seconds;
      };
      return [region.region, { written: rate("commandsWritten"), forwarded: rate("commandsForwarded") }];
    }),
  );
}

function counted(region: RegionStatus | undefined, name: string): number | null {
  const value = region?.gateway?.stats[name];
  return typeof value === "number" ? value : null;
}
