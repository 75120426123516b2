/** MERIDIAN.TOKEN and MERIDIAN.WAIT as clients of gateways have them, in three real regions whose links are cut and mended. */
import { decodeToken, encodeToken, WHOLE_SERVER } from "@meridian/core";
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./gateway/index.js";
import { command, rawClient } from "./gateway/test-support/raw-client.js";
import { AgentRegionService } from "./region-service.js";
import { Regions } from "./replica/test-support/regions.js";

const native = await findServerBinary();
const skipped = native === undefined;
const NAMES = ["us", "eu", "ap"];
const LONG_MS = "30000";
let all: Regions;
const services: AgentRegionService[] = [];
const gateways: Gateway[] = [];
const clients: Redis[] = [];

async function openGateway(name: string): Promise<void> {
  const { engine, replication } = all.get(name);
  const service: AgentRegionService = new AgentRegionService({
    replication,
    stats: () => undefined,
    conflicts: () => Promise.resolve(null),
  });
  services.push(service);
  gateways.push(
    await startGateway({
      listen: { host: "127.0.0.1", port: 0 },
      upstream: { host: engine.host, port: engine.port },
      root: engine.root,
      region: service,
    }),
  );
}

const client = (name: string): Redis => {
  const made = new Redis(gateways[NAMES.indexOf(name)]?.port ?? 0);
  made.on("error", () => undefined); // each command is rejected anyway
  clients.push(made);
  return made;
};
const tokenOf = async (redis: Redis): Promise<string> => String(await redis.call("MERIDIAN.TOKEN"));
const waitAt = (redis: Redis, token: string, ms = LONG_MS): Promise<unknown> =>
  redis.call("MERIDIAN.WAIT", token, ms).catch((error: Error) => error.message.split(" ", 1)[0]);

beforeAll(async () => {
  if (skipped) return console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
  all = await Regions.start(NAMES);
  await all.linksUp();
  for (const name of NAMES) await openGateway(name);
}, 60_000);

afterAll(async () => {
  for (const each of clients) each.disconnect();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  for (const service of services) service.stop();
  await all?.stop();
});

test.skipIf(skipped)(
  "what a connection wrote is there where its token is waited for",
  { timeout: 60_000 },
  async () => {
    const [us, eu] = [client("us"), client("eu")];
    for (let round = 0; round < 20; round++) {
      const replies = await us.pipeline().set("k", round).incr("n").call("MERIDIAN.TOKEN").get("k").exec();
      const token = String(replies?.[2]?.[1]);
      expect(replies?.[3]?.[1]).toBe(String(round));
      const there = await eu.pipeline().call("MERIDIAN.WAIT", token, LONG_MS).get("k").get("n").exec();
      expect(there?.map(([, reply]) => reply)).toEqual([1, String(round), String(round + 1)]);
    }
  },
);

test.skipIf(skipped)(
  "the lane's writes are in the token of the connection that sent them",
  { timeout: 60_000 },
  async () => {
    const writers = Array.from({ length: 8 }, () => client("us"));
    const tokens = await Promise.all(
      writers.map(async (writer, at) => {
        await writer.set(`lane${at}`, "v");
        return tokenOf(writer);
      }),
    );
    const reader = client("ap");
    for (const [at, token] of tokens.entries()) {
      expect([await waitAt(reader, token), await reader.get(`lane${at}`)]).toEqual([1, "v"]);
    }
  },
);

test.skipIf(skipped)(
  "cut off, it is not held; mended, whoever waits hears of it at once",
  { timeout: 60_000 },
  async () => {
    const [us, eu] = [client("us"), client("eu")];
    await all.cut("us", "eu");
    await all.cut("us", "ap");
    await us.set("cut", "v");
    const token = await tokenOf(us);
    expect([await waitAt(us, token, "0"), await waitAt(eu, token, "0"), await waitAt(eu, token, "60")]).toEqual([
      1, 0, 0,
    ]);
    const waiting = Array.from({ length: 20 }, () => waitAt(client("eu"), token));
    const unblocked = client("eu");
    const id = await unblocked.client("ID");
    const woken = waitAt(unblocked, token);
    await waitFor(() => gateways[1]?.stats().clientsWaiting === 21, { what: "all to wait" });
    expect(await eu.client("UNBLOCK", id)).toBe(1);
    expect(await woken).toBe(0);
    all.mend("us", "eu");
    all.mend("us", "ap");
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([1]));
    expect(await eu.get("cut")).toBe("v");
  },
);

