/**
 * One region's conflicts, asked of its core: which keys hold losers, what those are, and what shows in their place.
 * Read in several steps, so a key that is written meanwhile may show a mixture; it is for people to look at. A key that
 * turns out to hold none is dropped from the region's list by the core as it looks.
 */
import { explainError, type Engine } from "@meridian/engine";
import { textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import { partitionsOf, type Partition, type Partitions } from "../partitions/partitions.js";
import { bytesOf, bytesOfCore, coreJson } from "./bytes.js";
import { readConflictPage, type ConflictPage } from "./conflict-keys.js";
import type { ConflictValue, ConflictView } from "./documents.js";
import { pairsOf } from "./inspect-value.js";

/** How much may be told. */
export interface LosersRoom {
  conflicts: number;
  bytes: number;
  valueBytes: number;
}

export interface LosersAnswer {
  conflicts: ConflictView[];
  /** Bytes of values that are in it. */
  bytes: number;
  /** Whether that is all, no value cut. */
  whole: boolean;
}

/** A region that can be asked; all that is asked and answered is plain JSON. */
export interface ConflictSource {
  readonly region: string;
  page(cursor: string): Promise<ConflictPage>;
  losers(keysBase64: readonly string[], room: LosersRoom): Promise<LosersAnswer>;
}

export function conflictSource(engine: Engine): ConflictSource {
  const told = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
    answer.catch((error: unknown) => Promise.reject(new Error(explainError(textOf(error)), { cause: error })));
  const { region } = engine;
  const partitions = partitionsOf(engine);
  return {
    region,
    page: (cursor) => told(readConflictPage(partitions, cursor)),
    losers: (keysBase64, room) => told(readLosers(region, partitions, keysBase64, room)),
  };
}

interface CoreLoser {
  type: string;
  part: string;
  value: string | null;
  origin: string;
  region: string;
  stamp: number;
  atMs: number;
}

interface CoreAnswer {
  type: string;
  losers: CoreLoser[];
}

async function readLosers(
  region: string,
  partitions: Partitions,
  keysBase64: readonly string[],
  room: LosersRoom,
): Promise<LosersAnswer> {
  const answer: LosersAnswer = { conflicts: [], bytes: 0, whole: true };
  const cut = (size: number): number => {
    const shown = Math.min(size, room.valueBytes, room.bytes - answer.bytes);
    answer.bytes += shown;
    if (shown < size) answer.whole = false;
    return shown;
  };
  for (let at = 0; at < keysBase64.length; at += agentLimits.conflictKeysAtOnce) {
    const keys = keysBase64.slice(at, at + agentLimits.conflictKeysAtOnce);
    const most = room.conflicts - answer.conflicts.length;
    const read = await Promise.all(keys.map((key) => readKey(partitions, Buffer.from(key, "base64"), most)));
    for (const { places, whole } of read) {
      if (!whole) answer.whole = false;
      for (const place of places) {
        if (answer.conflicts.length >= room.conflicts) return { ...answer, whole: false };
        answer.conflicts.push(viewOf(place, region, cut));
      }
    }
  }
  return answer;
}

interface Place {
  key: Buffer;
  type: string;
  losers: readonly CoreLoser[];
  winner: Winner;
}

/** At most `most` places of the key, and whether those are all that there are. */
async function readKey(
  partitions: Partitions,
  key: Buffer,
  most: number,
): Promise<{ places: Place[]; whole: boolean }> {
  const partition = partitions.of(key);
  const { type, losers } = coreJson(await partition.callBuffer("losers", key)) as CoreAnswer;
  const all = byPlace(losers);
  const shown = new Shown(partition, key, type);
  const places = all.slice(0, most).map(async (ofPlace) => {
    const [first] = ofPlace;
    const winner = first === undefined ? NOTHING : await shown.at(first.type, first.part);
    return { key, type, losers: ofPlace, winner };
  });
  return { places: await Promise.all(places), whole: all.length <= most && losers.length < agentLimits.losersToldMax };
}

/** Losers of one type and part are one conflict. */
function byPlace(losers: readonly CoreLoser[]): CoreLoser[][] {
  const places = new Map<string, CoreLoser[]>();
  for (const loser of losers) {
    const place = JSON.stringify([loser.type, loser.part]);
    const found = places.get(place);
    if (found === undefined) places.set(place, [loser]);
    else found.push(loser);
  }
  return [...places.values()].map((found) => found.toSorted((a, b) => b.stamp - a.stamp));
}

/** Of so many bytes, how many may be told. */
type Cut = (size: number) => number;

function viewOf({ key, type, losers, winner }: Place, seenIn: string, cut: Cut): ConflictView {
  return {
    key: bytesOf(key),
    type,
    part: bytesOf(bytesOfCore(losers[0]?.part ?? "")),
    index: winner.index,
    winner: kept(type, winner.value, cut),
    losers: losers.map(({ value, ...loser }) => ({
      type: loser.type,
      part: bytesOf(bytesOfCore(loser.part)),
      value: kept(loser.type, value === null ? null : bytesOfCore(value), cut),
      size: value === null ? null : value.length,
      region: loser.region,
      origin: loser.origin,
      stamp: loser.stamp,
      atMs: loser.atMs,
    })),
    seenIn,
  };
}

/** The fields of an entry of a stream come as the core keeps them, a JSON list; they are told whole or not at all. */
function kept(type: string, value: Buffer | null, cut: Cut): ConflictValue {
  if (value === null) return null;
  const shown = cut(value.length);
  if (type !== "stream") return bytesOf(value, shown);
  const fields = shown < value.length ? [] : (coreJson(value) as string[]);
  return pairsOf(fields.map(bytesOfCore), shown);
}

interface Winner {
  value: Buffer | null;
  index: number | null;
}

const NOTHING: Winner = { value: null, index: null };

interface CoreElement {
  place: string;
  value: { registers: { value: string; shows: boolean }[] };
}

/** What shows in the places of a key. */
class Shown {
  private elements: Promise<CoreElement[]> | undefined;

  constructor(
    private readonly partition: Partition,
    private readonly key: Buffer,
    private readonly type: string,
  ) {}

  /** Of the same type the part, of another one the whole, where that is a string. */
  async at(type: string, part: string): Promise<Winner> {
    if (this.type === "string" && part === "") return { value: await this.read("GET"), index: null };
    if (this.type !== type) return NOTHING;
    const name = bytesOfCore(part);
    switch (type) {
      case "hash":
        return { value: await this.read("HGET", name), index: null };
      case "zset":
        return { value: await this.read("ZSCORE", name), index: null };
      case "list":
        return await this.element(part);
      case "stream":
        return { value: await this.entry(part), index: null };
      default:
        return NOTHING;
    }
  }

  private async read(command: string, ...args: Buffer[]): Promise<Buffer | null> {
    return (await this.partition.commandBuffer(command, this.key, ...args)) as Buffer | null;
  }

  private async element(place: string): Promise<Winner> {
    const list = await (this.elements ??= this.readElements());
    const index = list.findIndex((element) => element.place === place);
    const value = list[index]?.value.registers.find(({ shows }) => shows)?.value;
    return value === undefined ? NOTHING : { value: bytesOfCore(value), index };
  }

  /** The core describes the first elements (PARTS_MAX of its state/json.ts); once is enough for all places. */
  private async readElements(): Promise<CoreElement[]> {
    const { list = [] } = coreJson(await this.partition.callBuffer("inspect", this.key)) as { list?: CoreElement[] };
    return list;
  }

  private async entry(id: string): Promise<Buffer | null> {
    const [entry] = (await this.partition.commandBuffer("XRANGE", this.key, id, id)) as [Buffer, Buffer[]][];
    const fields = entry?.[1].map((field) => field.toString("latin1"));
    return fields === undefined ? null : bytesOfCore(JSON.stringify(fields));
  }
}
