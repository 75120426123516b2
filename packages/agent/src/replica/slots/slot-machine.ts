/**
 * Runs the machine of one slot for as long as something is to be done there. What the driver of a whole server does with
 * timers of its own is done by the driver of all slots (slots-driver.ts), for thousands of these.
 *
 * 1. Events are taken one after the other, and none before the slot's state was read: they wait for it.
 * 2. A read that follows the log has its answer when the node says that the slot got fresh entries (fresh-poll.ts), and where the
 *    state shows more than it has seen: what the node said may have been lost with a read that failed.
 * 3. What was applied before a look at the node's disk is durable once the look is (node-durability.ts).
 */
import { rootOfSlot } from "@meridian/core";
import type { Slots } from "@meridian/engine";
import type { ExportedText, ExportWish } from "../../link/index.js";
import { ApplySize } from "../adapter/apply-size.js";
import type { ReadCommand } from "../adapter/log-reader.js";
import { framesAfter, recordsOf } from "../adapter/records.js";
import { readRuns } from "../adapter/run-reader.js";
import { applyFrames, isServerLost, readState, type PartitionCalls } from "../adapter/server-calls.js";
import { alarmOf, refusalOf, type About, type Alarm, type AlarmCode } from "../alarms.js";
import type { ReplicaLimits } from "../limits.js";
import { Replica } from "../machine.js";
import type { Command, Entry, ReplicaEvent, Standing } from "../protocol.js";
import { msOfStamp } from "../stamps.js";
import { regionOfOrigin, stampIn, type Vector } from "../vector.js";
import { DiskMarks } from "./disk-marks.js";
import type { GroupLinks } from "./group-links.js";
import { slotLimits } from "./limits.js";
import { SlotStates } from "./slot-states.js";

type Event = ReplicaEvent<Uint8Array>;
type CommandOf<Kind> = Extract<Command<Uint8Array>, { kind: Kind }>;

/** What the machines of a region share. */
export interface SlotContext {
  readonly slots: Slots;
  readonly links: GroupLinks;
  readonly region: string;
  readonly limits: ReplicaLimits;
  /** Of metadata, in each slot. */
  readonly buckets: number;
  readonly regions: () => readonly string[];
  readonly mayWork: (slot: number) => boolean;
  readonly onEvent: (event: Event) => void;
  readonly raise: (alarm: Alarm) => void;
  /** What the slot stands at may be another. */
  readonly moved: (machine: SlotMachine) => void;
  /** Its state was read for the first time. */
  readonly ready: (machine: SlotMachine) => void;
  /** A peer acknowledged. */
  readonly onProgress: () => void;
}

export class SlotMachine {
  readonly machine: Replica<Uint8Array>;
  /** Peers that it is connected with; true: they have said themselves where they stand. */
  readonly peers = new Map<string, boolean>();
  /** Looks of our own do not count. performance.now() */
  lastEventMs = performance.now();
  lastTickMs = 0;
  stateReadMs = Number.NEGATIVE_INFINITY;
  /** Peers were asked where they stand. */
  askedMs = performance.now();
  /** Of its logs, in bytes, as last seen. */
  logBytes = 0;
  private readonly calls: PartitionCalls;
  readonly states: SlotStates;
  private readonly applySize = new ApplySize();
  private readonly waiting: Event[] = [];
  private isHandling = false;
  private isReady = false;
  private wasReady = false;
  private isReadingState = false;
  private following: ReadCommand | undefined;
  private isFresh = false;
  /** Where the own log ended when the state was read; 0 once somebody who follows the log has asked since. */
  private endAtState = 0;
  /** Under way. */
  private reads = 0;
  private wantsImport = false;
  private readonly marks = new DiskMarks();
  private stopped = false;

  constructor(
    readonly slot: number,
    private readonly context: SlotContext,
  ) {
    const { slots, region, limits } = context;
    this.machine = new Replica(region, context.regions(), limits);
    this.calls = { call: (command, ...args) => slots.call(slot, command, ...args) };
    this.states = new SlotStates({
      slot,
      context,
      calls: this.calls,
      machine: this.machine,
      dispatch: (event) => this.dispatch(event),
      readState: () => this.readState(),
    });
    this.readState();
  }

  stop(): void {
    this.stopped = true;
    this.states.stop();
  }

  /** Where it stands; undefined until it was read. */
  standing(): Standing | undefined {
    return this.isReady ? this.machine.standing() : undefined;
  }

