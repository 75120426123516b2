/**
 * The value of a key in every region as rows with a cell for each. What is the same thing stands in one row, wherever
 * it is in its region: a field by its name, a member by itself, an element of a list by its place, an entry by its id.
 */
import type { Bytes, InspectRegion, StreamContent } from "@meridian/agent/api";
import { bytesText, pairsText } from "./value-text.js";

/** Null: nothing is there. Undefined: not known, it may be among what is not listed. */
export type Cell = string | null | undefined;
export type Row = readonly [name: string, cells: readonly Cell[]];

/** Of these a region lists some; groups and the like all. */
const PARTLY_LISTED = /^(value|entry) /;

export function valueRows(regions: readonly InspectRegion[]): Row[] {
  const listed = regions.map(partsOf);
  const gap = (name: string, { value }: InspectRegion): Cell =>
    value?.whole === false && PARTLY_LISTED.test(name) ? undefined : null;
  const names = [...new Set(listed.flatMap((parts) => [...parts.keys()]))];
  const rows = names.map((name) => {
    const label = labelOf(
      name,
      listed.flatMap((parts) => parts.get(name)?.index ?? []),
    );
    return {
      name,
      row: [label, regions.map((region, at) => listed[at]?.get(name)?.text ?? gap(name, region))] as const,
    };
  });
  if (regions.some(isList)) rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...rows.map(({ row }) => row), ...moreRows(regions)];
}

interface Part {
  text: string;
  /** Where an element of a list is in its region. */
  index?: number;
}

/** By what it is called in every region. */
function partsOf(region: InspectRegion): Map<string, Part> {
  const content = region.value?.content ?? [];
  if (!Array.isArray(content)) return isStream(content) ? streamParts(content) : single(region, content);
  const places = placesOf(region);
  return new Map(
    content.map((item, index): [string, Part] => {
      if (Array.isArray(item)) return [`value ${bytesText(item[0])}`, { text: bytesText(item[1]) }];
      if (isList(region)) return [`value ${places[index] ?? index}`, { text: bytesText(item), index }];
      return [`value ${bytesText(item)}`, { text: "member" }];
    }),
  );
}

function single({ type }: InspectRegion, content: Bytes): Map<string, Part> {
  return new Map([[type === "hyperloglog" ? "estimate" : "value", { text: bytesText(content) }]]);
}

function streamParts({ first, last, lastId, groups }: StreamContent): Map<string, Part> {
  const parts = new Map<string, Part>();
  for (const { id, fields } of first) parts.set(`entry ${id}`, { text: pairsText(fields) });
  if (last.length > 0) parts.set("...", { text: "more" });
  for (const { id, fields } of last) parts.set(`entry ${id}`, { text: pairsText(fields) });
  parts.set("last id", { text: lastId });
  for (const group of groups) {
    const name = `group ${bytesText(group.name)}`;
    parts.set(`${name} delivered up to`, { text: group.lastDeliveredId });
    parts.set(`${name} to deliver`, { text: group.lag === null ? "?" : String(group.lag) });
    parts.set(`${name} pending`, { text: String(group.pending) });
    parts.set(`${name} consumers`, { text: String(group.consumers) });
  }
  return parts;
}

/** Elements come in the order of their places; the core knows those of the first ones. */
function placesOf({ metadata }: InspectRegion): string[] {
  const { list } = (metadata ?? {}) as { list?: { place: string }[] };
  return (list ?? []).map(({ place }) => place);
}

/** An element of a list goes by its index, or its indexes where regions differ. */
function labelOf(name: string, indexes: readonly number[]): string {
  return indexes.length === 0 ? name : `value ${[...new Set(indexes)].join("/")} at ${name.slice("value ".length)}`;
}

/** A stream says by itself where entries are left out. */
function moreRows(regions: readonly InspectRegion[]): Row[] {
  const isCut = ({ type, value }: InspectRegion): boolean => type !== "stream" && value?.whole === false;
  return regions.some(isCut) ? [["...", regions.map((region) => (isCut(region) ? "more" : ""))]] : [];
}

function isList({ type }: InspectRegion): boolean {
  return type === "list";
}

function isStream(content: Bytes | StreamContent): content is StreamContent {
  return typeof content !== "string" && "groups" in content;
}
