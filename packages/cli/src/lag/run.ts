/**
 * `meridian lag`: how far each region is behind each other, once, or drawn again each second as a chart of the last minute,
 * with a report of all that was seen.
 */
import { LiveLines, type StatusDocument } from "@meridian/agent/api";
import { AdminRegions, type AdminOptions } from "../admin-regions.js";
import { numberOf } from "../numbers.js";
import type { Output } from "../output.js";
import { reserveReport, writeReport } from "../report-file.js";
import { lagLines } from "../status-view.js";
import { startCourse } from "../terminal/until-ended.js";
import { LagHistory } from "./history.js";
import { chartLines, reportLines } from "./view.js";

export interface LagOptions extends AdminOptions {
  live?: boolean;
  seconds?: string;
  report?: string;
  json?: boolean;
}

const SECONDS_MAX = 86_400;
const EVERY_MS = 1000;

export async function runLag(options: LagOptions, output: Output): Promise<void> {
  const admin = new AdminRegions(options);
  const seconds = numberOf("--seconds", options.seconds, 1, SECONDS_MAX);
  const isWatched = options.live === true || seconds !== undefined || options.report !== undefined;
  if (isWatched) return await watch(admin, seconds, options, output);
  const status = joined(await admin.statuses());
  if (options.json === true) output.json(status.links);
  else output.lines(lagLines(status, output.style));
}

async function watch(
  admin: AdminRegions,
  seconds: number | undefined,
  { report, json }: LagOptions,
  output: Output,
): Promise<void> {
  const history = new LagHistory();
  history.add(joined(await admin.statuses())); // an error now is one of the command
  if (report !== undefined) await reserveReport(report);
  const live = new LiveLines(process.stderr);
  const course = startCourse(seconds);
  const ending = seconds === undefined ? "Ctrl-C ends it" : `for ${seconds} s, Ctrl-C ends it before`;
  try {
    do {
      live.draw([...chartLines(history, process.stderr.columns ?? 80, output.style), output.style.dim(ending)]);
      if (!(await course.pause(EVERY_MS))) break;
      history.add(await admin.statuses().then(joined, () => undefined));
    } while (!course.signal.aborted);
  } finally {
    course.close();
  }
  live.draw([]);
  const document = history.report();
  const plain = reportLines(document, { ...output.style, bold: String, dim: String });
  if (report !== undefined) await writeReport(report, document, plain);
  if (json === true) output.json(document);
  else output.lines(reportLines(document, output.style));
}

/** Agents of several regions tell of the same links: a link is as its sender says, or else as its receiver. */
export function joined(statuses: readonly StatusDocument[]): StatusDocument {
  const [first] = statuses;
  const links = new Map<string, StatusDocument["links"][number]>();
  for (const link of statuses.flatMap((status) => status.links)) {
    const name = `${link.from} ${link.to}`;
    const known = links.get(name);
    if (known === undefined) links.set(name, link);
    else if (known.seenBy === "receiver") links.set(name, { ...link, delayMs: link.delayMs ?? known.delayMs });
    else links.set(name, { ...known, delayMs: known.delayMs ?? link.delayMs });
  }
  return { ...first!, regions: statuses.flatMap(({ regions }) => regions), links: [...links.values()] };
}
