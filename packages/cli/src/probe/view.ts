/** A probe's report for people. */
import { table, type Style } from "@meridian/agent/api";
import { msText, type Spread } from "../numbers.js";
import type { ProbeReport } from "./report.js";

const HEADER = ["p50", "p90", "p99", "max", "measured"];

export function probeLines(report: ProbeReport, style: Style): string[] {
  const { regions, roundTrips, delays, staleness } = report;
  return [
    style.bold(`Measured for ${report.seconds} s, until ${new Date(report.atMs).toISOString()}`),
    "",
    "Round trips between regions, over the links of their agents",
    ...table(
      ["", ...HEADER],
      roundTrips.map(({ a, b, ms }) => [`${a} - ${b}`, ...cells(ms)]),
      style,
    ),
    "",
    "From a write to its place in the other region, as agents measure it of all traffic",
    ...table(
      ["", "p50", "p99", "largest lag"],
      delays.map(({ from, to, p50Ms, p99Ms, lagMsMax }) => [
        `${from} -> ${to}`,
        msText(p50Ms),
        msText(p99Ms),
        msText(lagMsMax),
      ]),
      style,
    ),
    "",
    "From the reply to a write until a reader sees it",
    ...table(
      ["written -> read", ...HEADER, "unseen"],
      staleness.map(({ writtenIn, readIn, ms, unseen }) => [
        `${writtenIn} -> ${readIn}`,
        ...cells(ms),
        unseen === 0 ? "" : String(unseen),
      ]),
      style,
    ),
    ...regions.flatMap(({ region, gateway, roundTripMs }) =>
      roundTripMs === null || roundTripMs < 5
        ? []
        : [
            `${region}: its gateway ${gateway ?? ""} is ${msText(roundTripMs)} from here; readers' figures may be off by half of it`,
          ],
    ),
    ...regions.flatMap(({ region, problem }) => (problem === null ? [] : [style.yellow(`${region}: ${problem}`)])),
  ];
}

function cells(ms: Spread | null): string[] {
  if (ms === null) return ["-", "-", "-", "-", "0"];
  return [msText(ms.p50), msText(ms.p90), msText(ms.p99), msText(ms.max), String(ms.samples)];
}
