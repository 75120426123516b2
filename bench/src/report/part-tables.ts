/** The tables of each part. Every figure is the median of the rounds, with the least and the greatest beside it. */
import type { ApplyMeasure } from "../parts/apply.js";
import { situations, type LagMeasure, type Situation } from "../parts/lag.js";
import type { MemoryMeasure } from "../parts/memory.js";
import type { LoadMeasure, Target } from "../parts/loads.js";
import { variants, type TotalCpuMeasure, type Variant } from "../parts/total-cpu.js";
import { limits } from "../limits.js";
import { figure, quantile, ratios, spreadText } from "./statistics.js";
import type { Table } from "./table.js";

export function throughputTables(measures: readonly LoadMeasure[]): Table[] {
  return unique(measures.map(({ pipeline }) => pipeline)).flatMap((pipeline) => {
    const some = measures.filter((measure) => measure.pipeline === pipeline);
    return [rateTable(some, pipeline), cpuTable(some, pipeline)];
  });
}

export function series(
  measures: readonly LoadMeasure[],
  operation: string,
  target: Target,
  of: (measure: LoadMeasure) => number,
): number[] {
  return measures.filter((measure) => measure.operation === operation && measure.target === target).map(of);
}

function rateTable(measures: readonly LoadMeasure[], pipeline: number): Table {
  const rows = unique(measures.map(({ operation }) => operation)).map((operation) => {
    const rates = (target: Target): number[] => series(measures, operation, target, (m) => m.opsPerSecond);
    const [plain, direct, gateway] = [rates("plain"), rates("function"), rates("gateway")];
    return [
      operation,
      spreadText(plain),
      spreadText(direct),
      spreadText(ratios(direct, plain), 2),
      spreadText(gateway),
      spreadText(ratios(gateway, plain), 2),
    ];
  });
  const busy = measures.filter(({ generatorShare }) => generatorShare > limits.loadBusyShareMax);
  const notes = [
    "Direct: FCALL by the client, and for GET plain GET on a server with Meridian. Of plain: the quotient of each round.",
  ];
  if (busy.length > 0) {
    const which = unique(busy.map(({ operation, target }) => `${operation} ${target}`)).join(", ");
    notes.push(`The load generator had its core busy, so these may have been held back by it: ${which}.`);
  }
  return {
    title: `Operations a second, 50 connections, pipeline ${pipeline}`,
    head: ["operation", "plain Redis", "direct", "of plain", "gateway", "of plain"],
    rows,
    notes,
  };
}

function cpuTable(measures: readonly LoadMeasure[], pipeline: number): Table {
  const rows = unique(measures.map(({ operation }) => operation)).map((operation) => {
    const server = (target: Target): string =>
      spreadText(
        series(measures, operation, target, (m) => m.serverCpuUs),
        2,
      );
    const agent = series(measures, operation, "gateway", (m) => m.gatewayCpuUs ?? 0);
    return [operation, server("plain"), server("function"), server("gateway"), spreadText(agent, 2)];
  });
  return {
    title: `CPU time of one operation in µs, pipeline ${pipeline}`,
    head: ["operation", "plain Redis", "direct: server", "gateway: server", "gateway: agent"],
    rows,
    notes: ["The agent is the whole process: gateway, replication, admin API."],
  };
}

const SITUATION_TEXTS: Readonly<Record<Situation, string>> = {
  floor: "floor of the method: one server, written directly",
  lone: "lone writes",
  loaded: "while others write",
};

export function lagQuantiles(measures: readonly LagMeasure[], situation: Situation, share: number): number[] {
  return measures.filter((measure) => measure.situation === situation).map((m) => quantile(m.afterReplyMs, share));
}

