/** The tables of lists, sorted sets and streams, a column for each size, and those of the one large set. */
import type { LargeSetMeasure } from "../parts/large-set.js";
import type { SizeMeasure, SizePlace } from "../parts/size-world.js";
import { figure, spreadText } from "./statistics.js";
import type { Table } from "./table.js";

const PLACE_TEXTS: Readonly<Record<SizePlace, string>> = {
  plain: "plain Redis",
  region: "in a region",
  applied: "applied in another",
};
const ROUND_TRIP = "Of the server's main thread, with the round trip of a lone call.";

export function listTable(measures: readonly SizeMeasure[]): Table {
  return sizeTable("a list", "elements", measures, [
    `${ROUND_TRIP} Unseen: the removal's author had not seen one push, and the logs tell which; of fewer than 1000 elements ` +
      "each is looked at.",
  ]);
}

export function sortedSetTable(measures: readonly SizeMeasure[]): Table {
  return sizeTable("a sorted set", "members", measures, [
    `${ROUND_TRIP} Scores are those of the middle, but for ZPOPMIN. Unseen: the removal's author had not seen one addition, ` +
      "and the logs tell which; of fewer than 1000 members each is looked at.",
  ]);
}

export function streamTable(measures: readonly SizeMeasure[]): Table {
  return sizeTable("a stream", "entries", measures, [
    `${ROUND_TRIP} Unseen: the removal's author had not seen one entry, and the logs tell which; of fewer than 1000 entries each ` +
      "is looked at.",
  ]);
}

function sizeTable(what: string, items: string, measures: readonly SizeMeasure[], notes: readonly string[]): Table {
  const sizes = [...new Set(measures.map(({ size }) => size))];
  const rows = new Map<string, SizeMeasure[]>();
  for (const measure of measures) {
    const name = `${measure.operation}|${PLACE_TEXTS[measure.place]}`;
    rows.set(name, [...(rows.get(name) ?? []), measure]);
  }
  return {
    title: `CPU time of one operation on ${what} in µs, by the number of its ${items}`,
    head: ["operation", "where", ...sizes.map((size) => figure(size))],
    rows: [...rows].map(([name, some]) => [
      ...name.split("|"),
      ...sizes.map((size) => spreadText(some.filter((m) => m.size === size).map(({ cpuUs }) => cpuUs))),
    ]),
    notes,
  };
}

export function largeSetTables({ members, operations, bytesEach, removals }: LargeSetMeasure): Table[] {
  const names = [...new Set(operations.map(({ operation }) => operation))];
  const cpu = (operation: string, place: SizePlace): string => {
    const found = operations.find((one) => one.operation === operation && one.place === place);
    return found === undefined ? "-" : figure(found.cpuUs);
  };
  return [
    {
      title: `CPU time of one operation on a set of ${figure(members)} members in µs`,
      head: ["operation", ...Object.values(PLACE_TEXTS)],
      rows: names.map((name) => [name, cpu(name, "plain"), cpu(name, "region"), cpu(name, "applied")]),
      notes: [
        `${ROUND_TRIP} A member takes ${figure(bytesEach.plain, 1)} bytes in plain Redis and ${figure(bytesEach.region, 1)} in a region.`,
      ],
    },
    {
      title: `How long the removal of a set of ${figure(members)} members keeps others waiting`,
      head: [
        "removal",
        "CPU ms of the main thread",
        "longest wait of another client, ms",
        "memory needed meanwhile, MB",
      ],
      rows: removals.map(({ what, cpuMs, blockedMs, grownBytes }) => [
        what,
        figure(cpuMs, 1),
        figure(blockedMs, 1),
        figure(grownBytes / 1e6),
      ]),
      notes: [
        "DEL and UNLINK are one in a region: the memory is freed in the background. Where a region gets a removal whose author had " +
          "seen all, it is as long as that; else the logs are read for what was unseen. Past `busy-reply-threshold` (5 s) the others " +
          "get the error BUSY instead of waiting.",
      ],
    },
  ];
}
