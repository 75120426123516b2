/** Conflicts as they arise, from messages of a server to readers of the admin API: what is told, missed and refused. */
import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { expect, test } from "vitest";
import { agentLimits } from "../limits.js";
import { ConflictNotices } from "./conflict-notices.js";
import { ConflictStreams, Reader } from "./conflict-stream.js";
import type { ConflictNotice } from "./documents.js";

class Connection extends EventEmitter {
  ended = false;
  subscribed: string[] = [];
  subscribe(channel: string): Promise<void> {
    this.subscribed.push(channel);
    return Promise.resolve();
  }
  disconnect(): void {
    this.ended = true;
  }
}

const side = { value: "v", size: 1, origin: "us~1", region: "us", stamp: 1, atMs: 2 };
const place = { root: "mer:{0}", key: "k", type: "string", part: "" };
const conflict = (number: number, more: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ event: "conflict", ...place, number, winner: side, losers: [side], ...more }), "latin1");

test("messages are told while somebody listens, and gaps between them; what is no notice is left out", () => {
  const made: Connection[] = [];
  const duplicate = (): Redis => {
    made.push(new Connection());
    return made.at(-1) as unknown as Redis;
  };
  const notices = new ConflictNotices({ region: "us", duplicate });
  expect(made).toEqual([]);
  const told: ConflictNotice[] = [];
  const leave = [notices.subscribe((notice) => told.push(notice)), notices.subscribe(() => undefined)];
  const [connection] = made;
  expect([made.length, connection?.subscribed]).toEqual([1, ["meridian:conflicts"]]);
  const say = (message: Buffer): boolean | undefined => connection?.emit("messageBuffer", Buffer.from(""), message);
  connection?.emit("ready");
  say(conflict(5, { key: "k\xff" }));
  say(conflict(8));
  for (const text of ["", "null", "7", "{}", '{"event":"conflict","root":"r","key":"k","type":"t","part":""}']) {
    say(Buffer.from(text));
  }
  say(conflict(1, { event: "other" }));
  say(Buffer.alloc(agentLimits.conflictNoticeBytesMax + 1, " "));
  connection?.emit("ready");
  say(conflict(20, { event: "resolved", resolver: "r", version: 2 }));
  const common = { seenIn: "us", key: "k", type: "string", part: "", winner: side, losers: [side] };
  expect(told).toEqual([
    { event: "conflict", ...common, key: { base64: Buffer.from("k\xff", "latin1").toString("base64") } },
    { event: "missed", seenIn: "us", count: 2 },
    { event: "conflict", ...common },
    { event: "missed", seenIn: "us", count: null },
    { event: "resolved", ...common, resolver: "r", version: 2 },
  ]);
  leave[0]?.();
  leave[0]?.();
  expect(connection?.ended).toBe(false);
  leave[1]?.();
  expect(connection?.ended).toBe(true);
  notices.subscribe(() => undefined);
  expect(made).toHaveLength(2);
});

class Response extends EventEmitter {
  writableLength = 0;
  written: string[] = [];
  writeHead(): void {
    this.written = [];
  }
  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
}

test("a reader that is slow is told how many it missed, once it reads on", () => {
  const response = new Response();
  const reader = new Reader(response as never);
  const notice: ConflictNotice = {
    event: "conflict",
    seenIn: "us",
    key: "k",
    type: "t",
    part: "",
    winner: null,
    losers: [],
  };
  reader.tell(notice);
  response.writableLength = agentLimits.conflictReaderBytesMax + 1;
  reader.tell(notice);
  response.writableLength = 0; // it is told in order all the same
  reader.tell({ event: "missed", seenIn: "us", count: 7 });
  expect(response.written).toHaveLength(1);
  response.emit("drain");
  reader.tell(notice);
  expect(response.written.slice(1)).toEqual([
    'event: missed\ndata: {"event":"missed","count":8,"seenIn":"us"}\n\n',
    `event: conflict\ndata: ${JSON.stringify(notice)}\n\n`,
  ]);
});

test("readers beyond the bound are refused; one that leaves makes room", () => {
  let listening = 0;
  const streams = new ConflictStreams(() => {
    listening++;
    return () => listening--;
  });
  const responses = Array.from({ length: agentLimits.conflictReadersMax }, () => new Response());
  for (const response of responses) streams.open(response as never);
  expect(listening).toBe(agentLimits.conflictReadersMax);
  expect(() => streams.open(new Response() as never)).toThrow("are watching here");
  responses[0]?.emit("close");
  expect(listening).toBe(agentLimits.conflictReadersMax - 1);
  streams.open(new Response() as never);
  for (const response of responses.slice(1)) response.emit("close");
});
