/** The whole report: as text on stdout, and as the generated part of docs/benchmarks.md, between its markers. */
import { BenchError } from "../errors.js";
import type { Results } from "../results.js";
import { architecturesTable } from "./architectures-table.js";
import { backlogTable } from "./backlog-table.js";
import { gatewayTables } from "./gateway-table.js";
import { goalTable } from "./goals.js";
import { applyTable, lagTable, memoryTables, throughputTables, totalCpuTables } from "./part-tables.js";
import { shardsTable, slotsTable } from "./slots-table.js";
import { largeSetTables, listTable, sortedSetTable, streamTable } from "./size-tables.js";
import { figure } from "./statistics.js";
import { wireTables } from "./wire-table.js";
import { asMarkdown, asText, type Table } from "./table.js";

export const BEGIN = "<!-- results: begin, written by npm run bench -->";
export const END = "<!-- results: end -->";
/** Stands in the generated part, for the file is there from the first full run on. */
const RAW_LINK = "Every round: [benchmarks/results.json](benchmarks/results.json).";

export function tablesOf(results: Results): Table[] {
  const {
    throughput,
    gateway,
    lag,
    wire,
    backlog,
    slots,
    shards,
    apply,
    memory,
    lists,
    zsets,
    streams,
    set,
    cpu,
    architectures,
  } = results;
  return [
    goalTable(results),
    ...(throughput === undefined ? [] : throughputTables(throughput)),
    ...(gateway === undefined ? [] : gatewayTables(gateway)),
    ...(lag === undefined ? [] : [lagTable(lag)]),
    ...(wire === undefined ? [] : wireTables(wire)),
    ...(backlog === undefined ? [] : [backlogTable(backlog)]),
    ...(slots === undefined ? [] : [slotsTable(slots)]),
    ...(shards === undefined ? [] : [shardsTable(shards)]),
    ...(apply === undefined ? [] : [applyTable(apply)]),
    ...(memory === undefined ? [] : memoryTables(memory)),
    ...(lists === undefined ? [] : [listTable(lists)]),
    ...(zsets === undefined ? [] : [sortedSetTable(zsets)]),
    ...(streams === undefined ? [] : [streamTable(streams)]),
    ...(set === undefined ? [] : largeSetTables(set)),
    ...(cpu === undefined ? [] : totalCpuTables(cpu)),
    ...(architectures === undefined ? [] : [architecturesTable(architectures)]),
  ];
}

export function textReport(results: Results): string {
  return [conditions(results), "", ...tablesOf(results).map(asText)].join("\n");
}

/** The document with these results between the markers. */
export function withResults(document: string, path: string, results: Results): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new BenchError("BENCH_NOMARKERS", { path, begin: BEGIN, end: END });
  const body = [conditions(results), "", RAW_LINK, "", ...tablesOf(results).map(asMarkdown)].join("\n").trimEnd();
  return `${document.slice(0, from)}${BEGIN}\n\n${body}\n\n${document.slice(to)}`;
}

/** Under what conditions: one paragraph. */
function conditions({ date, machine, scale, sizes, aof, seconds, loadAverage }: Results): string {
  const { cores, node, server, loadGenerator } = machine;
  const small = scale === "full" ? "" : ` A ${scale} run: small counts, noisy figures.`;
  return (
    `${date.slice(0, 16).replace("T", " ")} UTC; ${cores} cores shared by servers, agents and load; ${server}, Node ${node}; ` +
    `load by ${loadGenerator}; append-only file ${aof ? "on, synced every second" : "off"}, for plain Redis too. ` +
    `${sizes.rounds} ${sizes.rounds === 1 ? "round" : "rounds"} in ${figure(seconds)} s, ${figure(sizes.keys)} keys; ` +
    `load average of the machine ${loadAverage.before} before and ${loadAverage.after} after. ` +
    `A figure is the median of the rounds, in parentheses the least and the greatest.${small}`
  );
}
