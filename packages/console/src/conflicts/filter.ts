/** Which conflicts are shown. Pure. */
import type { ConflictsDocument, ConflictView } from "@meridian/agent/api";
import { shownText } from "../bytes.js";

export interface Filter {
  /** Of a key, or of the place in it. */
  text: string;
  type: string;
  /** Whose write lost. */
  region: string;
}

export const NO_FILTER: Filter = { text: "", type: "", region: "" };

export function filtered(conflicts: readonly ConflictView[], { text, type, region }: Filter): ConflictView[] {
  const wanted = text.toLowerCase();
  return conflicts.filter(
    (conflict) =>
      (type === "" || conflict.type === type || conflict.losers.some((loser) => loser.type === type)) &&
      (region === "" || conflict.losers.some((loser) => loser.region === region)) &&
      (wanted === "" || `${shownText(conflict.key)}\n${shownText(conflict.part)}`.toLowerCase().includes(wanted)),
  );
}

/** The newest first. */
export function newestFirst(conflicts: readonly ConflictView[]): ConflictView[] {
  const newest = ({ losers }: ConflictView): number => Math.max(0, ...losers.map(({ atMs }) => atMs));
  return conflicts.toSorted((a, b) => newest(b) - newest(a));
}

/** By kind, of the region that met most: each region counts what it applies, so they count the same ones. */
export function totals(counts: ConflictsDocument["counts"]): [string, number][] {
  const most = new Map<string, number>();
  for (const kinds of Object.values(counts)) {
    for (const [kind, count] of Object.entries(kinds)) most.set(kind, Math.max(most.get(kind) ?? 0, count));
  }
  return [...most].filter(([, count]) => count > 0).toSorted((a, b) => b[1] - a[1]);
}
