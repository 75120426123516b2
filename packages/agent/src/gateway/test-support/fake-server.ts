/**
 * Both routers with a server between them that exists only here: it takes function calls apart again and answers each
 * command by what is in it, so that a test knows every reply beforehand.
 */
import { createHash } from "node:crypto";
import { Socket } from "node:net";
import { ownKeyOf } from "../commands/own-keys.js";
import { BlockedClients } from "../waiting/blocked-clients.js";
import { Outbox, Slab } from "../bytes.js";
import { commandTable } from "@meridian/core";
import { FunctionCall } from "../requests/function-call.js";
import { PendingReplies } from "../replies/pending-replies.js";
import { noRegions } from "../region-service.js";
import { ReplyRouter } from "../replies/reply-router.js";
import { RequestRouter } from "../requests/request-router.js";
import type { WriteRun } from "../requests/function-call.js";
import { type LaneClient, LaneReplies } from "../lane/lane-replies.js";
import { KeyWatch } from "../waiting/key-watch.js";
import { newStats, type GatewayStats } from "../stats.js";
import { clientLimits } from "../settings.js";
import { WaitingClients } from "@meridian/core";
import { readReplies } from "./replies.js";

export const ROOT = "mer:{0}";
/** Cuts bytes into pieces. */
export type Cut = (bytes: Buffer) => Buffer[];

export interface Harness {
  /** Commands as the server executes them, calls taken apart; latin1. */
  readonly executed: string[][];
  readonly received: string;
  readonly requests: RequestRouter;
  readonly pending: PendingReplies;
  readonly stats: GatewayStats;
  /** Commands that went by the lane. */
  readonly laned: number;
  send(bytes: Buffer): void;
  /** Everything that is still owed by the lane comes. */
  settle(): void;
}

/** With `laneRounds`, commands may go by a lane, whose replies come that many sendings later. */
export function harness(cutReplies: Cut = (bytes) => [bytes], laneRounds?: () => number): Harness {
  const slab = new Slab();
  const owed: { dueIn: number; give: () => void }[] = [];
  const executed: string[][] = [];
  let laned = 0;
  const laneReplies = new LaneReplies();
  laneReplies.feed(Buffer.from("+PONG\r\n"));
  const owe = (client: LaneClient, call: boolean, count: number, serveIt: () => string): void => {
    laned += count;
    laneReplies.expect({ call, clients: [client], counts: [count], replies: count });
    const give = (): void => {
      for (const piece of cutReplies(Buffer.from(serveIt(), "latin1"))) {
        if (!laneReplies.feed(piece)) throw new Error("the lane's replies are out of form");
        piece.fill(0x21);
      }
    };
    owed.push({ dueIn: laneRounds?.() ?? 0, give });
  };
  const lane = {
    usable: true,
    loginNeeded: false,
    nowMs: () => 0,
    addWrites: (client: LaneClient, run: WriteRun, buffer: Buffer): void => {
      const out = new Outbox(new Slab());
      const { count } = run;
      run.writeBodyTo(out, buffer);
      const bytes: Buffer[] = [];
      out.drainTo({ write: (part) => bytes.push(Buffer.from(part)) > 0, cork() {}, uncork() {} });
      const body = Buffer.concat(bytes).toString("latin1");
      owe(client, true, count, () => `*${count}\r\n${executePipeline(readWrites(body), executed)}`);
    },
    addRead: (client: LaneClient, buffer: Buffer, start: number, end: number): void => {
      const [parts = []] = readReplies(buffer.toString("latin1", start, end)) as string[][];
      owe(client, false, 1, () => answer(parts, executed));
    },
  };
  const [toServer, toClient] = [new Outbox(slab), new Outbox(slab)];
  const pending = new PendingReplies();
  pending.proven = true;
  const stats = newStats();
  const context = {
    root: ROOT,
    rootBytes: Buffer.from(ROOT),
    isOwnKey: ownKeyOf(ROOT),
    slots: false,
    call: new FunctionCall(ROOT),
    stats,
    lane: laneRounds && lane,
    waiting: new WaitingClients(new KeyWatch(() => new Socket(), undefined)),
    limits: clientLimits(),
    blocked: new BlockedClients(),
    region: noRegions,
  };
  const requests = new RequestRouter(context, toServer, toClient, pending);
  const replies = new ReplyRouter(pending, toClient, ROOT);
  requests.lane.client = {
    onLaneReplies: (bytes, start, end, count) => {
      requests.lane.answered();
      replies.giveLane(bytes, start, end, count);
      if (requests.mayResume) requests.resume();
    },
    onLaneReadTooLarge: () => requests.lane.readAgain(true),
    onLaneLost: () => undefined,
  };
  const output: Buffer[] = [];
  const collect = { write: (part: Buffer) => output.push(Buffer.from(part)) > 0, cork() {}, uncork() {} };
  let unread = "";
  const serve = (): void => {
    if (toServer.empty) return;
    const bytes: Buffer[] = [];
    toServer.drainTo({ write: (part) => bytes.push(Buffer.from(part)) > 0, cork() {}, uncork() {} });
    unread += Buffer.concat(bytes).toString("latin1");
    const commands = readReplies(unread) as string[][];
    unread = unread.slice(commands.reduce((sum, parts) => sum + encodedLength(parts), 0));
    const answers = commands.map((parts) => execute(parts, executed)).join("");
    for (const piece of cutReplies(Buffer.from(answers, "latin1"))) {
      replies.feed(piece);
      piece.fill(0x21); // the router must not hold on to what it was lent
    }
    if (!requests.mayResume) return;
    requests.resume();
    serve();
  };
  const serveLane = (all: boolean): void => {
    for (const call of owed) call.dueIn--;
    while (owed.length > 0 && (all || (owed[0]?.dueIn ?? 0) < 0)) {
      const call = owed.shift();
      if (call === undefined) return;
      call.give();
      serve();
    }
  };
  return {
    executed,
    get laned() {
      return laned;
    },
    get received() {
      return Buffer.concat(output).toString("latin1");
    },
    requests,
    pending,
    stats,
    send: (bytes) => {
      requests.feed(bytes);
      serve();
      serveLane(false);
      toClient.drainTo(collect);
    },
    settle: () => {
      serveLane(true);
      toClient.drainTo(collect);
    },
  };
}

