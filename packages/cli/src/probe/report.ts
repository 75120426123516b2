/** What `meridian probe` measured, as it is kept in a file and read again by `meridian advise --probe`. */
import { readFile } from "node:fs/promises";
import { CliError } from "../errors.js";
import type { Spread } from "../numbers.js";

export const PROBE_FORMAT = 1;

export interface ProbeReport {
  format: typeof PROBE_FORMAT;
  software: string;
  atMs: number;
  /** For how long was measured. */
  seconds: number;
  regions: ProbedRegion[];
  /** As the links between the regions' agents measure them. */
  roundTrips: { a: string; b: string; ms: Spread | null }[];
  /** From a write's stamp to its place in the other region, as agents measure it of all traffic; by two clocks. */
  delays: { from: string; to: string; p50Ms: number | null; p99Ms: number | null; lagMsMax: number | null }[];
  /** From the reply to a write in one region until a read in another one shows it; by the clock of who measures. */
  staleness: StalenessReport[];
}

export interface ProbedRegion {
  region: string;
  /** host:port of the gateway that was asked; null: none is known. */
  gateway: string | null;
  /** Of a PING from here: the readers' figures are wrong by half of it at most. */
  roundTripMs: number | null;
  /** Why nothing could be written or read there, the last time that it could not. */
  problem: string | null;
}

export interface StalenessReport {
  writtenIn: string;
  readIn: string;
  ms: Spread | null;
  /** Writes that no read showed within the time that a probe waits: all that came of them is that they were older. */
  unseen: number;
}

export async function readProbeReport(file: string): Promise<ProbeReport> {
  const fail = (reason: string, cause?: unknown): CliError =>
    new CliError("MERIDIAN_NOPROBEREPORT", { file, reason }, cause);
  let report: Partial<ProbeReport>;
  try {
    report = JSON.parse(await readFile(file, "utf8")) as Partial<ProbeReport>;
  } catch (error) {
    throw fail(error instanceof Error ? error.message : "", error);
  }
  const { format, regions, roundTrips, delays, staleness } = report;
  if (format !== PROBE_FORMAT) throw fail(`it is no report of format ${PROBE_FORMAT}`);
  if (![regions, roundTrips, delays, staleness].every(Array.isArray)) throw fail("it is not whole");
  return report as ProbeReport;
}
