/**
 * ioredis and node-redis, unchanged, in two regions: what their users do beyond single commands. Pipelines and transactions,
 * scripts by their digest, iterators, waiting, messages, and a gateway that goes away and comes back.
 */
import { once } from "node:events";
import { waitFor } from "@meridian/testkit";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, defineScript } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { processesOf } from "../local-start.js";
import { BOTH, bothShow, EU, type Region, TwoRegions, US } from "../two-regions.js";

const MANY = 3000;
const BACK_MS_MAX = 20_000;
/** Two keys and an argument: takes from one and gives to the other what is there, and says how much. */
const TRANSFER = `local left = tonumber(redis.call('GET', KEYS[1]) or '0')
  local moved = math.min(left, tonumber(ARGV[1]))
  redis.call('DECRBY', KEYS[1], moved)
  redis.call('INCRBY', KEYS[2], moved)
  return moved`;

const CLUSTER_ANSWER =
  "This instance has cluster support disabled: the region's server is a standalone one; connect without cluster mode";

let regions: TwoRegions;

beforeAll(async () => {
  regions = await TwoRegions.start();
});

afterEach(() => regions.mendAndClose());

afterAll(() => TwoRegions.stop());

function ioredis(region: Region, options: { enableAutoPipelining?: boolean } = {}): Redis {
  const client = new Redis({
    ...regions.address(region),
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
    ...options,
  });
  client.on("error", () => undefined); // a gateway that is away
  regions.onClose(() => client.disconnect());
  return client;
}

const transfer = defineScript({
  NUMBER_OF_KEYS: 2,
  SCRIPT: TRANSFER,
  parseCommand: (parser, from: string, to: string, amount: number) => {
    parser.pushKeys([from, to]);
    parser.push(String(amount));
  },
  transformReply: (reply: unknown) => Number(reply),
});

async function nodeRedis(region: Region) {
  const socket = { ...regions.address(region), reconnectStrategy: () => 50 };
  const client = createClient({ socket, scripts: { transfer } });
  client.on("error", () => undefined); // a gateway that is away
  await client.connect();
  regions.onClose(() => client.destroy());
  return client;
}

/** The agents of both regions; the local start makes new ones. */
function killGateways(): void {
  const agents = processesOf(regions.running).filter(({ kind }) => kind === "agent");
  expect(agents.length).toBe(BOTH.length);
  for (const { pid } of agents) process.kill(pid, "SIGKILL");
}

const numbers = Array.from({ length: MANY }, (_, number) => number);

describe("ioredis", () => {
  test("pipelines of thousands of reads and writes, by hand and of its own", async () => {
    const [us, eu] = [ioredis(US), ioredis(EU, { enableAutoPipelining: true })];
    const pipeline = us.pipeline();
    for (const number of numbers) pipeline.set(`many:${number}`, number).get(`many:${number}`).incr("many");
    const replies = (await pipeline.exec())?.map(([error, value]) => error ?? value);
    expect(replies).toEqual(numbers.flatMap((number) => ["OK", String(number), number + 1]));
    await waitFor(async () => (await eu.get("many")) === String(MANY), { what: "all of it in the other region" });
    const seen = await Promise.all(numbers.map((number) => eu.get(`many:${number}`)));
    expect(seen).toEqual(numbers.map(String));
    const counted = await Promise.all(numbers.map(() => eu.incr("automatic")));
    expect(counted).toEqual(numbers.map((number) => number + 1));
    await bothShow((region) => (region === US ? us : eu).get("automatic"), String(MANY));
  });

  test("a script of one's own is sent by its digest, and whole to a region that does not know it", async () => {
    const clients = BOTH.map((region) => ioredis(region));
    await clients[US]?.set("from", 10);
    await bothShow(async (region) => await clients[region]?.get("from"), "10");
    for (const [region, left] of [
      [US, 7],
      [EU, 4],
    ] as const) {
      const client = clients[region] as Redis & { transfer(from: string, to: string, amount: number): Promise<number> };
      client.defineCommand("transfer", { numberOfKeys: 2, lua: TRANSFER });
      expect(await client.transfer("from", "to", 3)).toBe(3);
      expect(await client.multi().get("from").get("to").exec()).toEqual([
        [null, String(left)],
        [null, String(10 - left)],
      ]);
      await bothShow(async (each) => await clients[each]?.get("from"), String(left));
    }
    await expect(clients[US]?.evalsha("f".repeat(40), 0)).rejects.toThrow("NOSCRIPT");
  });

  test("iterators find what either region wrote, and nothing else", async () => {
    const [us, eu] = [ioredis(US), ioredis(EU)];
    const names = numbers.slice(0, 500).map((number) => `scan:${number}`);
    await us.mset(names.slice(0, 250).flatMap((name) => [name, "us"]));
    await eu.mset(names.slice(250).flatMap((name) => [name, "eu"]));
    await us.sadd("members", names);
    for (const client of [us, eu]) {
      await waitFor(async () => (await client.exists(names)) === 500 && (await client.scard("members")) === 500, {
        what: "all keys",
      });
      const found = new Set<string>();
      for await (const keys of client.scanStream({ count: 100 })) for (const key of keys as string[]) found.add(key);
      expect(names.filter((name) => !found.has(name))).toEqual([]);
      expect([...found].filter((name) => name.startsWith("mer:"))).toEqual([]);
      const members = new Set<string>();
      for await (const some of client.sscanStream("members")) for (const one of some as string[]) members.add(one);
      expect(members.size).toBe(500);
    }
  });

  test("who waits in one region gets what is pushed in the other, and hears what is said there", async () => {
    const [us, eu, listener] = [ioredis(US), ioredis(EU), ioredis(EU)];
    const heard: string[] = [];
    listener.on("message", (_channel, text: string) => heard.push(text));
    await listener.subscribe("news");
    const waiting = eu.blpop("jobs", 0);
    await us.rpush("jobs", "one");
    expect(await waiting).toEqual(["jobs", "one"]);
    await us.publish("news", "before");
    await waitFor(() => heard.length === 1, { what: "the first message" });
    await regions.link(false);
    const late = eu.blpop("jobs", 0);
    await us.multi().rpush("jobs", "two").publish("news", "while cut").exec();
    expect(heard).toEqual(["before"]);
    await regions.link(true);
    expect(await late).toEqual(["jobs", "two"]);
    await waitFor(() => heard.length === 2, { what: "the second message" });
    expect(heard).toEqual(["before", "while cut"]);
  });

  test("a cluster's client is told that this is none", async () => {
    const cluster = new Cluster([regions.address(US)], { clusterRetryStrategy: () => null });
    regions.onClose(() => cluster.disconnect());
    const [error] = (await once(cluster, "error").catch((emitted: unknown) => [emitted])) as [
      Error & { lastNodeError?: Error },
    ];
    expect(error.lastNodeError?.message).toContain(CLUSTER_ANSWER);
  });
});

