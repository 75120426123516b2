/**
 * Tokens: a version vector as a short text, for clients to carry from one region to another. It names what was written: a
 * region that stands at least there, in each partition that the token names, holds it.
 *
 * Base64url of: a version; all origins, each with its length; for each partition its number (0: the whole server; else a hash
 * slot and 1), how many entries it has, and for each the place of its origin and the stamp. Numbers are in sevens of bits, the
 * lowest first.
 *
 * An origin that is folded away (state/whole.ts), of which the stamp is 0 here, is not asked for: every region holds it. A
 * token says so for those that were made before: their entries for it are held where the token tells where a region stands.
 *
 * A text that is no token is refused whole; what it may take is bounded, for it comes from clients.
 */
import { isFoldedBy, WHOLE } from "../state/whole.js";

/** Stamps by origin. */
export type TokenVector = ReadonlyMap<string, number>;

/** Vectors by partition: WHOLE_SERVER, or a hash slot. */
export type Token = ReadonlyMap<number, TokenVector>;

/** The partition that is the whole server. It is in each token of such a region, though nothing was written yet. */
export const WHOLE_SERVER = -1;
/** Of the text. */
export const TOKEN_LENGTH_MAX = 64 * 1024;

const VERSION = 1;
const ORIGINS_MAX = 4096;
const NAME_BYTES_MAX = 512;
const TEXT = /^[A-Za-z0-9_-]+$/;
const PARTITIONS_MAX = 16_384;

export function encodeToken(token: Token): string {
  const places = new Map<string, number>();
  const bytes: number[] = [];
  let partitions = 0;
  for (const [partition, vector] of token) {
    const entries = [...vector].filter(([, stamp]) => stamp > 0);
    if (entries.length === 0 && partition !== WHOLE_SERVER) continue;
    partitions++;
    pushNumber(bytes, partition + 1);
    pushNumber(bytes, entries.length);
    for (const [origin, stamp] of entries) {
      const place = places.get(origin) ?? places.size;
      places.set(origin, place);
      pushNumber(bytes, place);
      pushNumber(bytes, stamp === WHOLE ? 0 : stamp);
    }
  }
  const head = [VERSION];
  pushNumber(head, places.size);
  for (const origin of places.keys()) {
    const name = Buffer.from(origin);
    pushNumber(head, name.length);
    head.push(...name);
  }
  pushNumber(head, partitions);
  return Buffer.from([...head, ...bytes]).toString("base64url");
}

/** Undefined where the text is no token. */
export function decodeToken(text: string): Token | undefined {
  if (text.length > TOKEN_LENGTH_MAX || !TEXT.test(text)) return undefined;
  const reader = new Reader(Buffer.from(text, "base64url"));
  const token = reader.byte() === VERSION ? readToken(reader) : undefined;
  return token === undefined || reader.failed || !reader.isAtEnd ? undefined : token;
}

function readToken(reader: Reader): Token | undefined {
  const origins: string[] = [];
  const count = reader.number(ORIGINS_MAX);
  for (let at = 0; at < count && !reader.failed; at++) {
    const name = reader.text(reader.number(NAME_BYTES_MAX));
    if (name.indexOf("~") < 1) return undefined;
    origins.push(name);
  }
  const token = new Map<number, TokenVector>();
  const partitions = reader.number(PARTITIONS_MAX);
  for (let each = 0; each < partitions && !reader.failed; each++) {
    const partition = reader.number(PARTITIONS_MAX) - 1;
    const vector = new Map<string, number>();
    const entries = reader.number(ORIGINS_MAX);
    for (let at = 0; at < entries && !reader.failed; at++) {
      const origin = origins[reader.number(ORIGINS_MAX)];
      const stamp = reader.number(WHOLE - 1);
      if (origin === undefined || vector.has(origin)) return undefined;
      vector.set(origin, stamp === 0 ? WHOLE : stamp);
    }
    if (token.has(partition)) return undefined;
    token.set(partition, vector);
  }
  return token;
}

/** What names all that either of them names. */
export function joinTokens(one: Token, other: Token): Token {
  const joined = new Map<number, TokenVector>(one);
  for (const [partition, vector] of other) {
    const all = new Map(joined.get(partition));
    for (const [origin, stamp] of vector) if (stamp > (all.get(origin) ?? 0)) all.set(origin, stamp);
    joined.set(partition, all);
  }
  return joined;
}

/** Where a region stands: of each partition its vector. */
export function holdsToken(standing: Token, token: Token): boolean {
  return missingOf(standing, token).length === 0;
}

/** The origins of which the token names more than is there. */
export function missingOf(standing: Token, token: Token): string[] {
  const missing = new Set<string>();
  for (const [partition, vector] of token) {
    const held = standing.get(partition) ?? new Map<string, number>();
    for (const [origin, stamp] of vector) if (stamp !== WHOLE && stampIn(held, origin) < stamp) missing.add(origin);
  }
  return [...missing];
}

function stampIn(vector: TokenVector, origin: string): number {
  const stamp = vector.get(origin);
  if (stamp !== undefined) return stamp;
  for (const [latest, known] of vector) if (known === WHOLE && isFoldedBy(latest, origin)) return WHOLE;
  return 0;
}

const SEVEN_BITS = 128;

function pushNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= SEVEN_BITS) {
    bytes.push((rest % SEVEN_BITS) + SEVEN_BITS);
    rest = Math.floor(rest / SEVEN_BITS);
  }
  bytes.push(rest);
}

/** After a failure it gives zeros. */
class Reader {
  failed = false;
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) this.failed = true;
    return byte ?? 0;
  }

  number(max: number): number {
    let value = 0;
    for (let scale = 1; scale <= WHOLE; scale *= SEVEN_BITS) {
      const byte = this.byte();
      value += (byte % SEVEN_BITS) * scale;
      if (byte >= SEVEN_BITS) continue;
      if (value <= max) return value;
      break;
    }
    this.failed = true;
    return 0;
  }

  text(length: number): string {
    const text = this.bytes.toString("utf8", this.at, this.at + length);
    this.at += length;
    if (this.at > this.bytes.length) this.failed = true;
    return text;
  }
}
