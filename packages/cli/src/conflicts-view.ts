/** `conflicts` for people: a row for each value that is kept, beside what shows in its place; then the counters. */
import {
  table,
  type Bytes,
  type ConflictsDocument,
  type ConflictValue,
  type ConflictView,
  type Style,
} from "@meridian/agent/api";
import { bytesText, pairsText, shortened } from "./value-text.js";

/** `key`: only this one was asked for. */
export function conflictsLines(document: ConflictsDocument, key: string | undefined, style: Style): string[] {
  const { conflicts, problems, whole } = document;
  const header = ["key", "type", "part", "shows", "kept", "written in", "at"];
  const listed = table(header, conflicts.flatMap(conflictRows), style);
  const none =
    key === undefined ? "no conflicts: nothing is kept that lost" : `nothing is kept beside ${bytesText(key)}`;
  return [
    ...(conflicts.length === 0 ? [none] : listed),
    ...(whole
      ? []
      : [style.yellow("... there is more: list it with --limit N, or name a key to see its values whole")]),
    ...countLines(document, style),
    ...problems.map(({ region, problem }) => style.red(`${region}: ${problem}`)),
  ];
}

function conflictRows(conflict: ConflictView): string[][] {
  const place = [bytesText(conflict.key), "", partText(conflict), winnerText(conflict)];
  return conflict.losers.map((loser, index) => {
    const [key = "", , part = "", shows = ""] = index === 0 ? place : [];
    const kept = loser.value === null ? `(${loser.type})` : valueText(loser.value);
    return [key, loser.type, part, shows, kept]
      .map((cell) => shortened(cell))
      .concat(loser.region, localTime(loser.atMs));
  });
}

function partText({ part, index }: ConflictView): string {
  return index === null ? bytesText(part) : `[${index}]`;
}

/** What is no single value is named by its type; "-": nothing shows there. */
function winnerText({ winner, type, losers }: ConflictView): string {
  if (winner !== null) return valueText(winner);
  const isHidden = losers.some((loser) => loser.type !== type);
  return isHidden && type !== "none" ? `(${type})` : "-";
}

function valueText(value: Exclude<ConflictValue, null>): string {
  return isPairs(value) ? pairsText(value) : bytesText(value);
}

function isPairs(value: Bytes | [Bytes, Bytes][]): value is [Bytes, Bytes][] {
  return Array.isArray(value);
}

function countLines({ counts }: ConflictsDocument, style: Style): string[] {
  const regions = Object.entries(counts);
  const kinds = [...new Set(regions.flatMap(([, ofRegion]) => Object.keys(ofRegion)))].toSorted();
  if (kinds.length === 0) return [];
  const rows = regions.map(([region, ofRegion]) => [region, ...kinds.map((kind) => String(ofRegion[kind] ?? 0))]);
  return ["", ...table(["met so far", ...kinds], rows, style)];
}

/** To the millisecond, in the time zone of who reads it. */
function localTime(atMs: number): string {
  const at = new Date(atMs);
  const padded = (value: number, width = 2): string => String(value).padStart(width, "0");
  const day = [padded(at.getFullYear(), 4), padded(at.getMonth() + 1), padded(at.getDate())].join("-");
  const time = [padded(at.getHours()), padded(at.getMinutes()), padded(at.getSeconds())].join(":");
  return `${day} ${time}.${padded(at.getMilliseconds(), 3)}`;
}
