/**
 * Conflicts as they arise in a region, and as they are resolved: the messages of its server (state/conflict-notices.ts of the
 * core), told to those who subscribe here. Nobody does: there is no connection, and the server makes no notice.
 *
 * Invariant: what was not told is said to be missed: by number where the numbers have a gap, without one where the connection
 * was lost.
 */
import { CONFLICTS_CHANNEL } from "@meridian/core";
import type { Engine } from "@meridian/engine";
import { agentLimits } from "../limits.js";
import { bytesOf, bytesOfCore, coreJson, exact } from "./bytes.js";
import type { Bytes, ConflictNotice } from "./documents.js";

export type ConflictListener = (notice: ConflictNotice) => void;
/** Ends it; again: no effect. */
export type Unsubscribe = () => void;

type Connection = ReturnType<Engine["duplicate"]>;

export class ConflictNotices {
  private readonly listeners = new Set<ConflictListener>();
  private connection: Connection | undefined;
  private numbers = new Map<string, number>();

  constructor(private readonly engine: Pick<Engine, "duplicate" | "region">) {}

  subscribe(listener: ConflictListener): Unsubscribe {
    const own: ConflictListener = (notice) => listener(notice);
    this.listeners.add(own);
    this.connection ??= this.connect();
    return () => {
      if (this.listeners.delete(own) && this.listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    this.listeners.clear();
    this.connection?.disconnect();
    this.connection = undefined;
    this.numbers = new Map();
  }

  private connect(): Connection {
    const connection = this.engine.duplicate();
    let isFirst = true;
    connection.on("error", () => undefined); // the engine says what is wrong with the server
    connection.on("ready", () => {
      if (!isFirst) this.tell({ event: "missed", seenIn: this.engine.region, count: null });
      isFirst = false;
      this.numbers = new Map();
    });
    connection.on("messageBuffer", (_channel: Buffer, message: Buffer) => this.onMessage(message));
    // Made again, the connection subscribes by itself.
    void connection.subscribe(CONFLICTS_CHANNEL).catch(() => undefined);
    return connection;
  }

  private onMessage(message: Buffer): void {
    const read = readNotice(message, this.engine.region);
    if (read === undefined) return;
    const { notice, kind, number } = read;
    if (number !== undefined) {
      const count = number - (this.numbers.get(kind) ?? number - 1) - 1;
      this.numbers.set(kind, number);
      if (count > 0) this.tell({ event: "missed", seenIn: this.engine.region, count });
    }
    this.tell(notice);
  }

  private tell(notice: ConflictNotice): void {
    for (const listener of this.listeners) listener(notice);
  }
}

/** Undefined where it is none: anybody may publish there. */
export function readNotice(
  message: Buffer,
  seenIn: string,
): { notice: ConflictNotice; kind: string; number: number | undefined } | undefined {
  if (message.length > agentLimits.conflictNoticeBytesMax) return undefined;
  let raw: unknown;
  try {
    raw = coreJson(message);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null) return undefined;
  const { event, root, key, type, part, number, winner, losers, resolver, version } = raw as Record<string, unknown>;
  if (![root, key, type, part].every((text) => typeof text === "string") || !Array.isArray(losers)) return undefined;
  const text = (value: unknown): Bytes => bytesOf(bytesOfCore(value as string));
  const place = { seenIn, key: text(key), type: String(type), part: text(part) };
  const sides = { winner: exact(winner ?? null), losers: exact(losers) } as Pick<
    Extract<ConflictNotice, { event: "conflict" }>,
    "winner" | "losers"
  >;
  const kind = `${String(root)} ${String(type)}`;
  if (event === "conflict" && Number.isSafeInteger(number)) {
    return { notice: { event, ...place, ...sides }, kind, number: number as number };
  }
  if (event !== "resolved" || typeof resolver !== "string" || typeof version !== "number") return undefined;
  return { notice: { event, ...place, ...sides, resolver, version }, kind, number: undefined };
}
