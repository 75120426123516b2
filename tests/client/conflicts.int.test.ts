/** Conflicts told to applications in two regions, and settled by their resolvers, over gateways and a link that is cut. */
import {
  type ConflictEvent,
  type ConflictFeed,
  type ConflictLimits,
  type ConflictResolver,
  type ConflictsEvent,
  connect,
  mergeJsonFields,
  type Regions,
  type Resolver,
  resolveConflicts,
  type Settled,
  watchConflicts,
} from "@meridian/client";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createConnection } from "node:net";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ShapedLine } from "../shaped-line.js";
import { bothShow, BOTH, EU, type Region, TwoRegions, US } from "../two-regions.js";

let two: TwoRegions;
let clients: Redis[];
/** To the gateway of us. */
let line: ShapedLine;
const NAMES = ["us", "eu"] as const;
const SOON = { turnMs: 1, retryMs: 20 };

beforeAll(async () => {
  two = await TwoRegions.start();
  line = await ShapedLine.start(two.address(US).port);
  clients = BOTH.map((region) => new Redis(two.address(region)));
}, 60_000);
afterEach(async () => {
  line.mend();
  await two.mendAndClose();
}, 60_000);
afterAll(async () => {
  for (const client of clients ?? []) client.disconnect();
  await TwoRegions.stop();
}, 60_000);

const at = (region: Region): Redis => clients[region]!;
const get =
  (key: string) =>
  (region: Region): Promise<string | null> =>
    at(region).get(key);

/** Of us through its gateway, of eu at its server itself. */
async function regionsAt(local: Region): Promise<Regions> {
  const name = NAMES[local];
  const port = local === US ? line.port : two.running.basePort + 101 + EU;
  const regions = await connect({
    regions: [{ name, url: `redis://127.0.0.1:${port}`, through: local === US ? "gateway" : "server" }],
    local: name,
    limits: { probeEveryMs: 50, openMsMin: 50, openMsMax: 50, reconnectMsMin: 10, reconnectMsMax: 50 },
  });
  two.onClose(() => regions.close());
  return regions;
}

const feedAt = async (local: Region, limits?: Partial<ConflictLimits>): Promise<ConflictFeed> =>
  watchConflicts(await regionsAt(local), limits);

interface Watched {
  readonly resolver: ConflictResolver;
  readonly settled: Settled[];
  readonly problems: string[];
}

async function resolveAt(local: Region, resolver: Partial<Resolver> & Pick<Resolver, "prefix">): Promise<Watched> {
  const whole = { name: "fields", version: 1, merge: mergeJsonFields, ...resolver };
  const watched = { resolver: await resolveConflicts(await regionsAt(local), whole, SOON), settled: [], problems: [] };
  const { settled, problems } = watched as Watched;
  watched.resolver.on("settled", (one) => settled.push(one));
  watched.resolver.on("problem", (error) => problems.push(error.message.split(" ", 1)[0] ?? ""));
  return watched;
}

/** Within one millisecond the region listed first has the later stamp. */
async function laterStamp(): Promise<void> {
  const nowMs = Date.now();
  while (Date.now() <= nowMs) await nextTurn();
}

/** Written in both regions while they don't hear of each other; eu writes last. */
async function writeApart(write: (client: Redis, region: Region) => Promise<unknown>): Promise<void> {
  await two.link(false);
  await write(at(US), US);
  await laterStamp();
  await write(at(EU), EU);
}

const PUSHED = ">3\r\n$7\r\nmessage\r\n";

/** A client of RESP3 that listens; what it has got so far. */
async function respThree(): Promise<() => string> {
  const socket = createConnection(two.address(US));
  two.onClose(() => socket.destroy());
  let got = "";
  socket.on("data", (chunk) => (got += chunk.toString("latin1")));
  socket.write("HELLO 3\r\nSUBSCRIBE meridian:conflicts\r\n");
  await waitFor(() => got.includes(">3\r\n$9\r\nsubscribe\r\n"), { what: "the subscription" });
  return () => got;
}

