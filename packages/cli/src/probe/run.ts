/** `meridian probe`, from its flags to its report. It writes a few small keys, and changes nothing else. */
import { randomBytes } from "node:crypto";
import { LiveLines, VERSION } from "@meridian/agent/api";
import { AdminRegions, type AdminOptions } from "../admin-regions.js";
import { CliError } from "../errors.js";
import { numberOf, rounded } from "../numbers.js";
import type { Output } from "../output.js";
import { reserveReport, writeReport } from "../report-file.js";
import { startCourse, type Course } from "../terminal/until-ended.js";
import { openGateways, type Gateway } from "./gateways.js";
import { probeLimits } from "./limits.js";
import { LinkSamples } from "./link-samples.js";
import { PROBE_FORMAT, type ProbeReport } from "./report.js";
import { StalenessProbe } from "./staleness.js";
import { probeLines } from "./view.js";

export interface ProbeOptions extends AdminOptions {
  gateway?: Map<string, string>;
  seconds?: string;
  rate?: string;
  report?: string;
  json?: boolean;
}

export async function runProbe(options: ProbeOptions, output: Output): Promise<void> {
  const seconds = numberOf("--seconds", options.seconds, 1, probeLimits.secondsMax) ?? probeLimits.seconds;
  const rate = numberOf("--rate", options.rate, 1, probeLimits.rateMax) ?? probeLimits.rate;
  const admin = new AdminRegions(options);
  const gateways = await openGateways(await admin.statuses(), options.gateway ?? new Map<string, string>());
  try {
    if (gateways.every(({ client }) => client === null)) {
      throw new CliError("MERIDIAN_NOGATEWAY", { reason: gateways[0]?.problem ?? "there are no regions" });
    }
    if (options.report !== undefined) await reserveReport(options.report);
    const course = startCourse(seconds);
    const report = await measured(admin, gateways, rate, course).finally(() => course.close());
    if (options.report !== undefined) await writeReport(options.report, report, probeLines(report, plain));
    if (options.json === true) output.json(report);
    else output.lines(probeLines(report, output.style));
  } finally {
    for (const { client } of gateways) client?.disconnect();
  }
}

async function measured(
  admin: AdminRegions,
  gateways: readonly Gateway[],
  rate: number,
  course: Course,
): Promise<ProbeReport> {
  const startedMs = performance.now();
  const links = new LinkSamples();
  const staleness = new StalenessProbe(gateways, randomBytes(6).toString("hex"));
  const live = new LiveLines(process.stderr);
  const compose = (): ProbeReport => ({
    format: PROBE_FORMAT,
    software: VERSION,
    atMs: Date.now(),
    seconds: rounded((performance.now() - startedMs) / 1000),
    regions: gateways.map(({ region, address, roundTripMs, problem }) => {
      return { region, gateway: address, roundTripMs: roundTripMs === null ? null : rounded(roundTripMs), problem };
    }),
    roundTrips: links.roundTrips(),
    delays: links.delays(),
    staleness: staleness.report(),
  });
  const readers = staleness.measure(rate, course.signal);
  do {
    links.add(await admin.statuses());
    live.draw(probeLines(compose(), plain));
  } while (await course.pause(probeLimits.lookEveryMs));
  await readers;
  live.draw([]);
  return compose();
}

const same = (text: string): string => text;
const plain = { bold: same, dim: same, green: same, red: same, yellow: same };