describe("node-redis", () => {
  test("thousands of commands at once, transactions, scripts and iterators", async () => {
    const [us, eu] = [await nodeRedis(US), await nodeRedis(EU)];
    const replies = await Promise.all(numbers.flatMap((number) => [us.set(`node:${number}`, number), us.incr("node")]));
    expect(replies).toEqual(numbers.flatMap((number) => ["OK", number + 1]));
    expect(await us.multi().set("a", "1").get("a").hSet("h", { f: "v" }).hGetAll("h").exec()).toEqual([
      "OK",
      "1",
      1,
      { f: "v" },
    ]);
    await waitFor(async () => (await eu.get("node")) === String(MANY), { what: "all of it in the other region" });
    expect(await eu.transfer("node", "other", 1000)).toBe(1000);
    await bothShow(async (region) => await [us, eu][region]?.mGet(["node", "other"]), [String(MANY - 1000), "1000"]);
    expect(await us.transfer("node", "other", MANY)).toBe(MANY - 1000);
    const found = new Set<string>();
    for await (const keys of eu.scanIterator({ MATCH: "node:*", COUNT: 500 })) for (const key of keys) found.add(key);
    expect(found.size).toBe(MANY);
  });

  test("who waits and listens is served from the other region", async () => {
    const [us, eu, listener] = [await nodeRedis(US), await nodeRedis(EU), await nodeRedis(EU)];
    const heard: string[] = [];
    await listener.subscribe("node:news", (text) => heard.push(text));
    const waiting = eu.blPop("node:jobs", 0);
    await us.multi().rPush("node:jobs", "one").publish("node:news", "hello").exec();
    expect(await waiting).toEqual({ key: "node:jobs", element: "one" });
    await waitFor(() => heard[0] === "hello", { what: "the message" });
  });

  test("a cluster's client is told that this is none", async () => {
    const cluster = createCluster({ rootNodes: [{ socket: regions.address(US) }] });
    const told: string[] = [];
    cluster.on("error", (error: Error) => told.push(error.message));
    await expect(cluster.connect()).rejects.toThrow();
    expect(told.join()).toContain(CLUSTER_ANSWER);
  });
});

test("gateways that were killed are found again, with what was subscribed and asked meanwhile", async () => {
  const [us, eu, node] = [ioredis(US), ioredis(EU), await nodeRedis(US)];
  const heard: string[] = [];
  const listener = ioredis(US);
  listener.on("message", (_channel, text: string) => heard.push(`ioredis ${text}`));
  await listener.subscribe("again");
  const nodeListener = await nodeRedis(US);
  await nodeListener.subscribe("again", (text) => heard.push(`node-redis ${text}`));
  await us.set("kept", "1");
  const ready = new Promise((resolve) => node.once("ready", resolve));
  killGateways();
  expect(await us.get("kept")).toBe("1");
  await ready;
  expect(await node.incr("kept")).toBe(2);
  const heardAgain = async (): Promise<boolean> => {
    await eu.publish("again", "back");
    return heard.includes("ioredis back") && heard.includes("node-redis back");
  };
  await waitFor(heardAgain, { what: "both to hear again", timeoutMs: BACK_MS_MAX });
  await waitFor(async () => (await eu.get("kept")) === "2", { what: "the write", timeoutMs: BACK_MS_MAX });
});
