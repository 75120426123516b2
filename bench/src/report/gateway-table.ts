/** The gateway beside plain Redis, by the number of connections: a table for each pipeline. */
import type { LoadMeasure, Target } from "../parts/loads.js";
import { figure, ratios, spreadText } from "./statistics.js";
import type { Table } from "./table.js";

export function gatewayTables(measures: readonly LoadMeasure[]): Table[] {
  const pipelines = [...new Set(measures.map(({ pipeline }) => pipeline))];
  return pipelines.map((pipeline) => ({
    title: `The gateway by the number of connections, pipeline ${pipeline}`,
    head: [
      "operation",
      "connections",
      "plain Redis, operations/s",
      "gateway, operations/s",
      "of plain",
      "plain: server µs",
      "gateway: server µs",
      "gateway: agent µs",
    ],
    rows: rowsOf(measures.filter((measure) => measure.pipeline === pipeline)),
    notes: ["µs are CPU time of one operation. The agent is the whole process: gateway, replication, admin API."],
  }));
}

function rowsOf(measures: readonly LoadMeasure[]): string[][] {
  const pairs = [...new Set(measures.map(({ operation, connections }) => `${operation}|${connections}`))];
  return pairs.map((pair) => {
    const some = measures.filter(({ operation, connections }) => `${operation}|${connections}` === pair);
    const of = (target: Target, value: (measure: LoadMeasure) => number): number[] =>
      some.filter((measure) => measure.target === target).map(value);
    const [plain, gateway] = (["plain", "gateway"] as const).map((target) => of(target, (m) => m.opsPerSecond));
    const [operation = "", connections = ""] = pair.split("|");
    return [
      operation,
      figure(Number(connections)),
      spreadText(plain!),
      spreadText(gateway!),
      spreadText(ratios(gateway!, plain!), 2),
      spreadText(
        of("plain", (m) => m.serverCpuUs),
        2,
      ),
      spreadText(
        of("gateway", (m) => m.serverCpuUs),
        2,
      ),
      spreadText(
        of("gateway", (m) => m.gatewayCpuUs ?? 0),
        2,
      ),
    ];
  });
}
