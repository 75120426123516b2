/**
 * A small Redis in memory: the commands that the core calls, and Meridian's user commands with native semantics.
 *
 * It stands in for a server in the simulator (time and randomness are parameters) and for "plain Redis" where one
 * region alone is compared with it. Texts are binary strings (latin1).
 * Invariants: 1. a command that throws has changed nothing. 2. no hash, set, list or sorted set is empty. 3. time
 * stands still within `atomic`. 4. a snapshot is never changed by what follows (slots are copied on their first write).
 */
import type { Reply } from "@meridian/core";
import { arityError, CommandError, errorTexts, refuse } from "./errors.js";
import { geoCommands } from "./geo-commands.js";
import { bitCommands } from "./bit-commands.js";
import { bitfieldCommands } from "./bitfield-commands.js";
import { dumpCommands } from "./dump-commands.js";
import { hashCommands } from "./hash-commands.js";
import { hyperLogLogCommands } from "./hyperloglog-commands.js";
import { keyCommands } from "./key-commands.js";
import { listCommands } from "./list-commands.js";
import { commonCommands } from "./longest-common.js";
import { setCommands } from "./set-commands.js";
import { sortCommands } from "./sort-commands.js";
import { streamCommands } from "./stream-commands.js";
import { counterCommands, stringCommands } from "./string-commands.js";
import { cloneValue, isEmpty, type Slot, type Value, type ValueOf } from "./value.js";
import { zsetCommands } from "./zset-commands.js";

/** Positive arity is exact, negative is a minimum; both count the command's name, as Redis does. */
export type Command = [arity: number, run: (keyspace: ModelKeyspace, args: string[], name: string) => Reply];

export interface KeyspaceOptions {
  nowMs: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  runId?: string;
  /** Sums of floats to the last digit, as Meridian adds; otherwise as Redis does, in long doubles. */
  exactFloats?: boolean;
}

export interface Snapshot {
  slots: ReadonlyMap<string, Slot>;
}

const commands = new Map<string, Command>(
  Object.entries({
    ...keyCommands,
    ...stringCommands,
    ...counterCommands,
    ...hashCommands,
    ...setCommands,
    ...listCommands,
    ...zsetCommands,
    ...geoCommands,
    ...streamCommands,
    ...hyperLogLogCommands,
    ...bitCommands,
    ...bitfieldCommands,
    ...commonCommands,
    ...sortCommands,
    ...dumpCommands,
  }),
);

export class ModelKeyspace {
  runId: string;
  /** Changes where a replica is promoted. */
  replicationId = "0".repeat(40);
  /** Channels that somebody listens to. */
  heard = new Set<string>();
  /** Messages published since the reader last emptied it. */
  published: [channel: string, message: string][] = [];
  /** Likewise, to the shard's own channels. */
  shardPublished: [channel: string, message: string][] = [];
  readonly random: () => number;
  readonly exactFloats: boolean;
  private readonly clock: () => number;
  private frozenMs: number | undefined;
  private slots = new Map<string, Slot>();
  private generation = 0;

  constructor(options: KeyspaceOptions) {
    this.clock = options.nowMs;
    this.random = options.random;
    this.exactFloats = options.exactFloats ?? false;
    this.runId = options.runId ?? "0".repeat(40);
  }

  nowMs(): number {
    return this.frozenMs ?? this.clock();
  }

  /** Runs with the time standing still, as a script or function does. */
  atomic<T>(action: () => T): T {
    if (this.frozenMs !== undefined) return action();
    this.frozenMs = this.clock();
    try {
      return action();
    } finally {
      this.frozenMs = undefined;
    }
  }

  /** Runs one command; throws CommandError on an error reply. */
  call(name: string, ...args: (string | number)[]): Reply {
    const command = commands.get(name.toUpperCase());
    if (!command) return refuse(`ERR unknown command '${name}', with args beginning with: `);
    const [arity, run] = command;
    const count = args.length + 1;
    if (arity > 0 ? count !== arity : count < -arity) refuse(arityError(name));
    return this.atomic(() => run(this, args.map(String), name));
  }

  /** Runs one command; an error reply comes back as `{err}`. */
  pcall(name: string, ...args: (string | number)[]): Reply {
    try {
      return this.call(name, ...args);
    } catch (error) {
      if (error instanceof CommandError) return { err: error.message };
      throw error;
    }
  }

  snapshot(): Snapshot {
    this.generation++;
    return { slots: new Map(this.slots) };
  }

  restore(snapshot: Snapshot): void {
    this.generation++;
    this.slots = new Map(snapshot.slots);
  }

  /** The names of all living keys. */
  keys(): string[] {
    return [...this.slots.keys()].filter((key) => this.slot(key) !== undefined);
  }

  clear(): void {
    this.slots.clear();
  }

  /** The living slot, for reading only. */
  slot(key: string): Readonly<Slot> | undefined {
    const slot = this.slots.get(key);
    if (!slot) return undefined;
    if (slot.expiresAtMs !== 0 && slot.expiresAtMs <= this.nowMs()) {
      this.slots.delete(key);
      return undefined;
    }
    return slot;
  }

  /** The value of that type, for reading only; undefined where there is none; an error on another type. */
  read<T extends Value["type"]>(key: string, type: T): ValueOf<T> | undefined {
    const value = this.slot(key)?.value;
    if (value && value.type !== type) refuse(errorTexts.wrongType);
    return value as ValueOf<T> | undefined;
  }

  /** The value of that type, to be changed in place. */
  edit<T extends Value["type"]>(key: string, type: T): ValueOf<T> | undefined {
    if (!this.read(key, type)) return undefined;
    return this.own(key)?.value as ValueOf<T>;
  }

  /** The value of that type, to be changed in place, created where there is none. */
  editOrCreate<T extends Value["type"]>(key: string, type: T, fresh: ValueOf<T>): ValueOf<T> {
    const value = this.edit(key, type);
    if (value) return value;
    this.put(key, fresh, 0);
    return fresh;
  }

  put(key: string, value: Value, expiresAtMs: number): void {
    this.slots.set(key, { value, expiresAtMs, generation: this.generation });
  }

  setDeadline(key: string, expiresAtMs: number): void {
    const slot = this.own(key);
    if (slot) slot.expiresAtMs = expiresAtMs;
  }

  remove(key: string): boolean {
    return this.slot(key) !== undefined && this.slots.delete(key);
  }

  removeIfEmpty(key: string): void {
    const slot = this.slots.get(key);
    if (slot && isEmpty(slot.value)) this.slots.delete(key);
  }

  private own(key: string): Slot | undefined {
    const slot = this.slot(key);
    if (!slot || slot.generation === this.generation) return slot;
    const copy = { value: cloneValue(slot.value), expiresAtMs: slot.expiresAtMs, generation: this.generation };
    this.slots.set(key, copy);
    return copy;
  }
}