export function lagTable(measures: readonly LagMeasure[]): Table {
  const rows = situations.map((situation) => {
    const some = measures.filter((measure) => measure.situation === situation);
    const whole = some.map(({ wholeMs }) => quantile(wholeMs, 0.5));
    return [
      SITUATION_TEXTS[situation],
      spreadText(lagQuantiles(measures, situation, 0.5), 2),
      spreadText(lagQuantiles(measures, situation, 0.99), 2),
      spreadText(whole, 2),
      situation === "loaded" ? spreadText(some.map(({ loadPerSecond }) => loadPerSecond ?? 0)) : "-",
    ];
  });
  return {
    title: "Replication lag in ms, nothing emulated between the regions",
    head: ["writes", "p50", "p99", "p50 from sending", "load, writes/s"],
    rows,
    notes: [
      "From the reply to the writer, through the gateway of one region, until the other region's server shows the write.",
    ],
  };
}

export function applyTable(measures: readonly ApplyMeasure[]): Table {
  const rows = unique(measures.map(({ entries, batch }) => `${entries}|${batch}`)).map((pair) => {
    const [entries = "", batch = ""] = pair.split("|");
    const some = measures.filter((m) => m.entries === entries && m.batch === Number(batch));
    return [
      entries,
      batch,
      spreadText(some.map(({ opsPerSecond }) => opsPerSecond)),
      spreadText(
        some.map(({ serverCpuUs }) => serverCpuUs),
        2,
      ),
    ];
  });
  return {
    title: "Applying another region's entries, the receiving server alone",
    head: ["operations", "entries a call", "operations/s", "CPU µs each"],
    rows,
    notes: ["One operation an entry."],
  };
}

export function memoryTables(measures: readonly MemoryMeasure[]): Table[] {
  const items: Table = {
    title: "Memory of one item in bytes",
    head: ["item", "of so many", "plain Redis", "Meridian", "Meridian's own", "log entry, until trimmed"],
    rows: measures.map(({ items: name, count, plain, meridian, meridianWithLog }) => [
      name,
      figure(count),
      figure(plain, 1),
      figure(meridian, 1),
      figure(meridian - plain, 1),
      figure(meridianWithLog - meridian, 1),
    ]),
    notes: [
      "Growth of `used_memory` by the number of items; Meridian with its log trimmed, as when all regions hold it.",
    ],
  };
  const buckets: Table = {
    title: "Buckets of key metadata",
    head: ["items", "buckets looked at", "keys in each", "MEMORY USAGE", "bytes a key"],
    rows: measures.map(({ items: name, buckets: { looked, keysEach, bytesEach } }) => [
      name,
      figure(looked),
      figure(keysEach, 1),
      figure(bytesEach, 1),
      figure(bytesEach / keysEach, 1),
    ]),
  };
  return [items, buckets];
}

export function totalCpu(measures: readonly TotalCpuMeasure[], variant: Variant, pipeline: number): number[] {
  return measures.filter((m) => m.variant === variant && m.pipeline === pipeline).map(({ cpuMs }) => cpuMs);
}

export function totalCpuTables(measures: readonly TotalCpuMeasure[]): Table[] {
  return unique(measures.map(({ pipeline }) => pipeline)).map((pipeline) => ({
    title: `CPU time of all processes in ms for 100,000 SETs, pipeline ${pipeline}`,
    head: ["written to", "CPU ms", "of plain", "SETs/s", "each process"],
    rows: variants.map((variant) => {
      const some = measures.filter((m) => m.variant === variant && m.pipeline === pipeline);
      const totals = totalCpu(measures, variant, pipeline);
      return [
        variant,
        spreadText(totals),
        spreadText(ratios(totals, totalCpu(measures, "plain", pipeline)), 2),
        spreadText(some.map(({ opsPerSecond }) => opsPerSecond)),
        byProcess(some),
      ];
    }),
    notes: ["From the first write until every place holds the last; without the load generator."],
  }));
}

function byProcess(measures: readonly TotalCpuMeasure[]): string {
  const names = Object.keys(measures[0]?.cpuMsByProcess ?? {});
  const median = (name: string): string =>
    figure(
      quantile(
        measures.map(({ cpuMsByProcess }) => cpuMsByProcess[name] ?? 0),
        0.5,
      ),
    );
  return names.map((name) => `${name} ${median(name)}`).join(", ");
}

function unique<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)];
}
