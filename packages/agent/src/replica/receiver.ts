/**
 * The receiving half: what comes is queued by origin, applied in batches, acknowledged.
 *
 * 1. One `apply` is under way at a time; the origins take turns.
 * 2. A queue is an unbroken chain from where the server stands; what does not fit is asked for again, not kept.
 * 3. What waits for other entries is tried again when those are here.
 * 4. Who sent what was dropped is asked to rewind, each of them; or its stream is closed, and begins anew. What the server
 *    lost of it may never have been acknowledged, so its sources are asked as well, for they take it to be under way.
 * 5. An entry that can't be read is found by applying one by one; its source is closed and kept in quarantine.
 */
import { refusalOf, type AlarmCode } from "./alarms.js";
import type { ApplyReply, Batch, Entry, Payload, Rewind } from "./protocol.js";
import { Queue } from "./receiver-queue.js";
import type { Shared } from "./shared.js";
import { stampIn, WHOLE } from "./vector.js";

interface Applying<P extends Payload> {
  readonly apply: number;
  readonly queue: Queue<P>;
  readonly entries: readonly Entry<P>[];
}

export class Receiver<P extends Payload> {
  private readonly queues = new Map<string, Queue<P>>();
  /** `<source> <origin>` to the time from which it is accepted again. */
  private readonly quarantine = new Map<string, number>();
  private applying: Applying<P> | undefined;
  private turn = 0;
  private unacknowledged = false;
  private acknowledgedAtMs = 0;
  private heldAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly shared: Shared<P>) {}

  /** Those of which something came. */
  origins(): Iterable<string> {
    return this.queues.keys();
  }

  /** Of one origin: entries waiting, and the stamp of the oldest. */
  backlogOf(origin: string): { entries: number; oldest: number | undefined } {
    const queue = this.queues.get(origin);
    return { entries: queue?.count ?? 0, oldest: queue?.headStamp };
  }

  sourceUp(source: string, nowMs: number): void {
    this.shared.sources.add(source);
    this.acknowledgeAll(nowMs);
  }

  sourceDown(source: string, nowMs: number): void {
    this.shared.sources.delete(source);
    for (const queue of this.queues.values()) queue.rewinds.delete(source); // the next stream begins where we stand
    this.acknowledgeAll(nowMs);
  }

  serverLost(): void {
    this.applying = undefined;
  }

  /** The server's state was read (again): it may stand lower than before, or higher. */
  stateRead(moved: boolean, nowMs: number): void {
    for (const queue of this.queues.values()) {
      if (stampIn(this.shared.vector, queue.origin) === WHOLE) {
        this.queues.delete(queue.origin); // folded: nothing more comes of it
        continue;
      }
      const isLost = stampIn(this.shared.vector, queue.origin) < queue.after;
      this.align(queue, "missing", nowMs);
      if (isLost) for (const source of this.shared.sources) this.askAgain(queue, source, "missing", nowMs);
    }
    if (moved) this.unacknowledged = true;
    this.work(nowMs);
  }

  received(source: string, batch: Batch<P>, nowMs: number): void {
    const { shared } = this;
    const { origin, entries } = batch;
    if (!this.shared.sources.has(source) || entries.length === 0 || origin === shared.ownOrigin) return;
    if ((this.quarantine.get(`${source} ${origin}`) ?? 0) > nowMs) return;
    const queue = this.queueOf(origin);
    if (entries[entries.length - 1]!.stamp <= queue.last) {
      queue.rewinds.delete(source);
      this.unacknowledged = true; // the source does not know that it is here
      this.work(nowMs);
      return;
    }
    const { queueBytesMax, queueEntriesMax } = shared.limits;
    const full = queue.count > 0 && (queue.bytes > queueBytesMax || queue.count > queueEntriesMax);
    if (full || batch.after > queue.last) {
      this.askAgain(queue, source, "missing", nowMs);
      return;
    }
    queue.rewinds.delete(source);
    queue.push(source, batch);
    this.work(nowMs);
  }

  applied(apply: number, reply: ApplyReply, nowMs: number): void {
    const done = this.applying;
    if (done === undefined || done.apply !== apply) return;
    this.applying = undefined;
    const { queue, entries } = done;
    if ("at" in reply) this.moved(queue, reply.at, entries.length);
    if (reply.status !== "unknown") queue.unknownSinceMs = undefined;
    switch (reply.status) {
      case "ok":
        this.align(queue, "missing", nowMs);
        break;
      case "gap":
        if (queue.count > 0) this.drop(queue, "refused", nowMs);
        break;
      case "wait":
        queue.blocked = { kind: "wait", origin: reply.detailOrigin, stamp: reply.detailStamp, sinceMs: nowMs };
        break;
      case "ahead":
        this.retryLater(queue, "REPLICA_CLOCK_AHEAD", `stamp ${reply.detailStamp}`, nowMs);
        break;
      case "importing":
        queue.blocked = { kind: "retry", atMs: nowMs + this.shared.limits.applyRetryMs };
        break;
      case "failed":
        this.retryLater(queue, "REPLICA_APPLY_FAILED", reply.message, nowMs);
        break;
      case "bad":
        if (entries.length > 1) queue.singly = entries.length;
        else this.poisoned(queue, "REPLICA_BAD_ENTRY", reply.message, nowMs);
        break;
      case "unknown":
        this.unknown(queue, reply.message, nowMs);
        break;
    }
    this.work(nowMs);
  }

  tick(nowMs: number): void {
    const { rewindRetryMs, waitAlarmMs } = this.shared.limits;
    for (const queue of this.queues.values()) {
      const { rewinds, blocked } = queue;
      for (const [source, { askedAtMs, again }] of rewinds) {
        if (again && nowMs - askedAtMs >= rewindRetryMs) this.askAgain(queue, source, "missing", nowMs);
      }
      if (blocked?.kind === "wait" && nowMs - blocked.sinceMs >= waitAlarmMs) {
        const detail = `for ${blocked.origin} at ${blocked.stamp}`;
        this.shared.alarm("REPLICA_WAITING", { origin: queue.origin }, detail, nowMs);
      }
    }
    for (const [key, untilMs] of this.quarantine) {
      if (untilMs > nowMs) continue;
      this.quarantine.delete(key);
      const [source = "", origin = ""] = key.split(" ");
      this.askAgain(this.queueOf(origin), source, "missing", nowMs);
    }
    if (nowMs - this.heldAtMs >= this.shared.limits.heldLookMs) {
      this.heldAtMs = nowMs;
      if (this.shared.held.look(this.queues.values())) this.unacknowledged = true;
    }
    this.work(nowMs);
  }

  private queueOf(origin: string): Queue<P> {
    let queue = this.queues.get(origin);
    if (queue === undefined) {
      queue = new Queue<P>(origin, stampIn(this.shared.vector, origin));
      this.queues.set(origin, queue);
    }
    return queue;
  }

  /** Starts the next apply where none is under way, and acknowledges what is due. */
  private work(nowMs: number): void {
    if (this.shared.serverUp && this.applying === undefined) this.applyNext(nowMs);
    if (!this.unacknowledged) return;
    const isIdle = this.applying === undefined;
    if (!isIdle && nowMs - this.acknowledgedAtMs < this.shared.limits.acknowledgeEveryMs) return;
    this.acknowledgeAll(nowMs);
  }

  acknowledgeAll(nowMs: number): void {
    this.unacknowledged = false;
    this.acknowledgedAtMs = nowMs;
    for (const source of this.shared.sources) this.ack(source, undefined);
  }

  private applyNext(nowMs: number): void {
    const queues = [...this.queues.values()];
    for (let step = 0; step < queues.length; step++) {
      const queue = queues[(this.turn + step) % queues.length]!;
      if (queue.count === 0 || this.isBlocked(queue, nowMs)) continue;
      this.turn = (this.turn + step + 1) % queues.length;
      const { applyEntriesMax, applyBytesMax } = this.shared.limits;
      const entries = queue.head(queue.singly > 0 ? 1 : applyEntriesMax, applyBytesMax);
      const apply = this.shared.nextId();
      this.applying = { apply, queue, entries };
      this.shared.commands.push({ kind: "apply", apply, origin: queue.origin, after: queue.after, entries });
      return;
    }
  }

  private isBlocked(queue: Queue<P>, nowMs: number): boolean {
    const { blocked } = queue;
    if (blocked === undefined) return false;
    const over =
      blocked.kind === "wait" ? stampIn(this.shared.vector, blocked.origin) >= blocked.stamp : blocked.atMs <= nowMs;
    if (over) queue.blocked = undefined;
    return !over;
  }

  private moved(queue: Queue<P>, at: number, tried: number): void {
    const { vector } = this.shared;
    queue.singly = Math.max(0, queue.singly - tried);
    if (stampIn(vector, queue.origin) === at) return;
    vector.set(queue.origin, at);
    this.unacknowledged = true;
    if (at >= queue.after) queue.advance(at);
  }

  /** The queue against where the server stands: what is done goes; a chain that no longer fits is dropped. */
  private align(queue: Queue<P>, reason: Rewind["reason"], nowMs: number): void {
    const at = stampIn(this.shared.vector, queue.origin);
    if (!queue.advance(at)) this.drop(queue, reason, nowMs);
  }

  private drop(queue: Queue<P>, reason: Rewind["reason"], nowMs: number): void {
    const { headSource, sources } = queue;
    queue.clear(stampIn(this.shared.vector, queue.origin));
    for (const source of sources) this.askAgain(queue, source, source === headSource ? reason : "missing", nowMs);
  }

  private poisoned(queue: Queue<P>, code: AlarmCode, message: string, nowMs: number): void {
    const source = queue.headSource ?? "";
    const { origin, sources } = queue;
    queue.clear(stampIn(this.shared.vector, origin));
    this.quarantine.set(`${source} ${origin}`, nowMs + this.shared.limits.quarantineMs);
    const alarm = this.shared.alarm(code, { peer: source, origin }, message, nowMs);
    this.shared.commands.push({ kind: "close", source, alarm });
    for (const other of sources) if (other !== source) this.askAgain(queue, other, "missing", nowMs);
  }

  private retryLater(queue: Queue<P>, code: AlarmCode, detail: string, nowMs: number): void {
    queue.blocked = { kind: "retry", atMs: nowMs + this.shared.limits.applyRetryMs };
    const refusal = refusalOf(detail, code, { origin: queue.origin });
    this.shared.alarm(refusal.code, refusal.about, detail, nowMs);
  }

  /** A region that was added may be heard of before it is known here; its entries wait, and whatever was made upon them. */
  private unknown(queue: Queue<P>, message: string, nowMs: number): void {
    const { applyRetryMs, waitAlarmMs } = this.shared.limits;
    queue.blocked = { kind: "retry", atMs: nowMs + applyRetryMs };
    queue.unknownSinceMs ??= nowMs;
    if (nowMs - queue.unknownSinceMs < waitAlarmMs) return;
    this.shared.alarm("REPLICA_UNKNOWN_REGION", { origin: queue.origin }, message, nowMs);
  }

  private askAgain(queue: Queue<P>, source: string, reason: Rewind["reason"], nowMs: number): void {
    if (!this.shared.sources.has(source)) return; // its next stream begins where we stand
    const { rewinds, origin } = queue;
    const before = rewinds.get(source);
    if (before !== undefined && nowMs - before.askedAtMs < this.shared.limits.rewindRetryMs) {
      before.again = true;
      return;
    }
    rewinds.set(source, { askedAtMs: nowMs, again: false });
    this.ack(source, { origin, after: queue.last, reason });
  }

  private ack(source: string, rewind: Rewind | undefined): void {
    this.shared.commands.push({ kind: "ack", source, standing: this.shared.standing(), rewind });
  }
}
