/**
 * A command that may wait: BLPOP and its like, and XREADGROUP BLOCK. The function runs it in the form that never waits; nil means that there
 * is nothing yet. It is tried at once, and again when one of its keys changed.
 *
 * What was not served when its time is over, or when the client ends, is tried no more. While a try is under way its answer is waited for: what
 * it pops is the caller's.
 */
import type { AwaitedType, WaitingClient, WaitingClients } from "@meridian/core";
import type { Command } from "ioredis";
import { ClientError } from "../errors.js";
import { limits } from "../limits.js";
import { entryOf } from "../verdict.js";

const TIMEOUT_FIRST: readonly string[] = ["blmpop", "bzmpop"];
/** Of XREADGROUP, behind GROUP, the group and the consumer. */
const OPTIONS_AT = 3;

/** Sends the command once, as a call that does not wait. */
export type Try = (command: Command) => Promise<unknown>;

export class WaitingCommand implements WaitingClient {
  readonly keys: readonly string[];
  readonly awaits: AwaitedType;
  private readonly untilMs: number;
  private timer: NodeJS.Timeout | undefined;
  private isTrying = false;
  private isOver = false;
  /** How it ends when the try under way finds nothing. */
  private lastWord: (() => void) | undefined;

  constructor(
    private readonly command: Command,
    private readonly waiting: WaitingClients,
    private readonly send: Try,
    private readonly ended: (command: WaitingCommand) => void,
  ) {
    this.awaits = entryOf(command.name)?.awaits ?? "list";
    this.keys = command.getKeys().map((key) => Buffer.from(key as string).toString("latin1"));
    const timeoutMs = timeoutMsOf(command);
    this.untilMs = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
  }

  begin(): void {
    // What names no key is refused by the function.
    if (this.keys.length === 0)
      this.send(this.command).then(
        (reply) => this.served(reply),
        (error: Error) => this.fails(error),
      );
    else this.waiting.join(this);
  }

  tryNow(): void {
    this.isTrying = true;
    this.send(this.command).then(
      (reply) => this.tried(reply),
      (error: Error) => {
        this.isTrying = false;
        this.waiting.tried(this, true, true);
        this.fails(error);
      },
    );
  }

  onStreamGone(): void {
    this.giveUp(() => this.fails(new ClientError("streamGone")));
  }

  onCannotWait(reason: string): void {
    this.giveUp(() => this.fails(new ClientError("MERIDIAN_CANNOTWAIT", { reason })));
  }

  /** The client has ended. */
  stop(): void {
    this.giveUp(() => this.fails(new Error("Connection is closed.")));
  }

  private tried(reply: unknown): void {
    this.isTrying = false;
    if (reply !== null) {
      this.waiting.tried(this, true);
      this.served(reply);
      return;
    }
    if (this.lastWord === undefined) this.awaitEnd();
    this.waiting.tried(this, false);
    if (this.lastWord !== undefined && !this.isTrying) this.giveUp(this.lastWord);
  }

  private giveUp(lastWord: () => void): void {
    this.lastWord = lastWord;
    if (this.isTrying || this.isOver) return;
    this.waiting.leave(this);
    lastWord();
  }

  private awaitEnd(): void {
    if (this.timer !== undefined || this.untilMs === Infinity) return;
    const leftMs = Math.max(0, Math.ceil(this.untilMs - performance.now()));
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        if (performance.now() < this.untilMs) this.awaitEnd();
        else this.giveUp(() => this.served(null));
      },
      Math.min(leftMs, limits.timerMsMax),
    );
  }

  private served(reply: unknown): void {
    if (this.over()) this.command.resolve(reply);
  }

  private fails(error: Error): void {
    if (this.over()) this.command.reject(error);
  }

  private over(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    clearTimeout(this.timer);
    this.ended(this);
    return true;
  }
}

/** 0: for ever. Its form the function checks with the first try. */
function timeoutMsOf({ name, args }: Command): number {
  const entry = entryOf(name);
  if (entry?.awaits !== "stream") {
    return Math.ceil(Number(args[TIMEOUT_FIRST.includes(entry?.name ?? "") ? 0 : args.length - 1]) * 1000);
  }
  const words = args.map((part) => String(part).toLowerCase());
  return Number(words[words.indexOf("block", OPTIONS_AT) + 1]);
}
