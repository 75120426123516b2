/** What each architecture is for users in each place. */
import type { ArchitectureMeasure } from "../parts/architectures.js";
import { places } from "../world/wan.js";
import { figure, quantile } from "./statistics.js";
import type { Table } from "./table.js";

export function architecturesTable(measures: readonly ArchitectureMeasure[]): Table {
  return {
    title: "Architectures, from three places 80, 180 and 160 ms apart",
    head: [
      "architecture",
      ...places.map((place) => `read in ${place}, ms`),
      ...places.map((place) => `write in ${place}, ms`),
      "seen in eu, ms",
      "seen in ap, ms",
      "lost with us",
    ],
    rows: measures.map(({ architecture, readMs, writeMs, seenMs, acknowledged, survived }) => [
      architecture,
      ...places.map((place) => pairText(readMs[place])),
      ...places.map((place) => pairText(writeMs[place])),
      pairText(seenMs.eu),
      pairText(seenMs.ap),
      `${figure(acknowledged - survived)} of ${figure(acknowledged)}`,
    ]),
    notes: [
      "p50 / p99 of lone requests. Seen: from the reply to a write in us until a read there shows it. Lost: of the writes that us " +
        "acknowledged one after the other until it was cut off, those that eu does not have; with us for good they are gone for good.",
    ],
  };
}

function pairText(samples: readonly number[]): string {
  if (samples.length === 0) return "never";
  const text = (value: number): string => figure(value, value < 1 ? 2 : value < 10 ? 1 : 0);
  return `${text(quantile(samples, 0.5))} / ${text(quantile(samples, 0.99))}`;
}