function encodedLength(parts: string[]): number {
  return parts.reduce(
    (sum, part) => sum + `$${part.length}\r\n`.length + part.length + 2,
    `*${parts.length}\r\n`.length,
  );
}

function execute(parts: string[], executed: string[][]): string {
  if (parts[0] !== "FCALL") return answer(parts, executed);
  if (parts.slice(1, 4).join(" ") === `mer_show 0 ${ROOT}`) return answer(parts.slice(4), executed);
  if (!/^mer(_free)?$/.test(parts[1] ?? "") || parts.slice(2, 4).join(" ") !== `1 ${ROOT}`)
    throw new Error(`not a call: ${parts.join(" ")}`);
  if (parts[4] !== "pipeline" && parts[4] !== "transaction") return answer(parts.slice(4), executed);
  const replies = executePipeline(parts.slice(5), executed);
  return `*${readReplies(replies).length}\r\n${replies}`;
}

function executePipeline(parts: string[], executed: string[][]): string {
  let replies = "";
  for (let at = 0; at < parts.length; at += Number(parts[at]) + 1) {
    replies += answer(parts.slice(at + 1, at + 1 + Number(parts[at])), executed);
  }
  return replies;
}

/** Arguments without the header of a command around them. */
function readWrites(body: string): string[] {
  return readReplies(body) as string[];
}

function answer(parts: string[], executed: string[][]): string {
  executed.push(parts);
  return replyTo(parts);
}

/** What the client is to get: of function calls, integers of any size as integers. */
export function replyToClient(parts: readonly string[], long?: ":"): string {
  const called = commandTable.some(
    ({ name, kind, check }) => (kind === "write" || check === "shown") && name === parts[0]?.toLowerCase(),
  );
  return replyTo(parts, long ?? (called ? ":" : "+"));
}

/** Of every form that RESP2 has, chosen by the command's bytes; `long` goes before integers that Lua cannot hold. */
export function replyTo(parts: readonly string[], long = "+"): string {
  const digest = createHash("md5").update(parts.join("\0"), "latin1").digest();
  const text = digest.toString("latin1");
  const forms = [
    `+s${digest.toString("hex")}\r\n`,
    `${long}9223372036854775807\r\n`,
    `*2\r\n+OK\r\n${long}-9223372036854775808\r\n`,
    `-ERR ${digest.toString("hex")}\r\n`,
    `:${digest[1] ?? 0}\r\n`,
    `:-${digest[1] ?? 0}\r\n`,
    `$16\r\n${text}\r\n`,
    "$-1\r\n",
    "*-1\r\n",
    "*0\r\n",
    "$0\r\n\r\n",
    `*3\r\n$16\r\n${text}\r\n*2\r\n:1\r\n*1\r\n+a\r\n$-1\r\n`,
    `$9000\r\n${text.repeat(9000).slice(0, 9000)}\r\n`,
    `*2\r\n*0\r\n-ERR inside\r\n`,
  ];
  return forms[(digest[0] ?? 0) % forms.length] ?? "";
}
