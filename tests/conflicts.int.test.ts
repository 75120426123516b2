/**
 * Conflicts of every type made through the gateways of a local start, read by `meridian conflicts` and
 * `meridian inspect`, and settled: by a write, and by a delete.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConflictsDocument, ConflictView, InspectDocument, StatusDocument } from "@meridian/agent/api";
import { waitFor } from "@meridian/testkit";
import type { Redis } from "ioredis";
import { afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt, meridian, start, stopAll, type Started } from "./local-start.js";

const BYTES = Buffer.from([0xff, 0x2f, 0x00, 0x7f]);
const BYTES_BASE64 = BYTES.toString("base64");

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAll);

async function run(running: Started, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await meridian(...args, "--base-port", String(running.basePort));
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

async function conflicts(running: Started, ...args: string[]): Promise<ConflictsDocument> {
  return JSON.parse(await run(running, "conflicts", ...args, "--json")) as ConflictsDocument;
}

/** Rows of a table with spaces as one. */
function rowsOf(printed: string): string[] {
  return printed.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "));
}

async function agree(running: Started, read: (client: Redis) => Promise<unknown>, value: unknown): Promise<void> {
  for (const region of [0, 1, 2]) {
    const client = running.client(region);
    await waitFor(async () => JSON.stringify(await read(client)) === JSON.stringify(value), {
      what: `region ${region} to show ${JSON.stringify(value)}`,
    });
  }
}

/** In the order of `conflicts`: what each shows, and what lost. */
const MADE = [
  ["bytes", "", { base64: BYTES_BASE64 }, "text"],
  ["clash-hash", "", null, "from us"],
  ["clash-string", "", "from eu", null],
  ["hash", "field", "from eu", "from us"],
  ["list", expect.any(String) as string, "from eu", "from us"],
  ["stream", "5-1", [["field", "from eu"]], [["field", "from us"]]],
  ["string", "", "from eu", "from us"],
  ["zset", "member", "3", "2.5"],
];

/** Within one millisecond the region listed first has the later stamp. */
async function laterStamp(): Promise<void> {
  const nowMs = Date.now();
  while (Date.now() <= nowMs) await nextTurn();
}

async function makeConflicts(running: Started): Promise<void> {
  const [us, eu] = [running.client(0), running.client(1)];
  await us.hset("hash", "field", "before", "other", "untouched");
  await us.zadd("zset", 1, "member");
  await us.rpush("list", "first", "second", "third");
  await agree(running, (client) => client.llen("list"), 3);
  await run(running, "partition", "eu-west-1");
  for (const [client, name, score, bytes] of [
    [us, "from us", "2.5", "text"],
    [eu, "from eu", "3", BYTES],
  ] as const) {
    await client.set("string", name);
    await client.set("bytes", bytes);
    await client.hset("hash", "field", name);
    await client.zadd("zset", score, "member");
    await client.lset("list", 1, name);
    await client.xadd("stream", "5-1", "field", name);
  }
  await us.set("clash-hash", "from us");
  await laterStamp();
  await eu.hset("clash-hash", "field", "from eu");
  await us.hset("clash-string", "field", "from us");
  await laterStamp();
  await eu.set("clash-string", "from eu");
  await us.set("last of us", "1");
  await eu.set("last of eu", "1");
  await run(running, "heal");
  await agree(running, (client) => client.mget("last of us", "last of eu"), ["1", "1"]);
}

