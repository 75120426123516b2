/** Bytes on the wire and CPU time of both agents, packed and not, beside the RESP that came in. */
import { compressions, type Compression, type WireMeasure } from "../parts/wire.js";
import { ratios, spreadText } from "./statistics.js";
import type { Table } from "./table.js";

export function wireTables(measures: readonly WireMeasure[]): Table[] {
  return [...new Set(measures.map(({ pipeline }) => pipeline))].map((pipeline) => ({
    title: `Between two agents, for one operation, pipeline ${pipeline}`,
    head: [
      "operation",
      "RESP bytes in",
      "wire bytes, not packed",
      "wire bytes, packed",
      "of RESP",
      "both agents: CPU µs, not packed",
      "CPU µs, packed",
    ],
    rows: rowsOf(measures.filter((measure) => measure.pipeline === pipeline)),
    notes: [
      "Every byte between the agents, both ways. One client; the faster it writes, the more operations share a batch. " +
        "CPU is of the whole processes, gateway included.",
    ],
  }));
}

function rowsOf(measures: readonly WireMeasure[]): string[][] {
  return [...new Set(measures.map(({ operation }) => operation))].map((operation) => {
    const of = (compression: Compression, value: (measure: WireMeasure) => number): number[] =>
      measures.filter((one) => one.operation === operation && one.compression === compression).map(value);
    const resp = of("on", (m) => m.respBytes);
    return [
      operation,
      spreadText(resp),
      ...compressions.map((compression) =>
        spreadText(
          of(compression, (m) => m.wireBytes),
          1,
        ),
      ),
      spreadText(
        ratios(
          of("on", (m) => m.wireBytes),
          resp,
        ),
        2,
      ),
      ...compressions.map((compression) =>
        spreadText(
          of(compression, (m) => m.agentsCpuUs),
          1,
        ),
      ),
    ];
  });
}
