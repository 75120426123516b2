/** `meridian advise`, from its flags to what it prints: what was said, by flags, file or answers, and what is measured. */
import { createInterface } from "node:readline/promises";
import { AdminRegions, type AdminOptions } from "../admin-regions.js";
import { CliError } from "../errors.js";
import type { Output } from "../output.js";
import { advise } from "./advise.js";
import { readNeedsFile } from "./needs-file.js";
import { listed } from "./parse.js";
import { askNeeds, type Ask } from "./questions.js";
import { readProbeReport } from "../probe/report.js";
import { measuredByProbe, measuredOf, type Measured } from "./round-trips.js";
import { needsOf, SETTINGS, type Setting, type Stated } from "./stated.js";
import { adviceLines } from "./view.js";

export interface AdviseOptions extends AdminOptions, Partial<Record<Setting, string>> {
  data?: string;
  file?: string;
  /** A report of `meridian probe`. */
  probe?: string;
  json?: boolean;
}

/** On a terminal; undefined: nobody can be asked. */
export type Terminal = { ask: Ask; close: () => void } | undefined;

export async function runAdvise(
  options: AdviseOptions,
  output: Output,
  openTerminal: () => Terminal = processTerminal,
): Promise<void> {
  const measured = await measuredFor(options);
  const stated = await statedBy(options, measured, openTerminal);
  const advice = advise(needsOf(stated, measured));
  if (options.json === true) output.json(advice);
  else output.lines(adviceLines(advice, output.style));
}

async function measuredFor({ probe, ...options }: AdviseOptions): Promise<Measured | undefined> {
  const isAsked = options.admin !== undefined || options.basePort !== undefined;
  if (probe === undefined) return isAsked ? measuredOf(await new AdminRegions(options).statuses()) : undefined;
  if (!isAsked) return measuredByProbe(await readProbeReport(probe));
  throw new CliError("MERIDIAN_BADNEED", {
    place: "--probe",
    value: probe,
    problem: "--admin and --base-port measure as well",
    remedy: "give one of them",
  });
}

async function statedBy(
  options: AdviseOptions,
  measured: Measured | undefined,
  openTerminal: () => Terminal,
): Promise<Stated> {
  const settings = flagSettings(options);
  if (options.file !== undefined) return besideFile(options.file, settings, options.data);
  if (options.data !== undefined) {
    return { settings, data: listed(options.data).map((text) => ({ kind: { text, place: "--data" } })) };
  }
  const terminal = openTerminal();
  if (terminal === undefined) {
    throw new CliError("MERIDIAN_NONEEDS", { missing: "what data it is about", option: "--data session,counter" });
  }
  try {
    return await askNeeds(settings, measured, terminal.ask);
  } finally {
    terminal.close();
  }
}

function flagSettings(options: AdviseOptions): Stated["settings"] {
  const given = SETTINGS.flatMap((name) => {
    const text = options[name];
    return text === undefined ? [] : [[name, { text, place: flagOf(name) }] as const];
  });
  return Object.fromEntries(given);
}

/** lostWrites is --lost-writes. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function besideFile(file: string, flags: Stated["settings"], data: string | undefined): Promise<Stated> {
  const [first] = [...(data === undefined ? [] : [{ text: data, place: "--data" }]), ...Object.values(flags)];
  if (first === undefined) return readNeedsFile(file);
  const problem = "--file says all this already";
  throw new CliError("MERIDIAN_BADNEED", {
    place: first.place,
    value: first.text,
    problem,
    remedy: "write it in the file, or leave the file out",
  });
}

/** Questions go to stderr, so that the advice can be sent into a file. */
function processTerminal(): Terminal {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new AbortController();
  lines.once("close", () => ended.abort());
  const ask: Ask = async (line) => {
    try {
      return await lines.question(line, { signal: ended.signal });
    } catch (error) {
      throw new CliError(
        "MERIDIAN_NONEEDS",
        { missing: "the rest of the answers", option: "--data session,counter" },
        error,
      );
    }
  };
  return { ask, close: () => lines.close() };
}
