/** What a write costs where partitions are hash slots, by how many of them are written to. */
import type { SlotsMeasure } from "../parts/slots.js";
import type { ShardsMeasure } from "../parts/shards.js";
import { quantile, ratios, spreadText } from "./statistics.js";
import type { Table } from "./table.js";

export function slotsTable(measures: readonly SlotsMeasure[]): Table {
  return {
    title: "Partitions that are hash slots, two regions on lone servers",
    head: [
      "slots written to",
      "sending agent, µs CPU a write",
      "receiving agent",
      "server written to",
      "the other server",
      "lag, ms p50",
      "p99",
    ],
    rows: [...new Set(measures.map(({ activeSlots }) => activeSlots))].map((activeSlots) => {
      const all = measures.filter((one) => one.activeSlots === activeSlots);
      const lags = (share: number): string =>
        spreadText(
          all.map(({ lagMs }) => quantile(lagMs, share)),
          1,
        );
      return [
        String(activeSlots),
        spreadText(
          all.map(({ agentHereUs }) => agentHereUs),
          1,
        ),
        spreadText(
          all.map(({ agentThereUs }) => agentThereUs),
          1,
        ),
        spreadText(
          all.map(({ serverHereUs }) => serverHereUs),
          1,
        ),
        spreadText(
          all.map(({ serverThereUs }) => serverThereUs),
          1,
        ),
        lags(0.5),
        lags(0.99),
      ];
    }),
    notes: [
      "Writes go to the slots in turn, 256 at once, until the other region shows the last of each. Lag: from the reply to a write " +
        "until the other server's keyspace event, while more is written.",
    ],
  };
}

export function shardsTable(measures: readonly ShardsMeasure[]): Table {
  const [base] = measures;
  const of = (servers: string | undefined): ShardsMeasure[] => measures.filter((one) => one.servers === servers);
  const cpuOf = (servers: string | undefined): number[] => of(servers).map(({ cpuUs }) => cpuUs);
  return {
    title: "SETs to all hash slots, by direct function calls",
    head: ["servers", "server CPU, µs a write", "of one partition", "writes a second"],
    rows: [...new Set(measures.map(({ servers }) => servers))].map((servers) => [
      servers,
      spreadText(cpuOf(servers), 1),
      spreadText(ratios(cpuOf(servers), cpuOf(base?.servers)), 2),
      spreadText(of(servers).map(({ opsPerSecond }) => opsPerSecond)),
    ]),
    notes: [
      "CPU of all nodes together. Nodes, load and all else share this machine: more nodes don't write more a second here.",
    ],
  };
}
