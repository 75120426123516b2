/** What the console's page asks, of a local start with two regions: commands, a key watched through a conflict, keys, health. */
import type {
  ConflictsDocument,
  ConsoleDocument,
  HealthDocument,
  KeyDocument,
  KeysDocument,
  LinksDocument,
  RestoreDocument,
  StatusDocument,
  Story,
  WatchedKey,
} from "@meridian/agent/api";
import { waitFor } from "@meridian/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { base64, ConsoleCalls } from "./console-calls.js";
import { bothShow, TwoRegions } from "./two-regions.js";

let regions: TwoRegions;
let calls: ConsoleCalls;

beforeAll(async () => {
  regions = await TwoRegions.start();
  calls = new ConsoleCalls(`http://127.0.0.1:${regions.running.basePort}`);
});
afterEach(() => regions.mendAndClose());
afterAll(() => TwoRegions.stop());

const client = (region: 0 | 1) => regions.running.client(region);

test("says that all may be done, and nobody signs in", async () => {
  const { document } = await calls.get<ConsoleDocument>("/api/console");
  expect(document).toMatchObject({ kind: "local", signIn: "none", signedIn: true, user: null });
  expect(document.actions).toEqual({ commands: true, restore: true, links: true, servers: true });
  expect(document.regions).toEqual([
    { region: "us", reach: "own" },
    { region: "eu", reach: "own" },
  ]);
});

test("runs commands with typed replies, a transaction for each page", async () => {
  expect(await calls.run("us", String.raw`SET "a key" "\xff 'x'"`)).toEqual({ type: "text", value: "OK" });
  const bytes = { base64: Buffer.from("\xff 'x'", "latin1").toString("base64") };
  expect(await calls.run("us", "GET 'a key'")).toEqual({ type: "bulk", value: bytes, size: 5, whole: true });
  await calls.run("us", "HSET h f v");
  expect(await calls.run("us", "HGETALL h")).toMatchObject({ type: "map", size: 1, whole: true });
  expect(await calls.run("us", "GET h")).toMatchObject({ type: "error" });
  await calls.run("us", "MULTI", "one");
  expect(await calls.run("us", "INCR counted", "one")).toEqual({ type: "text", value: "QUEUED" });
  expect(await calls.run("us", "GET counted", "two")).toEqual({ type: "null" });
  expect(await calls.run("us", "EXEC", "one")).toMatchObject({
    type: "array",
    items: [{ type: "integer", value: "1" }],
  });
  const wrong = { page: "one", region: "us", line: "SUBSCRIBE channel" };
  expect(await calls.refused("/api/commands", wrong)).toBe("MERIDIAN_NOTHERE");
  expect(await calls.refused("/api/commands", { ...wrong, region: "mars" })).toBe("MERIDIAN_NOSUCHREGION");
  expect(await calls.refused("/api/commands", { ...wrong, line: '"' })).toBe("MERIDIAN_BADREQUEST");
});

test("tells the story of a conflict on a key that is watched, and writes the loser again", async () => {
  const keyBase64 = base64("told");
  const meet = async (): Promise<void> => {
    await regions.link(false);
    await client(0).set("told", "from us");
    await client(1).set("told", "from eu");
    await regions.link(true);
  };
  const isStory = (name: string): boolean => name === "story";
  const story = await calls.event<Story>("/api/watch", { keyBase64 }, isStory, meet);
  const won = story.writes.find(({ outcome }) => outcome === "won");
  const kept = story.writes.find(({ outcome }) => outcome === "kept");
  expect(story).toMatchObject({ rule: "register", whole: true });
  expect(new Set([won?.region, kept?.region])).toEqual(new Set(["eu", "us"]));
  expect(story.result.value?.content).toBe(`from ${won?.region}`);
  expect(story.kept).toMatchObject([{ value: `from ${kept?.region}`, region: kept?.region }]);
  expect(won?.concurrentWith).toEqual([kept?.stamp]);

  const { document: key } = await calls.post<KeyDocument>("/api/key", { keyBase64 });
  expect(key.history.map(({ command, arguments: [value] }) => `${command} ${String(value)}`).toSorted()).toEqual([
    "SET from eu",
    "SET from us",
  ]);
  expect(key.differences).toEqual([]);
  expect(key.regions.map(({ region, encoding }) => `${region} ${encoding}`)).toEqual(["us embstr", "eu embstr"]);

  const { document: listed } = await calls.post<ConflictsDocument>("/api/conflicts", { keyBase64 });
  const [loser] = listed.conflicts[0]?.losers ?? [];
  const { origin, stamp, type } = loser ?? { origin: "", stamp: 0, type: "" };
  const request = { keyBase64, region: "eu", origin, stamp, type, partBase64: "" };
  const { document: restored } = await calls.post<RestoreDocument>("/api/restore", request);
  expect(restored).toEqual({ command: "SET", reply: { type: "text", value: "OK" } });
  await bothShow((region) => client(region).get("told"), `from ${kept?.region}`);
  expect(await calls.refused("/api/restore", request)).toBe("MERIDIAN_NOLOSER");
});

