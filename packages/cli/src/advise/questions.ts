/** The questions that are asked on a terminal, one for each setting that no flag gave. Enter takes what stands in brackets. */
import { CliError } from "../errors.js";
import { adviseLimits } from "./limits.js";
import { BUDGETS, DATA_KINDS, LOST_WRITES, WRITTEN_IN, kindDefaults, type DataKind } from "./needs.js";
import { listed, oneOf, parseDuration, parsePercent, parseRegions, type Said } from "./parse.js";
import { parseRoundTrips, type Measured } from "./round-trips.js";
import type { DataSetting, Setting, Stated } from "./stated.js";
import { durationText } from "./words.js";

/** Shows a line and gives what was typed. */
export type Ask = (line: string) => Promise<string>;

interface Question {
  text: string;
  /** What Enter means; undefined: an answer is needed. */
  otherwise: string | undefined;
  check: (answer: Said) => unknown;
}

const perKind: Readonly<Record<DataSetting, Omit<Question, "otherwise">>> = {
  reads: { text: "reads of 100 requests", check: parsePercent },
  staleness: {
    text: "how old may be what a read shows (0, 500ms, 2s, any)",
    check: (answer) => answer.text === "any" || parseDuration(answer),
  },
  lostWrites: {
    text: `which acknowledged writes may be lost when a region fails (${LOST_WRITES.join(", ")})`,
    check: (answer) => oneOf(LOST_WRITES, answer),
  },
  writtenIn: {
    text: `in which regions it is written (${WRITTEN_IN.join(", ")})`,
    check: (answer) => oneOf(WRITTEN_IN, answer),
  },
};

export async function askNeeds(given: Stated["settings"], measured: Measured | undefined, ask: Ask): Promise<Stated> {
  const settings: Stated["settings"] = { ...given };
  const about = async (name: Setting, question: Question): Promise<void> => {
    const answer = settings[name] ?? (await answerTo(ask, `--${name}`, question));
    if (answer !== undefined) settings[name] = answer;
  };
  const kinds = await answerTo(ask, "--data", {
    text: `which data (${DATA_KINDS.join(", ")}; several with commas)`,
    otherwise: undefined,
    check: (answer) => listed(answer.text).map((text) => oneOf(DATA_KINDS, { ...answer, text })),
  });
  await about("regions", {
    text: "regions that the application runs in (a,b,c)",
    otherwise: measured?.regions.join(","),
    check: parseRegions,
  });
  const regions = settings.regions === undefined ? (measured?.regions ?? []) : parseRegions(settings.regions);
  if (regions.length > 1 && measured === undefined) {
    await about("rtt", {
      text: "round trips between them (80ms, or a-b=80ms,a-c=180ms)",
      otherwise: `${adviseLimits.roundTripMsAssumed} ms`,
      check: (answer) => parseRoundTrips(answer, regions, undefined),
    });
  }
  await about("latency", {
    text: "how long a request may wait for another region (50ms)",
    otherwise: "not said",
    check: parseDuration,
  });
  await about("budget", {
    text: `budget (low: as few servers as will do; medium: one a region; high: a database across regions too)`,
    otherwise: "medium",
    check: (answer) => oneOf(BUDGETS, answer),
  });
  const data: Stated["data"] = [];
  for (const text of listed(kinds?.text ?? "")) data.push(await askKind(text, settings, ask));
  return { settings, data };
}

async function askKind(text: string, settings: Stated["settings"], ask: Ask): Promise<Stated["data"][number]> {
  const kind: Stated["data"][number] = { kind: { text, place: "--data" } };
  const usual = usualOf(oneOf(DATA_KINDS, kind.kind));
  for (const [name, question] of Object.entries(perKind) as [DataSetting, (typeof perKind)[DataSetting]][]) {
    if (settings[name] !== undefined) continue;
    const answer = await answerTo(ask, name, {
      ...question,
      text: `${text}: ${question.text}`,
      otherwise: usual[name],
    });
    if (answer !== undefined) kind[name] = answer;
  }
  return kind;
}

function usualOf(kind: DataKind): Readonly<Record<DataSetting, string>> {
  const { readsPercent, stalenessMs, lostWrites, writtenIn } = kindDefaults[kind];
  const staleness = stalenessMs === null ? "any" : durationText(stalenessMs);
  return { reads: String(readsPercent), staleness, lostWrites, writtenIn };
}

/** Undefined: Enter. An answer that makes no sense is told why, and asked again. */
async function answerTo(ask: Ask, place: string, { text, otherwise, check }: Question): Promise<Said | undefined> {
  const suffix = otherwise === undefined ? "" : ` [${otherwise}]`;
  let problem = "";
  let last: unknown;
  for (let asked = 0; asked < adviseLimits.answersMax; asked++) {
    const answer: Said = { text: (await ask(`${problem}${text}${suffix}: `)).trim(), place };
    if (answer.text === "" && otherwise !== undefined) return undefined;
    try {
      check(answer);
      return answer;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      last = error;
      problem = `${error.message}\n`;
    }
  }
  throw last;
}