test("what lost is listed, exact, in words and in JSON, until somebody who has seen it writes", async () => {
  const running = await start({ args: ["--rtt", "0"] });
  expect(rowsOf(await run(running, "conflicts"))).toEqual(["no conflicts: nothing is kept that lost", ""]);
  await makeConflicts(running);

  const document = await conflicts(running);
  const summary = ({ key, part, winner, losers: [loser] }: ConflictView) => [key, part, winner, loser?.value];
  expect(document.conflicts.map(summary)).toEqual(MADE);
  expect(document).toMatchObject({ problems: [], whole: true });
  const counted = { string: 2, hash: 1, zset: 1, list: 1, stream: 1, clash: 2 };
  expect(document.counts).toEqual({ "us-east-1": counted, "eu-west-1": counted, "ap-southeast-1": counted });
  expect(document.conflicts[4]).toMatchObject({ index: 1, losers: [{ type: "list", region: "us-east-1", size: 7 }] });

  const printed = rowsOf(await run(running, "conflicts"));
  const at = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`;
  for (const row of [
    "key type part shows kept written in at",
    `bytes string base64:${BYTES_BASE64} text us-east-1 AT`,
    "clash-hash string \\(hash\\) from us us-east-1 AT",
    "clash-string hash from eu \\(hash\\) us-east-1 AT",
    "hash hash field from eu from us us-east-1 AT",
    "list list \\[1\\] from eu from us us-east-1 AT",
    "stream stream 5-1 field from eu field from us us-east-1 AT",
    "string string from eu from us us-east-1 AT",
    "zset zset member 3 2.5 us-east-1 AT",
    "met so far clash hash list stream string zset",
    "ap-southeast-1 2 1 1 1 2 1",
  ]) {
    expect(printed).toContainEqual(expect.stringMatching(new RegExp(`^${row.replace("AT", at)}$`)));
  }
  expect(rowsOf(await run(running, "conflicts", "--limit", "2"))).toContainEqual(expect.stringContaining("--limit N"));
  const encoded = Buffer.from("bytes").toString("base64");
  expect((await conflicts(running, encoded, "--base64")).conflicts.map(({ key }) => key)).toEqual(["bytes"]);

  await running.client(2).hset("hash", "field", "settled");
  await running.client(2).del("string");
  await agree(running, (client) => client.hget("hash", "field"), "settled");
  await agree(running, (client) => client.exists("string"), 0);
  expect(rowsOf(await run(running, "conflicts", "hash"))[0]).toBe("nothing is kept beside hash");
  const left = (await conflicts(running)).conflicts.map(({ key }) => key);
  expect(left).toEqual(["bytes", "clash-hash", "clash-string", "list", "stream", "zset"]);

  const status = JSON.parse(await run(running, "status", "--json")) as StatusDocument;
  expect(status.regions.map((region) => region.conflicts?.counts)).toEqual([counted, counted, counted]);
  const metrics = await (await fetch(`http://127.0.0.1:${running.basePort}/metrics`)).text();
  expect(metrics).toContain('meridian_conflicts_total{region="eu-west-1",kind="clash"} 2\n');
  expect(metrics).toContain('meridian_conflict_keys{region="us-east-1"} 6\n');
}, 240_000);

test("inspect shows each type in every region, and marks what differs", async () => {
  const running = await start({ args: ["--rtt", "0"] });
  await makeConflicts(running);
  await running.client(0).xgroup("CREATE", "stream", "group", "0");
  await running.client(0).pfadd("sketch", "a", "b");
  await running.client(0).sadd("set", "a", BYTES);
  await agree(running, (client) => client.pfcount("sketch"), 2);
  await agree(running, (client) => client.scard("set"), 2);
  const inspect = async (key: string): Promise<string[]> => rowsOf(await run(running, "inspect", key));

  const hash = await inspect("hash");
  expect(hash).toContain("value field from eu from eu from eu");
  expect(hash).toContain("hash.field.registers.1.value from us from us from us");
  expect(await inspect("zset")).toContain("value member 3 3 3");
  const list = await inspect("list");
  expect(list).toContainEqual(expect.stringMatching(/^value 1 at [0-9a-f]+ from eu from eu from eu$/));
  expect(await inspect("sketch")).toEqual(
    expect.arrayContaining(["type hyperloglog hyperloglog hyperloglog", "estimate 2 2 2"]),
  );
  const stream = await inspect("stream");
  expect(stream).toContain("entry 5-1 field from eu field from eu field from eu");
  expect(stream).toContain("group group to deliver 1 1 1");
  expect(await inspect("set")).toContain(`value base64:${BYTES_BASE64} member member member`);
  expect(list.filter((line) => line.startsWith("*"))).toEqual([]);

  const bytes = JSON.parse(await run(running, "inspect", "bytes", "--json")) as InspectDocument;
  for (const { value, metadata } of bytes.regions) {
    expect(value?.content).toEqual({ base64: BYTES_BASE64 });
    expect(metadata).toHaveProperty("string.registers.0.value", { base64: BYTES_BASE64 });
    expect(metadata).toHaveProperty("string.registers.1.value", "text");
  }

  await run(running, "partition", "ap-southeast-1");
  await running.client(0).hset("hash", "field", "not there");
  await waitFor(async () => (await running.client(1).hget("hash", "field")) === "not there", {
    what: "the write in eu",
  });
  expect(await inspect("hash")).toContain("* value field not there not there from eu");
}, 240_000);