  dispatch(event: Event): void {
    if (this.stopped || !this.context.mayWork(this.slot)) return;
    if (event.kind !== "tick" && event.kind !== "logSize") this.lastEventMs = performance.now();
    this.waiting.push(event);
    if (event.kind === "state") this.isReady = true;
    if (this.isHandling || !this.isReady) return;
    this.isHandling = true;
    try {
      if (!this.wasReady) this.begin();
      this.handleAll();
    } finally {
      this.isHandling = false;
    }
  }

  /** The own log grew. */
  fresh(): void {
    this.lastEventMs = performance.now();
    this.isFresh = true;
    if (this.following !== undefined) this.follow(this.following);
  }

  /** Where the own log ends: by what is known here, where that is all. Rejects where the server doesn't say. */
  async ownEnd(): Promise<{ origin: string; stamp: number }> {
    const { ownOrigin, vector } = await this.ends();
    return { origin: ownOrigin, stamp: stampIn(vector, ownOrigin) };
  }

  async ends(): Promise<{ ownOrigin: string; vector: Vector }> {
    const standing = this.standing();
    const isKnown = standing !== undefined && !this.isFresh && this.reads === 0;
    return isKnown ? { ownOrigin: standing.ownOrigin, vector: standing.applied } : await readState(this.calls);
  }

  /** Its node is lost, or the slot is moving. */
  serverLost(): void {
    this.following = undefined;
    this.marks.forget();
    if (this.isReady) this.dispatch({ kind: "serverLost" });
  }

  /** One at a time; after a failure again with the next tick. */
  readState(): void {
    if (this.isReadingState || this.stopped) return;
    this.isReadingState = true;
    this.stateReadMs = performance.now();
    void readState(this.calls).then(
      (state) => {
        this.isReadingState = false;
        this.dispatch({ kind: "state", ...state });
      },
      () => {
        this.isReadingState = false;
        this.stateReadMs = Number.NEGATIVE_INFINITY;
        this.serverLost();
      },
    );
  }

  tick(nowMs: number): void {
    this.lastTickMs = nowMs;
    const isStale = this.isFresh && this.following === undefined;
    const ageMs = nowMs - this.stateReadMs;
    if (ageMs >= slotLimits.stateEveryMs || (!this.machine.serverUp && ageMs >= slotLimits.tickEveryMs)) {
      this.readState();
    } else if (isStale && ageMs >= 1000) {
      this.isFresh = false;
      this.readState(); // nobody follows the log, but where it ends is to be known
    }
    if (this.isReady) this.dispatch({ kind: "tick" });
  }

  /** Whether a state is to be taken in. */
  get needsImport(): boolean {
    if (this.states.isImporting || !this.isReady || !this.machine.serverUp) return false;
    return this.wantsImport || this.states.isReplacing || this.machine.needsState(performance.now()) !== undefined;
  }

  /** An import was under way when the agent before ended. */
  resumeImport(): void {
    this.wantsImport = true;
  }

  /** What is here may be torn: another region's state is to take its place. */
  replaceState(): void {
    this.states.replace();
  }

  async import(): Promise<void> {
    this.wantsImport = false;
    await this.states.import();
    this.lastEventMs = performance.now();
  }

  exported(peer: string, wish: ExportWish, signal: AbortSignal): AsyncIterable<ExportedText> {
    return this.states.exported(peer, wish, signal);
  }

  /** A look at the disk of the node begins: what stands here by now. */
  mark(node: object, look: number): void {
    const standing = this.standing();
    if (standing !== undefined && this.machine.serverUp) this.marks.add(node, look, standing);
  }

  unmark(): void {
    this.marks.forget();
  }

  /** What stood here at the node's look is durable. True where nothing is left to be. */
  durableAt(node: object, look: number): boolean {
    const vector = this.marks.take(node, look);
    if (vector !== undefined) this.dispatch({ kind: "durable", vector });
    return !this.marks.waitFor(node);
  }

  raise(alarm: Alarm): void {
    this.context.raise(alarm);
  }

  /** The state, which came last, before all that waited for it. */
  private begin(): void {
    this.wasReady = true;
    this.handle(this.waiting.pop()!);
    this.context.ready(this);
  }

