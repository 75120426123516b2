/**
 * A stock of two regions as their users sell it, through their gateways: the agents bring shares to where they lack, during a cut
 * nobody oversells, and neither does a server that was killed and has lost what it sold.
 */
import { BoundedCounters } from "@meridian/client";
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BOTH, bothShow, type Region, TwoRegions, US } from "./two-regions.js";

const native = await findServerBinary();
const NAME = "MERIDIAN.BOUNDED";
/** Of a wish that is made, told and answered. */
const MOVED_MS_MAX = 30_000;

let regions: TwoRegions;

beforeAll(async () => {
  regions = await TwoRegions.start();
}, 60_000);

afterEach(() => regions.mendAndClose());
afterAll(() => TwoRegions.stop());

function connected(region: Region, offset = 0): Redis {
  const { host, port } = regions.address(region);
  const client = new Redis({ host, port: port + offset });
  client.on("error", () => undefined); // each command is rejected anyway
  regions.onClose(() => client.disconnect());
  return client;
}

/** True where it was sold. */
async function sells(client: Redis, key: string, count = 1): Promise<boolean> {
  try {
    await client.call(NAME, "TAKE", key, count);
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("MERIDIAN_SOLDOUT")) return false;
    throw error;
  }
}

/** One by one, until the region has nothing more. */
async function sellOut(client: Redis, key: string): Promise<number> {
  let sold = 0;
  while (await sells(client, key)) sold++;
  return sold;
}

const leftOf = (client: Redis, key: string): Promise<string | null> => client.hget(key, "~left");

async function hereOf(client: Redis, key: string): Promise<number> {
  const [, here = 0] = (await client.call(NAME, "GET", key)) as number[];
  return here;
}

/** Each region has written, so each can be given to. */
async function greet(clients: readonly Redis[]): Promise<void> {
  for (const region of BOTH) await clients[region]!.set(`hello:${region}`, "1");
  for (const region of BOTH) await bothShow((at) => clients[at]!.get(`hello:${region}`), "1");
}

test("100 are sold, no more and no less, by two regions that are cut off from each other meanwhile", async () => {
  const clients = BOTH.map((region) => connected(region));
  const [us, eu] = clients as [Redis, Redis];
  await greet(clients);
  await us.call(NAME, "CREATE", "stock", 100);
  await bothShow((region) => leftOf(clients[region]!, "stock"), "100");
  expect(await sells(eu, "stock")).toBe(false);
  // What eu lacked its agent asks for, and that of us gives.
  await waitFor(async () => (await hereOf(eu, "stock")) > 0, { what: "a share in eu", timeoutMs: MOVED_MS_MAX });
  await regions.link(false);
  let sold = 0;
  for (const count of await Promise.all(clients.map((client) => sellOut(client, "stock")))) {
    expect(count).toBeGreaterThan(0);
    sold += count;
  }
  expect(sold).toBeLessThanOrEqual(100);
  await us.call(NAME, "ADD", "stock", 20);
  expect(await sells(eu, "stock")).toBe(false);
  await regions.link(true);
  await waitFor(
    async () => {
      // The last ones go to whoever asks for them.
      for (const client of [eu, us, eu]) if (sold < 119 && (await sells(client, "stock"))) sold++;
      return sold === 119;
    },
    { what: "119 to be sold", timeoutMs: MOVED_MS_MAX },
  );
  await bothShow((region) => leftOf(clients[region]!, "stock"), "1");
  await waitFor(
    async () => {
      if (await sells(us, "stock")) sold++;
      return sold === 120;
    },
    { what: "the last one to be sold in us", timeoutMs: MOVED_MS_MAX },
  );
  await bothShow((region) => leftOf(clients[region]!, "stock"), "0");
  for (const client of clients) expect(await sells(client, "stock")).toBe(false);
}, 120_000);

test("the client tells what was taken, and what is left here and elsewhere", async () => {
  const clients = BOTH.map((region) => connected(region));
  const [us] = clients as [Redis, Redis];
  await greet(clients);
  await regions.link(false); // what is asked for stays unanswered
  const prefixed = us.duplicate({ keyPrefix: "shop:" });
  regions.onClose(() => prefixed.disconnect());
  const counters = new BoundedCounters({ local: { name: "us", redis: prefixed } });
  await counters.create("lamp", 10, { eu: 4 });
  expect(await counters.take("lamp", 5)).toEqual({ taken: true, here: 1, elsewhere: undefined });
  expect(await counters.take("lamp", 2)).toEqual({ taken: false, here: 1, elsewhere: 4 });
  expect(await counters.add("lamp", 3)).toBe(4);
  expect(await counters.give("lamp", "eu", 1)).toEqual({ taken: true, here: 3, elsewhere: undefined });
  expect(await counters.get("lamp")).toEqual({ left: 8, here: 3, shares: { us: 3, eu: 5 } });
  expect(await counters.get("none")).toBeUndefined();
  await expect(counters.take("none")).rejects.toThrow("MERIDIAN_NOTBOUNDED");
  expect(await us.hget("shop:lamp", "~left")).toBe("8");
}, 60_000);

test.skipIf(native === undefined)(
  "a server that is killed sells nothing of what it may have sold before, and what it adds at once",
  async () => {
    const clients = BOTH.map((region) => connected(region));
    const [us, eu] = clients as [Redis, Redis];
    await greet(clients);
    await us.call(NAME, "CREATE", "seats", 10);
    await us.call(NAME, "GIVE", "seats", "eu", 2);
    await us.call(NAME, "TAKE", "seats", 5);
    await bothShow((region) => leftOf(clients[region]!, "seats"), "5");
    await regions.link(false); // nothing of what is asked for is given meanwhile
    const server = connected(US, 100);
    const before = await server.call("FCALL", "mer", "1", "mer:{0}", "state");
    process.kill(Number(/process_id:(\d+)/.exec(await server.info("server"))?.[1]), "SIGKILL");
    await waitFor(
      async () => {
        const state = await server.call("FCALL", "mer", "1", "mer:{0}", "state").catch(() => undefined);
        return Array.isArray(state) && state[2] !== (before as unknown[])[2];
      },
      { what: "another incarnation of us", timeoutMs: MOVED_MS_MAX },
    );
    const answers = (): Promise<boolean> =>
      hereOf(us, "seats").then(
        () => true,
        () => false,
      );
    await waitFor(answers, { what: "the gateway of us", timeoutMs: MOVED_MS_MAX });
    // Whether its disk had it all or not: what is left of its share is not sold, for it can't know.
    expect(await hereOf(us, "seats")).toBe(0);
    expect(await sells(us, "seats")).toBe(false);
    expect(await us.call(NAME, "ADD", "seats", 1)).toBe(1);
    expect(await sells(us, "seats")).toBe(true);
    expect(await sells(us, "seats")).toBe(false);
    expect(await sellOut(eu, "seats")).toBe(2);
    await regions.link(true);
    await bothShow((region) => leftOf(clients[region]!, "seats"), "3");
  },
  120_000,
);