test("shows a key that is the same, then another in each region, then the same", async () => {
  const keyBase64 = base64("watched");
  const seen: (boolean | null)[] = [];
  const isMended = (name: string, { same, regions: [us] }: WatchedKey): boolean => {
    if (name !== "value") return false;
    if (same === false && !seen.includes(false)) void regions.link(true);
    seen.push(same);
    return same === true && us?.type === "set" && us.size === 2;
  };
  const part = async (): Promise<void> => {
    await regions.link(false);
    await client(0).sadd("watched", "a");
    await client(1).sadd("watched", "b");
  };
  await calls.event<WatchedKey>("/api/watch", { keyBase64 }, isMended, part);
  expect(seen[0]).toBe(true);
  expect(seen).toContain(false);
});

test("browses keys by prefix and type, page by page", async () => {
  await Promise.all(Array.from({ length: 250 }, (_, at) => client(0).set(`page:[${at}]`, "x")));
  await client(0).lpush("page:[list", "x");
  const found = new Set<string>();
  let cursor = "0";
  do {
    const request = { region: "us", prefixBase64: base64("page:["), type: "string", cursor, count: 50 };
    const { document } = await calls.post<KeysDocument>("/api/keys", request);
    for (const { key, type, ttlMs } of document.keys) {
      found.add(String(key));
      expect([type, ttlMs]).toEqual(["string", -1]);
    }
    ({ cursor } = document);
  } while (cursor !== "0");
  expect(found.size).toBe(250);
});

test("tells the status each second, and that conflicts came", async () => {
  const { regions: told } = await calls.event<StatusDocument>("/api/events", undefined, (name) => name === "status");
  expect(told.map(({ region }) => region)).toEqual(["us", "eu"]);
  const meet = async (): Promise<void> => {
    await regions.link(false);
    await client(0).set("met", "1");
    await client(1).set("met", "2");
    await regions.link(true);
  };
  await calls.event("/api/events", undefined, (name) => name === "conflicts", meet);
});

test("compares digests, and samples lag", async () => {
  const read = async (): Promise<HealthDocument> => (await calls.get<HealthDocument>("/api/health")).document;
  await client(0).set("compared", "x");
  const converged = async (): Promise<boolean> => {
    const { convergence } = await read();
    return (
      convergence !== null && convergence.same === true && convergence.regions.every(({ keys }) => (keys ?? 0) > 0)
    );
  };
  await waitFor(converged, { what: "both regions to be digested, and the same", timeoutMs: 30_000 });
  const { regions: told, lag } = await read();
  expect(told.map(({ memory }) => (memory?.usedBytes ?? 0) > 0)).toEqual([true, true]);
  expect(lag.every(({ points }) => points.length > 0)).toBe(true);
});

test("adds delay and loss to a link, and ends and starts a server", async () => {
  const weather = { a: "us", b: "eu", delayMs: 30, lossPercent: 1 };
  const { document: links } = await calls.post<LinksDocument>("/api/links", weather);
  expect(links.links).toEqual([{ a: "us", b: "eu", up: true, rttMs: 20, delayMs: 30, lossPercent: 1 }]);
  await calls.post("/api/links", { delayMs: 0, lossPercent: 0 });
  const stateOfEu = async (): Promise<string | undefined> =>
    (await calls.get<StatusDocument>("/api/status")).document.regions[1]?.state;
  await calls.post("/api/servers", { region: "eu", action: "kill" });
  await waitFor(async () => (await stateOfEu()) === "server-down", { what: "eu to be down" });
  await calls.post("/api/servers", { region: "eu", action: "start" });
  await waitFor(async () => (await stateOfEu()) === "up", { what: "eu to be up" });
});
