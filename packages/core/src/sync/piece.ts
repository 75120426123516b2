/**
 * A piece: the states of all keys in a range of buckets, as one text that goes from region to region. It is what the exporter
 * keeps, nearly as it keeps it: dots name origins by their index there, and a list of the names goes with it.
 *
 *     40 digits     SHA-1 of what follows: what came by a wire is whole, or nothing is done
 *     msgpack       [format, from, to, origins, vector, contexts, buckets, marks, libraries]
 *
 *     origins       [name ...] from index 1 on
 *     vector        [origin stamp ...] of the exporter: all that the states include, and nothing else
 *     contexts      [origin, [origin stamp ...] ...] what the importer's origins had seen at the last entry that is included
 *     buckets       [number, [item ...] ...]
 *     item          [key, metadata, may hold losers, text of a string that shows or false, [type, parts ...]]
 *     marks         [field, stored ...] of groups destroyed (effects/stream-marks.ts)
 *     libraries     [name, stored ...] in the piece with bucket 0, else false
 *
 * In place of parts [type, number]: they came before, in so many pages of all the bucket's large values (sync/large-values.ts).
 *
 * The head of an import has the same form: [format, origins, vector, contexts].
 */
import { host, type Packed } from "../host.js";
import { isArray } from "../log/shapes.js";
import type { AggregateCode } from "../state/codec.js";
import { contextOf, FORMAT_VERSION, type Partition, type Vector } from "../state/partition.js";
import { shortIndexes, WHOLE } from "../state/whole.js";

const DIGEST_DIGITS = 40;
const HEAD_LENGTH = 4;
const PIECE_LENGTH = 9;
const PAGE_LENGTH = 7;

export type Item = [key: string, stored: string, mayHoldLosers: boolean, text: string | false, parts: Packed[]];

/** Where an exporter stands. */
export interface Standing {
  /** The names in the order of their indexes there: from 1 on; read, from 0, which stands for none. */
  readonly origins: string[];
  readonly vector: Packed[];
  readonly contexts: Packed[];
}

export interface Piece extends Standing {
  readonly from: number;
  readonly to: number;
  /** [number, [item ...] ...] */
  readonly buckets: Packed[];
  readonly marks: Packed[];
  readonly libraries: Packed[] | false;
}

/** Some parts of a large value. */
export interface Page {
  readonly bucket: number;
  readonly number: number;
  readonly origins: string[];
  readonly key: string;
  readonly code: AggregateCode;
  readonly parts: Packed;
}

/** Where this region stands; contexts of the origins that pass `isWanted`. */
export function standing(partition: Partition, isWanted: (this: void, origin: string) => boolean): Standing {
  const { origins, vector, own } = partition;
  const contexts: Packed[] = [];
  for (let index = 1; index < origins.length; index++) {
    const name = origins[index]!;
    if (!isWanted(name) || vector[index] === WHOLE) continue;
    // What we say next has seen all that is here.
    contexts.push(
      name,
      index === own ? flatVector(partition, vector, own) : flatVector(partition, contextOf(partition, index), index),
    );
  }
  return { origins: origins.slice(1), vector: flatVector(partition, vector, 0), contexts };
}

/** [origin stamp ...] but for one of them. */
export function flatVector(partition: Partition, vector: Vector, except: number): Packed[] {
  const flat: Packed[] = [];
  for (const index of shortIndexes(partition, vector)) {
    if (index !== except) flat.push(partition.origins[index]!, vector[index]!);
  }
  return flat;
}

export function headText({ origins, vector, contexts }: Standing): string {
  return sealed(host.pack([FORMAT_VERSION, origins, vector, contexts]));
}

export function pieceText(piece: Piece): string {
  const { origins, vector, contexts, from, to, buckets, marks, libraries } = piece;
  return sealed(host.pack([FORMAT_VERSION, from, to, origins, vector, contexts, buckets, marks, libraries]));
}

export function pageText({ bucket, number, origins, key, code, parts }: Page): string {
  return sealed(host.pack([FORMAT_VERSION, bucket, number, origins, key, code, parts]));
}

function sealed(body: string): string {
  return host.sha1hex(body) + body;
}

function opened(text: string, length: number): Packed[] | undefined {
  const body = text.substring(text.length < DIGEST_DIGITS ? text.length : DIGEST_DIGITS);
  if (body === "" || host.sha1hex(body) !== text.substring(0, DIGEST_DIGITS)) return undefined;
  const value = host.unpack(body);
  return isArray(value) && value.length === length && value[0] === FORMAT_VERSION ? value : undefined;
}

/** Undefined where the text is none, or of another format. */
export function readHead(text: string): Standing | undefined {
  const value = opened(text, HEAD_LENGTH);
  if (value === undefined) return undefined;
  return { origins: named(value[1] as string[]), vector: value[2] as Packed[], contexts: value[3] as Packed[] };
}

/** `buckets`: how many the partition has. */
export function readPiece(text: string, buckets: number): Piece | undefined {
  const value = opened(text, PIECE_LENGTH);
  if (value === undefined) return undefined;
  const from = value[1] as number;
  const to = value[2] as number;
  if (!(from >= 0) || !(to > from) || to > buckets) return undefined;
  return {
    from,
    to,
    origins: named(value[3] as string[]),
    vector: value[4] as Packed[],
    contexts: value[5] as Packed[],
    buckets: value[6] as Packed[],
    marks: value[7] as Packed[],
    libraries: value[8] as Packed[] | false,
  };
}

/** Undefined where the text is no page. */
export function readPage(text: string): Page | undefined {
  const value = opened(text, PAGE_LENGTH);
  if (value === undefined) return undefined;
  return {
    bucket: value[1] as number,
    number: value[2] as number,
    origins: named(value[3] as string[]),
    key: value[4] as string,
    code: value[5] as AggregateCode,
    parts: value[6]!,
  };
}

/** How many pages it says have come before it. */
export function pagesBefore({ buckets }: Piece): number {
  for (let at = 1; at < buckets.length; at += 2) {
    for (const item of buckets[at] as Item[]) {
      const parts = item[4];
      for (let place = 1; place < parts.length; place += 2) {
        const part = parts[place]!;
        if (typeof part === "number") return part;
      }
    }
  }
  return 0;
}

function named(origins: string[]): string[] {
  const names: string[] = [""];
  for (const name of origins) names.push(name);
  return names;
}
