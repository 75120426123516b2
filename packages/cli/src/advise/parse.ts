/** Single values of the needs, from the text that somebody gave. */
import { CliError } from "../errors.js";
import { adviseLimits } from "./limits.js";

export interface Said {
  text: string;
  /** Such as `--reads`, or `needs.yaml:3: data.0.reads`. */
  place: string;
}

const REGION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const UNITS_MS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function oneOf<Value extends string>(values: readonly Value[], said: Said): Value {
  const found = values.find((value) => value === said.text.trim());
  if (found !== undefined) return found;
  throw refused(said, "there is no such thing", `give one of ${values.join(", ")}`);
}

export function parsePercent(said: Said): number {
  const percent = Number(said.text.replace(/ ?%$/, ""));
  if (/^\d/.test(said.text) && percent <= 100) return percent;
  throw refused(said, "it is no share of reads", "give a number from 0 to 100");
}

/** Milliseconds. A bare 0 needs no unit, anything else does: 5 may be meant as seconds. */
export function parseDuration(said: Said, remedy = "write 500ms, 2s, 5min, 1h or 0"): number {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|min|h|d)?$/.exec(said.text.trim()) ?? [];
  if (number === undefined || (unit === undefined && Number(number) !== 0)) {
    throw refused(said, "it is no duration", remedy);
  }
  const ms = Number(number) * UNITS_MS[(unit ?? "ms") as keyof typeof UNITS_MS];
  if (ms <= adviseLimits.durationMsMax) return ms;
  throw refused(said, "it is longer than a year", remedy);
}

export function parseRegions(said: Said): string[] {
  const names = listed(said.text);
  const odd = names.find((name) => !REGION_NAME.test(name));
  if (odd !== undefined)
    throw refused(said, `'${odd}' is no name of a region`, "use letters, digits, '-', '_' and '.'");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refused(said, `'${twice}' is there twice`, "name each region once");
  if (names.length <= adviseLimits.regionsMax) return names;
  throw refused(said, `these are ${names.length} regions`, `give at most ${adviseLimits.regionsMax}`);
}

export function listed(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

export function refused({ place, text }: Said, problem: string, remedy: string): CliError {
  return new CliError("MERIDIAN_BADNEED", { place, value: text === "" ? "''" : text, problem, remedy });
}
