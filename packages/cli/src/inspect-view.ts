/** `inspect` for people: one column a region, a row for each thing that is known; rows that differ are marked. */
import { padded, type InspectDocument, type InspectRegion, type Style } from "@meridian/agent/api";
import { valueRows, type Cell, type Row } from "./inspect-rows.js";
import { bytesText, shortened } from "./value-text.js";

const NAME_WIDTH_MAX = 80;

export function inspectLines({ key, regions }: InspectDocument, style: Style): string[] {
  const rows: Row[] = [
    ["type", regions.map(({ problem, type }) => (problem === null ? (type ?? "no such key") : null))],
    ["expires", regions.map(expiryText)],
    ["size", regions.map(({ size }) => (size === null ? null : String(size)))],
    ...valueRows(regions),
    ...metadataRows(regions),
  ];
  const problems = regions.filter(({ problem }) => problem !== null);
  return [
    style.bold(bytesText(key)),
    "",
    ...grid(
      regions.map(({ region }) => region),
      rows,
      style,
    ),
    ...problems.map(({ region, problem }) => style.red(`${region}: ${problem}`)),
  ];
}

/** The deadline of the one region is not to the millisecond that of the other when asked one after the other. */
function expiryText({ ttlMs }: InspectRegion): Cell {
  if (ttlMs === null) return null;
  return ttlMs === -1 ? "never" : `in ${Math.round(ttlMs / 1000)} s`;
}

/** Every leaf of the core's JSON, by its path; what is each region's own (its name, its clock) is left out. */
function metadataRows(regions: readonly InspectRegion[]): Row[] {
  const own = new Set(["key", "region", "nowMs", "type"]);
  const leaves = regions.map(({ metadata }) => {
    const found = new Map<string, string>();
    if (typeof metadata === "object" && metadata !== null) {
      for (const [name, value] of Object.entries(metadata)) if (!own.has(name)) collect(name, value, found);
    }
    return found;
  });
  const names = [...new Set(leaves.flatMap((found) => [...found.keys()]))];
  return names.map((name) => [name, leaves.map((found) => found.get(name) ?? null)]);
}

/**
 * An element of a list goes by its place, which is the same in every region where its index may not be; dots are
 * sorted, for regions keep them in the order in which they came.
 */
function collect(path: string, value: unknown, into: Map<string, string>): void {
  if (typeof value !== "object" || value === null) {
    into.set(path, typeof value === "string" ? bytesText(value) : String(value));
    return;
  }
  if (isEncoded(value)) {
    into.set(path, bytesText(value));
    return;
  }
  for (const [name, inner] of Object.entries(isDots(value) ? value.toSorted(byStamp) : value)) {
    if (isElement(inner)) collect(`${path}.${inner.place}`, inner.value, into);
    else collect(`${path}.${bytesText(name)}`, inner, into);
  }
}

/** Not the field of a hash that has this name: that holds an object. */
function isEncoded(value: object): value is { base64: string } {
  return "base64" in value && typeof value.base64 === "string";
}

interface Dot {
  origin: string;
  stamp: number;
}

function isDots(value: object): value is Dot[] {
  const isDot = (item: unknown): boolean =>
    typeof item === "object" && item !== null && "origin" in item && "stamp" in item;
  return Array.isArray(value) && value.every(isDot);
}

function byStamp(a: Dot, b: Dot): number {
  return b.stamp - a.stamp || (a.origin < b.origin ? -1 : 1);
}

function isElement(value: unknown): value is { place: string; value: unknown } {
  return typeof value === "object" && value !== null && "place" in value && typeof value.place === "string";
}

function grid(header: readonly string[], rows: readonly Row[], style: Style): string[] {
  const shown = rows.map(([name, cells]) => {
    return { name: shortened(name, NAME_WIDTH_MAX), cells: cells.map(cellText), differs: differ(cells) };
  });
  const nameWidth = Math.max(...shown.map(({ name }) => name.length));
  const widths = header.map((name, column) =>
    Math.max(name.length, ...shown.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => padded(cell, widths[column] ?? 0)).join("  ");
  return [
    style.dim(`  ${padded("", nameWidth)}  ${line(header)}`.trimEnd()),
    ...shown.map(({ name, cells, differs }) => {
      const text = `${differs ? "*" : " "} ${padded(name, nameWidth)}  ${line(cells)}`.trimEnd();
      return differs ? style.yellow(text) : text;
    }),
  ];
}

function cellText(cell: Cell): string {
  if (cell === undefined) return "?";
  return cell === null ? "-" : shortened(cell);
}

/** By all of it, not only what is shown; what is not known differs from nothing. */
function differ(cells: readonly Cell[]): boolean {
  return new Set(cells.filter((cell) => cell !== undefined)).size > 1;
}