test.skipIf(skipped)("what may never come is said when the time is over", { timeout: 60_000 }, async () => {
  const [us, eu] = [client("us"), client("eu")];
  await eu.set("by eu", "v");
  expect(await waitAt(us, await tokenOf(eu))).toBe(1);
  const now = decodeToken(await tokenOf(us))?.get(WHOLE_SERVER) ?? new Map<string, number>();
  const ahead = (origin: string, stamp: number): string =>
    encodeToken(new Map([[WHOLE_SERVER, new Map([[origin, stamp]])]]));
  const [own = ""] = [...now.keys()].filter((origin) => origin.startsWith("us~"));
  const [theirs = ""] = [...now.keys()].filter((origin) => origin.startsWith("eu~"));
  const before = `us~${"0".repeat(own.length - 3)}`;
  expect(await waitAt(us, ahead(before, 5), "20")).toBe("MERIDIAN_TOKENLOST");
  expect(await waitAt(us, ahead("mars~000000000000", 5), "0")).toBe("MERIDIAN_TOKENLOST");
  expect(await waitAt(us, ahead(theirs, 2 ** 52), "20")).toBe(0);
  expect(await waitAt(us, encodeToken(new Map([[7, now]])), "20")).toBe("MERIDIAN_BADTOKEN");
  expect(await waitAt(us, encodeToken(new Map()), "0")).toBe(1);
});

test.skipIf(skipped)("wrong arguments, transactions, and who may ask", { timeout: 60_000 }, async () => {
  const us = client("us");
  const token = await tokenOf(us);
  const errorOf = async (...parts: string[]): Promise<unknown> =>
    us.call(parts[0] ?? "", ...parts.slice(1)).catch((error: Error) => error.message.split(" ").slice(0, 2).join(" "));
  expect(await errorOf("MERIDIAN.TOKEN", "x")).toBe("ERR wrong");
  expect(await errorOf("meridian.wait", token)).toBe("ERR wrong");
  for (const bad of ["", "x y", `${token}A`, "A".repeat(100_000)]) {
    expect(await errorOf("MERIDIAN.WAIT", bad, "1")).toMatch(/^MERIDIAN_BADTOKEN/);
  }
  for (const ms of ["-1", "60001", "1.5", "", "x"])
    expect(await errorOf("MERIDIAN.WAIT", token, ms)).toMatch(/^MERIDIAN_BADWAIT/);
  const transaction = us.multi();
  transaction.set("k", "never");
  transaction.call("MERIDIAN.TOKEN");
  await expect(transaction.exec()).rejects.toThrow("EXECABORT");

  const admin = client("us");
  await admin.call("ACL", "SETUSER", "reader", "on", ">secret", "+get", "~app:*");
  const reader = client("us");
  await reader.auth("reader", "secret");
  expect(await waitAt(reader, await tokenOf(reader), "0")).toBe(1);
  await admin.call("ACL", "SETUSER", "default", "resetpass", ">secret");
  const stranger = client("us");
  await expect(tokenOf(stranger)).rejects.toThrow("NOAUTH");
  await admin.call("ACL", "SETUSER", "default", "nopass");
  const listener = rawClient(gateways[0]?.port ?? 0);
  for (const sent of ["SUBSCRIBE a", "MERIDIAN.TOKEN", "UNSUBSCRIBE", "CLIENT REPLY SKIP", "MERIDIAN.TOKEN", "PING"]) {
    listener.send(command(...sent.split(" ")));
  }
  await waitFor(() => listener.received.endsWith("+PONG\r\n"), { what: "the last reply" });
  expect(listener.received).toContain("Can't execute 'meridian.token'");
  expect(listener.received).not.toContain("MERIDIAN_");
  listener.send(command("MERIDIAN.TOKEN"));
  await waitFor(() => /\+PONG\r\n\$\d+\r\n[\w-]+\r\n$/.test(listener.received), { what: "the token" });
  listener.close();
});
