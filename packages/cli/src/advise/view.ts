/** Advice for people, in lines of a terminal's width. */
import { table, type Style } from "@meridian/agent/api";
import type { Advice, Recommendation, Setup } from "./advise.js";
import type { Needs } from "./needs.js";
import { durationText } from "./words.js";

const WIDTH = 110;
const HANG = "      ";

export function adviceLines({ needs, recommendations, setups }: Advice, style: Style): string[] {
  return [
    ...needsLines(needs, style),
    ...recommendations.flatMap((recommendation) => ["", ...recommendationLines(recommendation, style)]),
    ...setups.flatMap((setup) => setupLines(setup, style)),
  ];
}

function needsLines({ regions, roundTrips, latencyMs, copyDelayMs, budget, data }: Needs, style: Style): string[] {
  const rows = data.map(({ kind, readsPercent, stalenessMs, lostWrites, writtenIn, assumed }) => [
    kind,
    `${readsPercent} %`,
    stalenessMs === null ? "any" : durationText(stalenessMs),
    lostWrites,
    `${writtenIn} region${writtenIn === "all" ? "s" : ""}`,
    assumed.join(", "),
  ]);
  return [
    `regions: ${regions.join(", ")}`,
    ...roundTrips.map(({ a, b, ms, basis }) => `${a} - ${b}: ${durationText(ms)} a round trip, ${basis}`),
    ...(copyDelayMs === null
      ? []
      : [`a write shows in another region within ${durationText(copyDelayMs)} (99 of 100, measured)`]),
    `budget: ${budget}; a request may wait for another region: ${latencyMs === null ? "not said" : durationText(latencyMs)}`,
    "",
    ...table(["data", "reads", "may be old by", "may lose", "written in", "assumed"], rows, style),
  ];
}

function recommendationLines(recommendation: Recommendation, style: Style): string[] {
  const { kind, title, is, why, numbers, application, mind, others } = recommendation;
  const section = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`  ${style.dim(name)}`, ...lines];
  return [
    style.bold(`${kind}: ${title}`),
    ...wrapped(`${is}.`, "  ", "  "),
    ...wrapped(`Because ${why}.`, "  ", "  "),
    ...section(
      "numbers",
      numbers.flatMap(({ what, value }) => wrapped(`${what}: ${value}`, "    ", HANG)),
    ),
    ...section(
      "in the application",
      application.map((line) => `    ${line}`),
    ),
    ...section(
      "mind",
      mind.flatMap((text) => wrapped(text, "    ", HANG)),
    ),
    ...section(
      "why none of the others",
      others.flatMap((other) => wrapped(`${other.title}: ${other.wrong}`, "    ", HANG)),
    ),
  ];
}

function setupLines({ for: kinds, files }: Setup, style: Style): string[] {
  return [
    "",
    style.bold(`to start with, for ${kinds.join(", ")}; fill in hosts, files and passwords:`),
    ...files.flatMap(({ name, lines }) => [`  ${style.dim(`# ${name}`)}`, ...lines.map((line) => `  ${line}`)]),
  ];
}

/** No word is broken. */
export function wrapped(text: string, indent: string, hang: string): string[] {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = hang;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
