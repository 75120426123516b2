/**
 * The targets, and whether they are met: by the medians, and where a target is for several operations, by the worst of
 * them. What was not measured says so.
 *
 * KeyDB was measured once, elsewhere; so its CPU time is compared as a multiple of plain Redis in the same run.
 */
import type { Results } from "../results.js";
import type { LoadMeasure } from "../parts/loads.js";
import { lagQuantiles, series, totalCpu } from "./part-tables.js";
import { figure, quantile, ratios } from "./statistics.js";
import type { Table } from "./table.js";

/** CPU ms for 100,000 SETs of plain Redis and of KeyDB active-active (two servers), pipeline 1 and 16. */
const KEYDB = { 1: { plain: 1158, keydb: 2889 }, 16: { plain: 196, keydb: 1523 } } as const;

interface Goal {
  readonly text: string;
  /** Undefined: not measured. */
  readonly measured: number | undefined;
  readonly places: number;
  readonly bound: number;
  readonly better: "more" | "less";
  readonly worst?: string;
}

export function goalsOf(results: Results): Goal[] {
  const { throughput = [], lag = [], apply = [], memory = [], cpu = [] } = results;
  const lone = throughput.filter(({ pipeline }) => pipeline === 1);
  const writes = lone.filter(({ operation }) => operation !== "GET");
  const applyRates = grouped(
    apply,
    ({ entries, batch }) => `${entries}, ${batch} a call`,
    (m) => m.opsPerSecond,
  );
  const string = memory.find(({ items }) => items === "string key");
  return [
    {
      ...least(shares(writes, "function")),
      text: "direct writes, unpipelined, of plain Redis: at least 0.7",
      places: 2,
      bound: 0.7,
      better: "more",
    },
    {
      ...least(shares(lone, "gateway")),
      text: "gateway, unpipelined, of plain Redis: at least 0.5",
      places: 2,
      bound: 0.5,
      better: "more",
    },
    {
      text: "lag of a lone write, p50: under 3 ms",
      measured: medianOf(lagQuantiles(lag, "lone", 0.5)),
      places: 2,
      bound: 3,
      better: "less",
    },
    {
      text: "lag under load, p50: under 3 ms",
      measured: medianOf(lagQuantiles(lag, "loaded", 0.5)),
      places: 2,
      bound: 3,
      better: "less",
    },
    { ...least(applyRates), text: "apply: over 100,000 operations/s", places: 0, bound: 100_000, better: "more" },
    {
      text: "Meridian's own bytes for a key with a short string: 60 or less",
      measured: string === undefined ? undefined : string.meridian - string.plain,
      places: 1,
      bound: 60,
      better: "less",
    },
    ...([1, 16] as const).map((pipeline): Goal => {
      const plain = totalCpu(cpu, "plain", pipeline);
      const limit = KEYDB[pipeline].keydb / KEYDB[pipeline].plain;
      return {
        text: `CPU of a SET in two regions by gateway, pipeline ${pipeline}, of plain Redis: under KeyDB's ${figure(limit, 2)}`,
        measured: medianOf(ratios(totalCpu(cpu, "meridian by gateway", pipeline), plain)),
        places: 2,
        bound: limit,
        better: "less",
      };
    }),
  ];
}

export function goalTable(results: Results): Table {
  return {
    title: "Targets",
    head: ["target", "measured", "met"],
    rows: goalsOf(results).map((goal) => [goal.text, measuredText(goal), verdict(goal)]),
    notes: [
      "Measured is the median of the rounds; where a target is for several operations, that of the worst one, named.",
    ],
  };
}

export function isMet({ measured, bound, better }: Goal): boolean | undefined {
  if (measured === undefined) return undefined;
  return better === "more" ? measured >= bound : measured <= bound;
}

function verdict(goal: Goal): string {
  const met = isMet(goal);
  return met === undefined ? "not measured" : met ? "yes" : "no";
}

function measuredText({ measured, places, worst }: Goal): string {
  if (measured === undefined) return "-";
  return `${figure(measured, places)}${worst === undefined ? "" : ` (${worst})`}`;
}

function shares(measures: readonly LoadMeasure[], target: "function" | "gateway"): Map<string, number> {
  const names = new Set(measures.map(({ operation }) => operation));
  const rate = (operation: string, of: "plain" | "function" | "gateway"): number[] =>
    series(measures, operation, of, ({ opsPerSecond }) => opsPerSecond);
  const found = [...names].map((name) => [name, medianOf(ratios(rate(name, target), rate(name, "plain")))] as const);
  return new Map(found.flatMap(([name, share]) => (share === undefined ? [] : [[name, share]])));
}

function grouped<Item>(items: readonly Item[], by: (item: Item) => string, of: (item: Item) => number) {
  const values = new Map<string, number[]>();
  for (const item of items) values.set(by(item), [...(values.get(by(item)) ?? []), of(item)]);
  return new Map([...values].map(([name, some]) => [name, quantile(some, 0.5)]));
}

function least(values: ReadonlyMap<string, number>): { measured: number | undefined; worst?: string } {
  const [first] = [...values].sort(([, a], [, b]) => a - b);
  return first === undefined ? { measured: undefined } : { measured: first[1], worst: first[0] };
}

function medianOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : quantile(values, 0.5);
}
