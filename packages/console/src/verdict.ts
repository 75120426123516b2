/**
 * How the deployment is, in one sentence, and what is wrong with it, the worst first: what a person who looks for ten
 * seconds must learn. Pure.
 */
import type { LinkView, StatusDocument } from "@meridian/agent/api";
import { msText } from "./numbers.js";

export type Severity = "good" | "warn" | "bad";

export interface Trouble {
  severity: Exclude<Severity, "good">;
  text: string;
  /** Where to look: a region, or the two of a link. */
  regions: string[];
}

export interface Verdict {
  severity: Severity;
  title: string;
  troubles: Trouble[];
}

/** Longer, something is slow, or has much to catch up with. */
const LAG_MS_LONG = 10_000;

export function verdictOf(status: StatusDocument): Verdict {
  const troubles = [...regionTroubles(status), ...linkTroubles(status)].toSorted(
    (a, b) => rank(a.severity) - rank(b.severity),
  );
  const [worst] = troubles;
  if (worst === undefined) {
    const lag = Math.max(0, ...status.links.map(({ lagMs }) => lagMs ?? 0));
    const title = `All ${status.regions.length} regions linked, lag ${msText(lag)}`;
    return { severity: lag > LAG_MS_LONG ? "warn" : "good", title, troubles };
  }
  const rest = troubles.length === 1 ? "" : ` (and ${troubles.length - 1} more)`;
  return { severity: worst.severity, title: `${worst.text}${rest}`, troubles };
}

function rank(severity: Trouble["severity"]): number {
  return severity === "bad" ? 0 : 1;
}

function regionTroubles({ regions }: StatusDocument): Trouble[] {
  return regions.flatMap((region): Trouble[] => {
    const name = region.region;
    const regionsOf = [name];
    const state: Trouble[] =
      region.state === "server-down"
        ? [{ severity: "bad", text: `${name}: its server is down`, regions: regionsOf }]
        : region.state === "agent-down"
          ? [{ severity: "bad", text: `${name}: its agent does not answer`, regions: regionsOf }]
          : [];
    const sync: Trouble[] =
      region.stateSync === null ? [] : [{ severity: "warn", text: `${name} catches up by state`, regions: regionsOf }];
    const errors = region.findings
      .filter(({ severity }) => severity === "error")
      .map(({ message }): Trouble => ({ severity: "bad", text: `${name}: ${message}`, regions: regionsOf }));
    return [...state, ...sync, ...errors];
  });
}

/** A pair once, and none of a region that is down itself: that is said already. */
function linkTroubles({ links, regions }: StatusDocument): Trouble[] {
  const down = new Set(regions.filter(({ state }) => state !== "up").map(({ region }) => region));
  const broken = pairsOf(links.filter(({ state }) => state !== "up" && state !== "unknown")).filter(
    ({ a, b }) => !down.has(a) && !down.has(b),
  );
  const cutOff = regions
    .map(({ region }) => region)
    .filter((name) => {
      const peers = regions.length - 1;
      return peers > 1 && broken.filter(({ a, b }) => a === name || b === name).length === peers;
    });
  const rest = broken.filter(({ a, b }) => !cutOff.includes(a) && !cutOff.includes(b));
  return [
    ...cutOff.map((name): Trouble => ({ severity: "bad", text: `${name} is cut off`, regions: [name] })),
    ...rest.map(({ a, b, state }): Trouble => {
      const severity = state === "connecting" ? "warn" : "bad";
      return { severity, text: `${a} – ${b} is ${stateWord(state)}`, regions: [a, b] };
    }),
  ];
}

/** Those that answer, then those that are known by links alone: an agent without peers sees no more of the others. */
export function namesOf({ regions, links }: Pick<StatusDocument, "regions" | "links">): string[] {
  return [...new Set([...regions.map(({ region }) => region), ...links.flatMap(({ from, to }) => [from, to])])];
}

export function stateWord(state: LinkView["state"]): string {
  return { up: "up", connecting: "connecting", refused: "refused", cut: "cut", unknown: "unknown" }[state];
}

export interface Pair {
  a: string;
  b: string;
  /** The worse of its two directions. */
  state: LinkView["state"];
  links: LinkView[];
}

const WORST: readonly LinkView["state"][] = ["cut", "refused", "connecting", "unknown", "up"];

/** Links as unordered pairs, in the order in which they come. */
export function pairsOf(links: readonly LinkView[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const link of links) {
    const id = [link.from, link.to].toSorted().join("\n");
    const pair = pairs.get(id);
    if (pair === undefined) {
      pairs.set(id, { a: link.from, b: link.to, state: link.state, links: [link] });
    } else {
      pair.links.push(link);
      if (WORST.indexOf(link.state) < WORST.indexOf(pair.state)) pair.state = link.state;
    }
  }
  return [...pairs.values()];
}