/** What the admin API has told so far of conflicts in both regions. */
async function eventsOfApi(): Promise<() => string> {
  const leaving = new AbortController();
  two.onClose(() => leaving.abort());
  const url = `http://127.0.0.1:${two.running.basePort}/api/conflicts/events`;
  const response = await fetch(url, { signal: leaving.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let got = "";
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) got += Buffer.from(chunk as Uint8Array).toString();
  };
  read().catch(() => undefined); // it is left
  for (const [region, listeners] of [
    [US, 3], // one feed, the client of RESP3, and the agent
    [EU, 2],
  ] as const) {
    await waitFor(async () => Number((await at(region).pubsub("NUMSUB", "meridian:conflicts"))[1]) === listeners, {
      what: "the agent to listen",
    });
  }
  return () => got;
}

/** What us wrote before this has arrived in eu, and the other way round. */
async function meet(): Promise<void> {
  await two.link(true);
  for (const region of BOTH) await at(region).set(`met:${region}`, String(performance.now()));
  for (const key of BOTH.map((region) => `met:${region}`)) await bothShow(get(key), await latest(key));
}

async function latest(key: string): Promise<string | null> {
  return at(key.endsWith(String(US)) ? US : EU).get(key);
}

test("each region tells of a conflict: what won, what lost, where it was written and when", async () => {
  const feeds = await Promise.all(BOTH.map((region) => feedAt(region)));
  const seen: ConflictEvent[][] = BOTH.map(() => []);
  feeds.forEach((feed, region) => feed.on("conflict", (event) => seen[region]?.push(event)));
  const three = await respThree();
  const page = await eventsOfApi();
  const beginMs = Date.now() - 1;
  await writeApart(async (client, region) => {
    await client.set("told", NAMES[region]);
    await client.hset("told:h", "field", Buffer.from([0xff, region]));
    await client.set("told:large", "x".repeat(2000) + region);
  });
  await two.link(true);
  for (const region of BOTH) {
    await waitFor(() => seen[region]?.length === 3, { what: `three conflicts in ${region}` });
    const [text, hash, large] = seen[region]!;
    expect(text).toMatchObject({ key: "told", type: "string", part: "", seenIn: NAMES[region] });
    expect(text).toMatchObject({ winner: { value: "eu", region: "eu" }, losers: [{ value: "us", region: "us" }] });
    expect(text?.winner?.atMs).toBeGreaterThan(beginMs);
    expect(hash).toMatchObject({ key: "told:h", type: "hash", part: "field" });
    expect(hash?.winner?.bytes).toEqual(Buffer.from([0xff, EU]));
    expect(large).toMatchObject({ winner: { value: undefined, size: 2001 }, losers: [{ size: 2001 }] });
  }
  await waitFor(() => three().split(PUSHED).length === 4, { what: "three messages of RESP3" });
  await waitFor(() => page().split("event: conflict\n").length === 7, { what: "events of the admin API" });
  for (const name of NAMES) expect(page()).toContain(`"seenIn":"${name}","key":"told","type":"string"`);
}, 60_000);

test("who lost its connection is told that it may have missed some, and who is slow how many", async () => {
  const feed = await feedAt(US, { eventsKept: 1 });
  const leaving = new AbortController();
  const events = feed.events({ signal: leaving.signal });
  const conflict = (key: string): Promise<void> => writeApart((client, region) => client.set(key, NAMES[region]));
  await conflict("missed");
  const listens = new Promise((resolve) => feed.once("listening", resolve));
  line.cut();
  await meet();
  line.mend();
  await listens;
  expect((await events.next()).value).toEqual({ event: "missed", seenIn: "us", count: undefined });
  let told = 0;
  feed.on("conflict", () => told++);
  await writeApart(async (client, region) => {
    for (const key of ["slow:1", "slow:2", "slow:3"]) await client.set(key, NAMES[region]);
  });
  await two.link(true);
  await waitFor(() => told === 3, { what: "three conflicts" });
  expect((await events.next()).value).toMatchObject({ event: "conflict", key: "slow:1" });
  expect((await events.next()).value).toEqual({ event: "missed", seenIn: "us", count: 2 });
  const last = events.next();
  leaving.abort();
  expect((await last).done).toBe(true);
}, 60_000);

