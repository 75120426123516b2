/** What is told of conflicts: the notices of the channel `meridian:conflicts`, read, and what was missed. */

export const CONFLICTS_CHANNEL = "meridian:conflicts";

/** One of the values that were written to a place. */
export interface ConflictSide {
  /** As UTF-8; undefined where the value is large, and so was not told. */
  readonly value: string | undefined;
  /** The value's bytes. */
  readonly bytes: Buffer | undefined;
  /** Of the value, in bytes. */
  readonly size: number;
  /** Where it was written. */
  readonly region: string;
  readonly origin: string;
  readonly stamp: number;
  /** When, by that region's clock: Unix time. */
  readonly atMs: number;
}

/** Where a conflict is. */
export interface ConflictPlace {
  /** As UTF-8. */
  readonly key: string;
  readonly keyBytes: Buffer;
  readonly type: "string" | "hash" | "zset" | "list" | "stream" | "clash";
  /** The field, member, place or id; "" for a string. */
  readonly part: string;
  readonly partBytes: Buffer;
  /** The region that tells of it. */
  readonly seenIn: string;
}

export interface ConflictEvent extends ConflictPlace {
  readonly event: "conflict";
  /** Undefined for streams and clashes of types, of which no values are told. */
  readonly winner: ConflictSide | undefined;
  readonly losers: readonly ConflictSide[];
}

/** A resolver made one value of all that were there, in whichever region. */
export interface ResolvedEvent extends ConflictPlace {
  readonly event: "resolved";
  readonly resolver: string;
  readonly version: number;
  readonly winner: ConflictSide;
  /** What it was made of. */
  readonly losers: readonly ConflictSide[];
}

export interface MissedEvent {
  readonly event: "missed";
  readonly seenIn: string;
  /** Undefined: nobody knows, for nobody listened for a while. */
  readonly count: number | undefined;
}

export type ConflictsEvent = ConflictEvent | ResolvedEvent | MissedEvent;

export interface Notice {
  readonly told: ConflictEvent | ResolvedEvent;
  /** Of a conflict: the how-manieth of its kind. */
  readonly number: number | undefined;
  readonly kind: string;
}

interface RawSide {
  value: string | null;
  size: number;
  origin: string;
  region: string;
  stamp: number;
  atMs: number;
}

interface RawNotice {
  event: string;
  root: string;
  key: string;
  type: ConflictPlace["type"];
  part: string;
  number?: number;
  resolver?: string;
  version?: number;
  winner: RawSide | null;
  losers: RawSide[];
}

/** Undefined where it is none: anybody may publish. */
export function readNotice(message: Buffer, seenIn: string): Notice | undefined {
  const raw = parse(message);
  if (raw === undefined) return undefined;
  const [keyBytes, partBytes] = [Buffer.from(raw.key, "latin1"), Buffer.from(raw.part, "latin1")];
  const place = { key: keyBytes.toString(), keyBytes, type: raw.type, part: partBytes.toString(), partBytes, seenIn };
  const winner = raw.winner === null ? undefined : sideOf(raw.winner);
  const losers = raw.losers.map(sideOf);
  const kind = `${raw.root} ${raw.type}`;
  if (raw.event === "conflict") {
    return { told: { event: "conflict", ...place, winner, losers }, number: raw.number, kind };
  }
  if (raw.event !== "resolved" || winner === undefined) return undefined;
  const { resolver = "", version = 0 } = raw;
  return { told: { event: "resolved", ...place, resolver, version, winner, losers }, number: undefined, kind };
}

/** Bytes come as they are, so all texts are read as latin1 first. */
function parse(message: Buffer): RawNotice | undefined {
  try {
    const raw: unknown = JSON.parse(message.toString("latin1"));
    return isNotice(raw) ? raw : undefined;
  } catch {
    return undefined;
  }
}

const TYPES: readonly unknown[] = ["string", "hash", "zset", "list", "stream", "clash"];

function isNotice(raw: unknown): raw is RawNotice {
  if (!isObject(raw) || !TYPES.includes(raw["type"]) || !Array.isArray(raw["losers"])) return false;
  if (!["root", "key", "part"].every((name) => typeof raw[name] === "string")) return false;
  return (raw["winner"] === null || isSide(raw["winner"])) && raw["losers"].every(isSide);
}

function isSide(raw: unknown): raw is RawSide {
  if (!isObject(raw)) return false;
  const { value, size, origin, region, stamp, atMs } = raw;
  if (typeof origin !== "string" || typeof region !== "string") return false;
  return (value === null || typeof value === "string") && [size, stamp, atMs].every(Number.isSafeInteger);
}

function isObject(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null;
}

function sideOf({ value, ...side }: RawSide): ConflictSide {
  const bytes = value === null ? undefined : Buffer.from(value, "latin1");
  return { value: bytes?.toString(), bytes, ...side };
}
