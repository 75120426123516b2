/** How far one origin's log has gone to one peer: sent, acknowledged, and what lies between. */
import { Window } from "./sender-window.js";

export interface Frame {
  readonly first: number;
  readonly last: number;
  readonly entries: number;
  readonly bytes: number;
}

export class Cursor {
  readonly origin: string;
  sent: number;
  acked: number;
  /** The read that fetches what comes after `sent`. */
  reading: number | undefined;
  /** Sent and not acknowledged. */
  frames: Frame[] = [];
  flightBytes = 0;
  flightEntries = 0;
  /** Since when the peer has been behind us without moving: when others' entries are passed on. */
  stillSinceMs: number | undefined;
  relaying = false;
  /** Not sent to until then, unless the peer moves: the log does not reach back. */
  parkedUntilMs = 0;
  /** Until this stamp no runs are sent: the peer refused one. */
  plainTo = 0;
  readonly window = new Window();
  private refusedAt = -1;
  private refusals = 0;

  constructor(origin: string, at: number) {
    this.origin = origin;
    this.sent = at;
    this.acked = at;
  }

  push(frame: Frame): void {
    this.frames.push(frame);
    this.flightBytes += frame.bytes;
    this.flightEntries += frame.entries;
    this.sent = frame.last;
  }

  /** The peer stands there now. True where that is not where it stood. */
  acknowledge(stamp: number, nowMs: number): boolean {
    if (stamp === this.acked) return false;
    const lowered = stamp < this.acked;
    this.acked = stamp;
    this.parkedUntilMs = 0;
    if (lowered) {
      this.rewind(stamp);
      return true;
    }
    if (stamp > this.sent) {
      this.relaying = false; // somebody else brings it
      this.rewind(stamp);
      return true;
    }
    let done = 0;
    while (done < this.frames.length && this.frames[done]!.last <= stamp) this.land(this.frames[done++]!, nowMs);
    if (done > 0) this.frames = this.frames.slice(done);
    return true;
  }

  /** Sends what comes after the stamp (again). */
  rewind(stamp: number): void {
    this.sent = stamp;
    this.reading = undefined;
    const kept = this.frames.filter(({ last }) => last <= stamp && last > this.acked);
    this.frames = [];
    this.flightBytes = 0;
    this.flightEntries = 0;
    for (const frame of kept) this.push(frame);
    this.sent = stamp;
  }

  /** How often in a row the peer's server has refused what comes after this stamp. */
  countRefusal(stamp: number): number {
    this.refusals = this.refusedAt === stamp ? this.refusals + 1 : 1;
    this.refusedAt = stamp;
    return this.refusals;
  }

  private land(frame: Frame, nowMs: number): void {
    this.window.landed(frame.bytes, nowMs);
    this.flightBytes -= frame.bytes;
    this.flightEntries -= frame.entries;
  }
}