test("a resolver in both regions: both show what it made, and nothing is kept beside it", async () => {
  const both = await Promise.all(
    BOTH.map((region) => resolveAt(region, { prefix: "doc:", types: ["string", "hash"] })),
  );
  const told: ConflictsEvent[] = [];
  const feed = await feedAt(EU);
  feed.on("resolved", (event) => told.push(event));
  await writeApart(async (client, region) => {
    await client.set("doc:1", region === US ? '{"a":1,"both":"us"}' : '{"b":2,"both":"eu"}', "EX", 1000);
    await client.hset("doc:h", "f", region === US ? '{"a":1}' : '{"b":2}');
    await client.set("other", NAMES[region]);
  });
  await two.link(true);
  await bothShow(get("doc:1"), '{"a":1,"b":2,"both":"eu"}');
  await bothShow((region) => at(region).hget("doc:h", "f"), '{"a":1,"b":2}');
  await bothShow(get("other"), "eu");
  for (const region of BOTH) {
    await waitFor(async () => (await at(region).call("MERIDIAN.CONFLICT", "READ", "doc:1")) === null, {
      what: "nothing beside it",
    });
    expect(await at(region).ttl("doc:1")).toBeGreaterThan(0);
    expect(await at(region).call("MERIDIAN.CONFLICT", "READ", "other")).toHaveLength(2);
  }
  await waitFor(() => told.some((event) => event.event === "resolved" && event.key === "doc:1"), { what: "told" });
  const ofString = told.find((event) => event.event === "resolved" && event.key === "doc:1");
  expect(ofString).toMatchObject({ resolver: "fields", version: 1, type: "string", losers: [{}, {}] });
  expect(both.flatMap(({ settled }) => settled.map(({ key }) => key))).toEqual(
    expect.arrayContaining(["doc:1", "doc:h"]),
  );
  expect(both.flatMap(({ problems }) => problems)).toEqual([]);
}, 60_000);

test("what arose while nobody resolved is settled when somebody does, and two that do it apart make the same", async () => {
  await writeApart((client, region) => client.set("late:1", region === US ? '{"a":1}' : '{"b":2}'));
  await meet();
  await two.link(false);
  const both = await Promise.all(BOTH.map((region) => resolveAt(region, { prefix: "late:" })));
  await bothShow(get("late:1"), '{"a":1,"b":2}');
  for (const { settled } of both) await waitFor(() => settled.length === 1, { what: "each settles it" });
  await meet();
  await bothShow(get("late:1"), '{"a":1,"b":2}');
  expect(both.flatMap(({ problems }) => problems)).toEqual([]);
  expect(both.flatMap(({ settled }) => settled)).toHaveLength(2);
  for (const region of BOTH) expect(await at(region).call("MERIDIAN.CONFLICT", "READ", "late:1")).toBe(null);
  const answer = await fetch(`http://127.0.0.1:${two.running.basePort}/api/conflicts?key=late:1`);
  expect(await answer.json()).toMatchObject({ conflicts: [], problems: [] });
}, 60_000);

test("a resolver that throws leaves what shows; one that differs between regions is found out", async () => {
  await writeApart(async (client, region) => {
    await client.set("throws:1", NAMES[region]);
    await client.set("differs:1", NAMES[region]);
  });
  await meet();
  const merge = (): string => {
    throw new Error("not this one");
  };
  const thrower = await resolveAt(US, { prefix: "throws:", merge });
  await waitFor(() => thrower.problems.length > 0, { what: "the problem" });
  expect(thrower.problems).toEqual(["MERIDIAN_RESOLVERFAILED"]);
  await bothShow(get("throws:1"), "eu");
  await two.link(false);
  const both = await Promise.all(
    BOTH.map((region) => resolveAt(region, { prefix: "differs:", merge: () => `made in ${NAMES[region]}` })),
  );
  for (const { settled } of both) await waitFor(() => settled.length === 1, { what: "each settles it its way" });
  await two.link(true);
  for (const { problems } of both) {
    await waitFor(() => problems.includes("MERIDIAN_RESOLVERDISAGREES"), { what: "it is found out" });
  }
  expect(await at(US).get("differs:1")).toBe(await at(EU).get("differs:1"));
}, 60_000);

test("a user without the right to the channel is told so", async () => {
  await at(US).call("ACL", "SETUSER", "reader", "on", ">secret", "~*", "resetchannels", "+@all");
  const url = `redis://reader:secret@127.0.0.1:${two.address(US).port}`;
  const regions = await connect({ regions: [{ name: "us", url }], local: "us" });
  two.onClose(() => regions.close());
  await expect(watchConflicts(regions)).rejects.toThrow("NOPERM");
  await expect(resolveConflicts(regions, { name: "", version: 1, prefix: "", merge: () => "" })).rejects.toThrow(
    "MERIDIAN_BADRESOLVER",
  );
}, 60_000);
