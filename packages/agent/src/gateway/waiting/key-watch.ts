/**
 * Tells when keys change, for the clients that wait for it: one connection to the server, made when somebody waits for
 * the first time. It asks for the type of a key, and the server tells the next change of each key that was asked for
 * (CLIENT TRACKING, as for client-side caches), whoever makes it: nothing is asked over and over.
 *
 * (Rejected: following the logs of all regions. Every write of everybody would pass here, while somebody waits.)
 *
 * The connection speaks RESP3, in which such messages come between the replies. It is the agent's own user that asks,
 * and only when a key changes and what type it is: what a client gets, it gets over its own connection.
 *
 * Invariant: at most one question about a key is under way. A change told while it is was before the question was
 * answered, since messages and replies come in the server's order; so the answer counts.
 */
import type { Socket } from "node:net";
import type { KeyAsker, KeyListener } from "@meridian/core";
import { encodeCommand } from "../requests/inline-command.js";
import { gatewayLimits } from "../limits.js";
import { readRespThree, type RespThree } from "./resp-three.js";
import type { ServerConnector } from "../server-connection.js";

export interface Login {
  readonly username?: string;
  readonly password: string;
}

const NOTHING = Buffer.alloc(0);
/** Errors that pass by themselves: the server is starting, or busy with a script. */
const ELSEWHERE = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b/;
const PASSING = /^(LOADING|BUSY|MASTERDOWN)\b/;
const GREETINGS = 2;

export class KeyWatch implements KeyAsker {
  listener: KeyListener | undefined;

  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Replies to the greetings that are still to come; 0: it is ready. */
  private greetings = GREETINGS;
  /** Asked for, in order. */
  private readonly asked = new Set<string>();
  private out: Buffer[] = [];
  private held: Buffer = NOTHING;

  constructor(
    private readonly connector: ServerConnector,
    private readonly login: Login | undefined,
  ) {}

  /** Before the connection is ready nothing is asked: the listener is told then, and asks. */
  ask(key: string): void {
    if (this.socket === undefined && this.timer === undefined) this.connect();
    if (this.greetings > 0 || this.asked.has(key)) return;
    this.asked.add(key);
    this.send("TYPE", key);
  }

  /** Connects anew, where somebody waits. */
  leaveServer(): void {
    this.socket?.destroy();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  /** What is sent within one turn of the event loop goes together. */
  private send(...parts: string[]): void {
    if (this.out.length === 0) setImmediate(() => this.flush());
    this.out.push(encodeCommand(parts.map((part) => Buffer.from(part, "latin1"))));
  }

  private flush(): void {
    this.socket?.write(Buffer.concat(this.out));
    this.out = [];
  }

  private connect(): void {
    this.timer = undefined;
    const socket = this.connector((chunk) => this.onBytes(chunk));
    this.socket = socket;
    socket.on("error", () => undefined); // "close" follows
    socket.once("close", () => this.onClose());
    const { login } = this;
    const credentials = login === undefined ? [] : ["AUTH", login.username ?? "default", login.password];
    this.greetings = GREETINGS;
    this.send("HELLO", "3", ...credentials);
    this.send("CLIENT", "TRACKING", "ON");
  }

  private onClose(): void {
    this.socket = undefined;
    this.held = NOTHING;
    this.out = [];
    this.asked.clear();
    this.greetings = GREETINGS;
    if (this.stopped || this.listener?.waits !== true) return;
    this.timer = setTimeout(() => this.connect(), gatewayLimits.laneReconnectMs);
    this.timer.unref();
  }

  private onBytes(chunk: Buffer): void {
    const buffer = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    let at = 0;
    while (at < buffer.length) {
      const read = readRespThree(buffer, at);
      if (read === undefined) break;
      at = read.next;
      this.onValue(read.value);
    }
    this.held = at < buffer.length ? Buffer.from(buffer.subarray(at)) : NOTHING;
  }

  private onValue(value: RespThree): void {
    if (typeof value === "object" && value !== null && "pushed" in value) this.onPush(value.pushed);
    else if (this.greetings > 0) this.onGreeting(value);
    else this.onAnswer(value);
  }

  private onGreeting(value: RespThree): void {
    const refusal = errorOf(value);
    if (refusal === undefined) {
      this.greetings--;
      if (this.greetings === 0) this.listener?.onReady();
      return;
    }
    this.refused(refusal);
  }

  /** `invalidate` and the keys; null is all of them. */
  private onPush([kind, keys]: readonly RespThree[]): void {
    if (kind !== "invalidate") return;
    if (keys === null) this.listener?.onReady();
    else if (Array.isArray(keys)) for (const key of keys) this.onChange(key as string);
  }

  private onChange(key: string): void {
    if (!this.asked.has(key)) this.listener?.onChanged(key);
  }

  private onAnswer(value: RespThree): void {
    const [key] = this.asked;
    if (key === undefined) return;
    this.asked.delete(key);
    const refusal = errorOf(value);
    if (refusal !== undefined && ELSEWHERE.test(refusal)) this.listener?.onElsewhere?.(key, refusal);
    else if (refusal === undefined) this.listener?.onType(key, typeof value === "string" ? value : "none");
    else this.refused(refusal);
  }

  /** A connection that is closed is made again while somebody waits. */
  private refused(reason: string): void {
    this.socket?.destroy();
    if (!PASSING.test(reason)) this.listener?.onRefused(reason);
  }
}

function errorOf(value: RespThree): string | undefined {
  return typeof value === "object" && value !== null && "error" in value ? value.error : undefined;
}
