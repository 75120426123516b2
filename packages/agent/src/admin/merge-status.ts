/**
 * Joins the documents of several agents into one: a region's own agent speaks for the region, and a link is what its
 * two ends know of it, each of that which it sees itself.
 */
import {
  STATUS_FORMAT,
  type LinkEmulation,
  type LinkView,
  type RegionStatus,
  type StatusDocument,
} from "./documents.js";

export interface MergeInput {
  software: string;
  atMs: number;
  /** In the order in which they are listed; undefined where the agent doesn't answer. */
  agents: readonly { region: string; document: StatusDocument | undefined; problem: string }[];
  /** Every ordered pair, and the WAN between. */
  wan: (from: string, to: string) => LinkEmulation;
}

export function mergeStatus(input: MergeInput): StatusDocument {
  const regions = input.agents.map(({ region, document, problem }) => {
    return document?.regions.find((candidate) => candidate.region === region) ?? absentRegion(region, problem);
  });
  const seen = input.agents.flatMap(({ document }) => document?.links ?? []);
  const names = input.agents.map(({ region }) => region);
  const links = names.flatMap((from) => {
    return names
      .filter((to) => to !== from)
      .map((to) => {
        const ends = seen.filter((link) => link.from === from && link.to === to);
        const emulated = input.wan(from, to);
        const link = joinEnds(from, to, ends);
        return { ...link, emulated, state: emulated.up ? link.state : ("cut" as const) };
      });
  });
  return { format: STATUS_FORMAT, software: input.software, atMs: input.atMs, kind: "local", regions, links };
}

/** Of agents that were asked over the network: their regions, and all links that any of them sees. */
export function joinStatus(agents: MergeInput["agents"]): StatusDocument {
  const [own] = agents.flatMap(({ document }) => document ?? []);
  if (own === undefined) throw new Error("no agent answers");
  const seen = agents.flatMap(({ document }) => document?.links ?? []);
  const pairs = new Map(seen.map(({ from, to }) => [`${from} ${to}`, { from, to }]));
  return {
    ...own,
    regions: agents.map(({ region, document, problem }) => {
      return document?.regions.find((candidate) => candidate.region === region) ?? absentRegion(region, problem);
    }),
    links: [...pairs.values()].map(({ from, to }) =>
      joinEnds(
        from,
        to,
        seen.filter((link) => link.from === from && link.to === to),
      ),
    ),
  };
}

function absentRegion(region: string, problem: string): RegionStatus {
  return {
    region,
    state: "agent-down",
    problem,
    agents: [],
    server: null,
    gateway: null,
    linkCertificateUntilMs: null,
    origin: null,
    vector: {},
    logs: null,
    stateSync: null,
    slots: null,
    adoption: null,
    findings: [],
    alarms: [],
    conflicts: null,
  };
}

export function joinEnds(from: string, to: string, ends: readonly LinkView[]): LinkView {
  const sender = ends.find(({ seenBy }) => seenBy === "sender");
  const receiver = ends.find(({ seenBy }) => seenBy === "receiver");
  const lags = [sender?.lagMs, receiver?.lagMs].filter((lag) => typeof lag === "number");
  const dialled = sender ?? receiver;
  const counted = receiver ?? sender;
  return {
    from,
    to,
    seenBy: sender !== undefined && receiver !== undefined ? "both" : receiver === undefined ? "sender" : "receiver",
    state: dialled?.state ?? "unknown",
    sinceMs: dialled?.sinceMs ?? null,
    lagMs: lags.length === 0 ? null : Math.max(...lags),
    delayMs: receiver?.delayMs ?? null,
    roundTripMs: sender?.roundTripMs ?? receiver?.roundTripMs ?? null,
    operationsTotal: counted?.operationsTotal ?? 0,
    operationsPerSecond: counted?.operationsPerSecond ?? 0,
    bytesTotal: counted?.bytesTotal ?? 0,
    bytesPerSecond: counted?.bytesPerSecond ?? 0,
    backlogEntries: Math.max(sender?.backlogEntries ?? 0, receiver?.backlogEntries ?? 0),
    wireBytesTotal: counted?.wireBytesTotal ?? 0,
    bandwidth: sender?.bandwidth ?? null,
    clockSkewMs: sender?.clockSkewMs ?? receiver?.clockSkewMs ?? null,
    lastError: sender?.lastError ?? receiver?.lastError ?? null,
    emulated: null,
  };
}
