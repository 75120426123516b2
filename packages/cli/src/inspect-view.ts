/** `inspect` for people: one column a region, a row for each thing that is known; rows that differ are marked. */
import { padded, type Bytes, type InspectDocument, type InspectRegion, type Style } from "@meridian/agent/api";

const CELL_WIDTH_MAX = 48;

type Row = readonly [name: string, cells: readonly string[]];

export function inspectLines({ key, regions }: InspectDocument, style: Style): string[] {
  const rows: Row[] = [
    ["type", regions.map(({ problem, type }) => (problem === null ? (type ?? "no such key") : "-"))],
    ["expires", regions.map(expiryText)],
    ["size", regions.map(({ size }) => (size === null ? "-" : String(size)))],
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
function expiryText({ ttlMs }: InspectRegion): string {
  if (ttlMs === null) return "-";
  return ttlMs === -1 ? "never" : `in ${Math.round(ttlMs / 1000)} s`;
}

function valueRows(regions: readonly InspectRegion[]): Row[] {
  const values = regions.map(({ value }) => valueMap(value?.content ?? []));
  const names = [...new Set(values.flatMap((value) => [...value.keys()]))];
  const rows = names.map((name): Row => [name, values.map((value) => value.get(name) ?? "-")]);
  const more = regions.some(({ value }) => value?.whole === false);
  return more ? [...rows, ["...", regions.map(({ value }) => (value?.whole === false ? "more" : ""))]] : rows;
}

function valueMap(content: Bytes | Bytes[] | [Bytes, Bytes][]): Map<string, string> {
  if (!Array.isArray(content)) return new Map([["value", bytesText(content)]]);
  return new Map(
    content.map((item, index) => {
      if (Array.isArray(item)) return [`value ${bytesText(item[0])}`, bytesText(item[1])];
      return [`value ${index}`, bytesText(item)];
    }),
  );
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
  return names.map((name) => [name, leaves.map((found) => found.get(name) ?? "-")]);
}

function collect(path: string, value: unknown, into: Map<string, string>): void {
  if (typeof value !== "object" || value === null) {
    into.set(path, String(value));
    return;
  }
  for (const [name, inner] of Object.entries(value)) collect(`${path}.${name}`, inner, into);
}

function bytesText(bytes: Bytes): string {
  if (typeof bytes !== "string") return `base64:${bytes.base64}`;
  return /^[^\p{Cc}]*$/u.test(bytes) ? bytes : JSON.stringify(bytes);
}

function grid(header: readonly string[], rows: readonly Row[], style: Style): string[] {
  const cells = rows.map(([name, row]): Row => [name, row.map(shortened)]);
  const nameWidth = Math.max(...cells.map(([name]) => name.length));
  const widths = header.map((name, column) =>
    Math.max(name.length, ...cells.map(([, row]) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => padded(cell, widths[column] ?? 0)).join("  ");
  return [
    style.dim(`  ${padded("", nameWidth)}  ${line(header)}`.trimEnd()),
    ...cells.map(([name, row]) => {
      const differs = new Set(row).size > 1;
      const text = `${differs ? "*" : " "} ${padded(name, nameWidth)}  ${line(row)}`.trimEnd();
      return differs ? style.yellow(text) : text;
    }),
  ];
}

function shortened(text: string): string {
  return text.length <= CELL_WIDTH_MAX ? text : `${text.slice(0, CELL_WIDTH_MAX - 3)}...`;
}
