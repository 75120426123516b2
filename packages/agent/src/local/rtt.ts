/**
 * The emulated round trips: `--rtt 80ms` for every pair, or `--rtt a-b=80ms,a-c=180ms` for some; pairs not named keep
 * their default, which for the three regions of the default start is about what their real distance costs.
 */
import { AgentError } from "../errors.js";
import { agentLimits } from "../limits.js";

const RTT_MS_DEFAULT = 100;
const KNOWN: readonly (readonly [string, string, number])[] = [
  ["us-east-1", "eu-west-1", 80],
  ["us-east-1", "ap-southeast-1", 180],
  ["eu-west-1", "ap-southeast-1", 160],
];

/** Of a pair, in any order. */
export type RttOf = (a: string, b: string) => number;

export function parseRtt(text: string | undefined, regions: readonly string[]): RttOf {
  const named = new Map(KNOWN.map(([a, b, ms]) => [pairKey(a, b), ms]));
  if (text === undefined) return (a, b) => named.get(pairKey(a, b)) ?? RTT_MS_DEFAULT;
  if (!text.includes("=")) {
    const all = parseMs(text);
    return () => all;
  }
  for (const part of text.split(",")) {
    const [pair = "", duration = "", ...rest] = part.split("=");
    if (rest.length > 0) throw bad(part, "there are two '=' in it", "write a-b=80ms");
    const [a, b] = splitPair(pair.trim(), regions);
    named.set(pairKey(a, b), parseMs(duration));
  }
  return (a, b) => named.get(pairKey(a, b)) ?? RTT_MS_DEFAULT;
}

function parseMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text.trim());
  if (match === null) throw bad(text, "it is no duration", "write 80ms, 1.5s or 0");
  const ms = Number(match[1]) * (match[2] === "s" ? 1000 : 1);
  if (ms > agentLimits.rttMsMax) throw bad(text, "it is too long", `give at most ${agentLimits.rttMsMax}ms`);
  return ms;
}

/** Names may have hyphens of their own: the split is where both sides are regions. */
function splitPair(pair: string, regions: readonly string[]): [string, string] {
  for (let at = pair.indexOf("-"); at !== -1; at = pair.indexOf("-", at + 1)) {
    const [a, b] = [pair.slice(0, at), pair.slice(at + 1)];
    if (a !== b && regions.includes(a) && regions.includes(b)) return [a, b];
  }
  throw bad(pair, "it names no two regions of this start", `the regions are ${regions.join(", ")}`);
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function bad(value: string, problem: string, remedy: string): AgentError {
  return new AgentError("MERIDIAN_BADOPTION", { option: "--rtt", value, problem, remedy });
}