  private handleAll(): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) this.handle(next);
  }

  private handle(event: Event): void {
    this.context.onEvent(event);
    if (event.kind === "state") this.endAtState = stampIn(event.vector, event.ownOrigin);
    for (const command of this.machine.handle(event, performance.now())) this.carryOut(command);
    if (event.kind === "applied" || event.kind === "logged" || event.kind === "state") this.context.moved(this);
    if (event.kind === "state" && this.following !== undefined) this.follow(this.following);
    if (event.kind === "acked" || event.kind === "peerUp") this.context.onProgress();
  }

  private carryOut(command: Command<Uint8Array>): void {
    const { links } = this.context;
    switch (command.kind) {
      case "send":
        links.send(command, this.slot);
        return;
      case "read":
        if (command.follow) this.follow(command);
        else void this.read(command);
        return;
      case "apply":
        void this.apply(command);
        return;
      case "ack":
        links.acknowledge(command, this.slot);
        return;
      case "close":
        links.close(command.source, command.alarm.message, this.slot);
        return;
      case "gap":
        links.tell(command, this.slot);
        return;
      case "trim":
        void this.change("REPLICA_TRIM_FAILED", { origin: command.origin }, "trim", command.origin, `${command.stamp}`);
        return;
      case "fold":
        void this.fold(command);
        return;
      case "alarm":
        this.raise(command.alarm);
        return;
    }
  }

  private follow(command: ReadCommand): void {
    this.following = command;
    if (!this.isFresh && command.after >= this.endAtState) return;
    this.isFresh = false;
    this.endAtState = 0;
    this.following = undefined;
    void this.read(command);
  }

  private async read(command: ReadCommand): Promise<void> {
    const { slots, limits } = this.context;
    const fetch = async (piece: ReadCommand): Promise<readonly Entry<Buffer>[]> => {
      const bounds = [String(piece.after), String(piece.entriesMax), String(piece.bytesMax)];
      return recordsOf(await slots.callBuffer(this.slot, "read", piece.origin, ...bounds)).map(ofItsOwn);
    };
    this.reads++;
    try {
      const { backlog } = command;
      const entries = await (backlog === undefined ? fetch(command) : readRuns(command, backlog, limits, fetch));
      this.dispatch({ kind: "logged", read: command.read, entries });
    } catch {
      this.isFresh ||= command.follow;
      this.dispatch({ kind: "readFailed", read: command.read }); // it is asked for again; a lost node reports itself
    } finally {
      this.reads--;
    }
  }

  private async apply({ apply, origin, after, entries }: CommandOf<"apply">): Promise<void> {
    const answer = await applyFrames(this.calls, origin, framesAfter(entries, after, this.applySize.of(origin)));
    if (answer === undefined) {
      this.serverLost();
      this.readState();
      return;
    }
    const { reply, applied } = answer;
    this.applySize.answered(origin, reply.status, applied);
    if (reply.status === "importing") this.wantsImport = true;
    if ("at" in reply) this.noteDelays(origin, entries, reply.at);
    this.dispatch({ kind: "applied", apply, reply });
  }

  private noteDelays(origin: string, entries: readonly Entry<Uint8Array>[], at: number): void {
    const meter = this.context.links.incoming.get(regionOfOrigin(origin))?.meter;
    if (meter === undefined) return;
    const [nowMs, unixMs] = [performance.now(), Date.now()];
    for (const { stamp } of entries) if (stamp <= at) meter.delayed(unixMs - msOfStamp(stamp), nowMs);
  }

  private async fold({ latest, ends }: CommandOf<"fold">): Promise<void> {
    const flat = ends.flatMap(([origin, stamp]) => [origin, String(stamp)]);
    if (await this.change("REPLICA_FOLD_FAILED", {}, "fold", latest, ...flat)) this.readState();
  }

  private async change(otherwise: AlarmCode, concerned: About, command: string, ...args: string[]): Promise<boolean> {
    try {
      await this.calls.call(command, ...args);
      return true;
    } catch (error) {
      if (!isServerLost(error)) {
        const message = error instanceof Error ? error.message : String(error);
        const { code, about } = refusalOf(message, otherwise, concerned);
        this.raise(alarmOf(code, about, message));
      }
      return false;
    }
  }

  /** Of all its logs; asked of the node now and then. */
  async measureLogs(): Promise<void> {
    const origins = [...(this.standing()?.applied.keys() ?? [])];
    const replies = await Promise.all(
      origins.map((origin) =>
        this.context.slots
          .command(this.slot, "MEMORY", "USAGE", `${rootOfSlot(this.slot)}:log:${origin}`)
          .catch(() => undefined),
      ),
    );
    this.logBytes = replies.reduce((sum: number, bytes) => sum + Number(bytes ?? 0), 0);
  }

  /** Of the logs of all slots. */
  dispatchLogSize(bytes: number): void {
    if (this.isReady) this.dispatch({ kind: "logSize", bytes });
  }
}

/** What came with it in one piece from the socket is not held in memory by a small record. */
function ofItsOwn({ stamp, payload }: Entry<Buffer>): Entry<Buffer> {
  return { stamp, payload: payload.length < slotLimits.copiedBytesMax ? Buffer.from(payload) : payload };
}
