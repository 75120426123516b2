/**
 * Asks one node which of its slots got entries of their own: the library keeps that in the memory of the process
 * (`mer_fresh`). The cost follows the writes; an idle node is asked some fifty times a second.
 *
 * Another instance, a process that began anew or a library that was loaded again, has forgotten what was before: then all
 * slots of the node are to be looked at.
 */
import { slotOfRoot } from "@meridian/core";
import type { SlotNode } from "@meridian/engine";
import { slotLimits } from "./limits.js";

export interface FreshPollOptions {
  readonly node: SlotNode;
  readonly fresh: (slots: readonly number[]) => void;
  /** An agent has asked another one something, by the memory of this node. */
  readonly asked: () => void;
  /** What was fresh before is not known: this is the first answer, or one of another instance. */
  readonly forgotten: (instance: string) => void;
}

export class FreshPoll {
  private isStopped = false;
  private instance: string | undefined;
  private serial = "";
  private questions = "";
  /** Asked and answered so often, for whoever waits for an answer to what is asked from now on. */
  private asked = 0;
  private answered = 0;
  private waiting: { readonly from: number; readonly done: () => void }[] = [];
  private wake: () => void = () => undefined;

  constructor(private readonly options: FreshPollOptions) {
    void this.run();
  }

  stop(): void {
    this.isStopped = true;
    this.wake();
    for (const { done } of this.waiting.splice(0)) done();
  }

  /** Resolves when all that was written before is known. */
  async caughtUp(): Promise<void> {
    if (this.isStopped) return;
    const from = this.asked;
    await new Promise<void>((done) => {
      this.waiting.push({ from, done });
      this.wake();
    });
  }

  private async run(): Promise<void> {
    let pauseMs: number = slotLimits.pollMsMin;
    while (!this.isStopped) {
      const before = this.serial;
      this.asked++;
      try {
        const { node } = this.options;
        const since = this.instance === undefined ? "" : `${this.instance} ${this.serial}`;
        this.take(await node.redis.call("FCALL", "mer_fresh", "0", since));
        this.answered = this.asked;
        this.tell();
        const isBusy = this.serial !== before;
        pauseMs = isBusy ? slotLimits.pollMsMin : Math.min(slotLimits.pollMsMax, pauseMs * 1.5);
      } catch {
        pauseMs = slotLimits.pollRetryMs; // a lost node reports itself
      }
      await this.pause(this.waiting.length > 0 ? slotLimits.pollMsMin : pauseMs);
    }
  }

  private take(reply: unknown): void {
    if (this.isStopped) return;
    if (!Array.isArray(reply) || reply.length < 3) throw new RangeError("no reply to mer_fresh");
    const [instance, serial, roots, questions = 0] = reply as [string, string | number, string[], number?];
    const isOther = this.instance !== String(instance);
    this.instance = String(instance);
    this.serial = String(serial);
    if (isOther) this.options.forgotten(this.instance);
    if (isOther || this.questions !== String(questions)) this.options.asked();
    this.questions = String(questions);
    if (!isOther && roots.length > 0) this.options.fresh(roots.map(slotOfRoot));
  }

  private tell(): void {
    const done = this.waiting.filter(({ from }) => from < this.answered);
    this.waiting = this.waiting.filter(({ from }) => from >= this.answered);
    for (const one of done) one.done();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
