/** What goes between two agents as it is written, and as a backlog after a cut, beside the RESP that came in. */
import { type BacklogMeasure, type BacklogWay, backlogWays } from "../parts/backlog.js";
import { ratios, spreadText } from "./statistics.js";
import type { Table } from "./table.js";

export function backlogTable(measures: readonly BacklogMeasure[]): Table {
  return {
    title: "Between two agents, all operations together, as written and as a backlog",
    head: [
      "operations",
      "RESP bytes in",
      ...backlogWays.map((way) => `wire bytes, ${way}`),
      "of those",
      "caught up, ms",
    ],
    rows: [...new Set(measures.map(({ workload }) => workload))].map((workload) => rowOf(workload, measures)),
    notes: [
      "A backlog goes in runs, without what later writes make superfluous (decision 29). Every byte counts, both ways, also " +
        "the handshake after the cut. The last column: from the mend of the cut until both regions are equal.",
    ],
  };
}

function rowOf(workload: string, measures: readonly BacklogMeasure[]): string[] {
  const of = (way: BacklogWay, value: (measure: BacklogMeasure) => number): number[] =>
    measures.filter((one) => one.workload === workload && one.way === way).map(value);
  const [written, backlog] = [of("as written", (m) => m.wireBytes), of("after a cut", (m) => m.wireBytes)];
  const operations = measures.find((one) => one.workload === workload)?.operations ?? 0;
  return [
    `${operations} × ${workload}`,
    spreadText(of("as written", (m) => m.respBytes)),
    spreadText(written),
    spreadText(backlog),
    spreadText(ratios(backlog, written), 3),
    spreadText(of("after a cut", (m) => m.caughtUpMs)),
  ];
}
