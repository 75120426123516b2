/** The table of lists: a row for each operation and place, a column for each size. */
import type { ListMeasure, ListPlace } from "../parts/lists.js";
import { figure, spreadText } from "./statistics.js";
import type { Table } from "./table.js";

const PLACE_TEXTS: Readonly<Record<ListPlace, string>> = {
  plain: "plain Redis",
  region: "in a region",
  applied: "applied in another",
};

export function listTable(measures: readonly ListMeasure[]): Table {
  const sizes = [...new Set(measures.map(({ size }) => size))];
  const rows = new Map<string, ListMeasure[]>();
  for (const measure of measures) {
    const name = `${measure.operation}|${PLACE_TEXTS[measure.place]}`;
    rows.set(name, [...(rows.get(name) ?? []), measure]);
  }
  return {
    title: "CPU time of one operation on a list in µs, by the number of its elements",
    head: ["operation", "where", ...sizes.map((size) => figure(size))],
    rows: [...rows].map(([name, some]) => [
      ...name.split("|"),
      ...sizes.map((size) => spreadText(some.filter((m) => m.size === size).map(({ cpuUs }) => cpuUs))),
    ]),
    notes: [
      "Of the server's main thread, with the round trip of a lone call. Unseen: the removal's author had not seen one push, so what it " +
        "removes is looked at element by element; where all was seen it is not.",
    ],
  };
}
