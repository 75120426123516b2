/** Sessions in two real regions: over a line that is slow, one that is cut, and with a region killed in the middle. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  connect,
  type ConnectOptions,
  httpSessions,
  type Move,
  type Regions,
  type SessionOptions,
} from "@meridian/client";
import { freePorts, type SpawnedRedis, waitFor } from "@meridian/testkit";
import express from "express";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { isBuilt } from "../local-start.js";
import { newServer, runAgent, type RunningAgent, stopAgents } from "../running-agent.js";
import { ShapedLine } from "../shaped-line.js";

/** A machine that stands still for a moment is no region that is lost. */
const LIMITS = {
  operationMsMax: 60_000,
  tryMsMax: 10_000,
  probeMsMax: 10_000,
  probeEveryMs: 20,
  openMsMin: 50,
  openMsMax: 50,
  reconnectMsMin: 10,
  reconnectMsMax: 50,
};
const LONG_MS = 60_000;
const WAITING: SessionOptions = { behind: "wait", waitMsMax: LONG_MS };

let usServer: SpawnedRedis;
let euServer: SpawnedRedis;
let us: RunningAgent;
let eu: RunningAgent;
/** What us and eu dial to each other, and what a client of us dials. */
let lines: ShapedLine[] = [];
let door: ShapedLine;
const open: (() => unknown)[] = [];

beforeAll(async () => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  [usServer, euServer] = [await newServer(), await newServer()];
  const [usLink = 0, euLink = 0] = await freePorts(2);
  lines = [await ShapedLine.start(usLink), await ShapedLine.start(euLink)];
  us = await runAgent("us", [usLink, lines[1]?.port ?? 0], usServer);
  eu = await runAgent("eu", [lines[0]?.port ?? 0, euLink], euServer);
  door = await ShapedLine.start(us.gatewayPort);
  await us.gateway.set("first", "v");
  await waitFor(async () => (await eu.gateway.get("first")) === "v", { what: "the link" });
}, 60_000);
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  door.mend();
  for (const line of lines) line.mend();
});
afterAll(stopAgents);

/** Nothing is carried between the regions, and neither is told. */
function holdUp(): void {
  for (const line of lines) line.held.add("out").add("in");
}

function letGo(): void {
  for (const line of lines) line.held.clear();
}

async function connectedIn(local: "us" | "eu", more: Partial<ConnectOptions> = {}): Promise<Regions> {
  const regions = await connect({
    regions: [
      { name: "us", url: `redis://127.0.0.1:${door.port}` },
      // Writes in eu go to the server itself.
      { name: "eu", url: euServer.url, through: "server" },
    ],
    local,
    limits: LIMITS,
    ...more,
  });
  open.push(() => regions.close());
  await waitFor(() => regions.order().length === 2, { what: "both regions" });
  return regions;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (result) => `no error: ${JSON.stringify(result)}`,
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

test("a session made in one region is valid at once in the other, over a line that is slow", async () => {
  const [inUs, inEu] = [await connectedIn("us"), await connectedIn("eu")];
  holdUp();
  const made = inUs.session();
  expect(made.token).toBe("");
  await made.write((redis) => redis.hset("session:1", { user: "ann" }));
  const there = inEu.session(made.token, WAITING);
  let isOver = false;
  const reading = there.read((redis, region) => redis.hget("session:1", "user").then((user) => [region, user]), {
    msMax: LONG_MS,
  });
  void reading.finally(() => (isOver = true)).catch(() => undefined);
  expect(await inEu.read((redis) => redis.hget("session:1", "user"))).toBeNull(); // who has no token
  expect(isOver).toBe(false);
  letGo();
  expect(await reading).toEqual(["eu", "ann"]);
  // And back: what was read in eu is not unread in us.
  await there.write((redis) => redis.hset("session:1", { user: "bob" }));
  const back = inUs.session(there.token, WAITING);
  expect(await back.read((redis) => redis.hget("session:1", "user"))).toBe("bob");
  expect(await inUs.wait(there.token, LONG_MS, "eu")).toBe(true);
});

test("over a line that is cut, reads wait no longer than they may, go where it is, or tell", async () => {
  const [inUs, inEu] = [await connectedIn("us"), await connectedIn("eu")];
  for (const line of lines) line.cut();
  const made = inUs.session();
  await made.write((redis) => redis.set("cut", "made in us"));
  const where = (options: SessionOptions): Promise<unknown> =>
    inEu.session(made.token, options).read((redis, region) => redis.get("cut").then((value) => [region, value]));
  expect(await codeOf(where({ behind: "wait", waitMsMax: 50 }))).toBe("MERIDIAN_SESSIONBEHIND");
  expect(await codeOf(where({ behind: "tell" }))).toBe("MERIDIAN_SESSIONBEHIND");
  expect(await where({ waitMsMax: LONG_MS })).toEqual(["us", "made in us"]);
  expect(await inEu.session().read((redis) => redis.get("cut"))).toBeNull();
  expect(await inEu.wait(made.token, 20)).toBe(false);
  // What was read in one region is not unread in the other, but where that was not asked for.
  const [reader, free] = [inUs.session(), inUs.session(undefined, { monotonic: false })];
  expect([await reader.read((redis) => redis.get("cut")), await free.read((redis) => redis.get("cut"))]).toEqual([
    "made in us",
    "made in us",
  ]);
  expect(free.token).toBe("");
  const cautious = inEu.session(reader.token, { behind: "tell" });
  expect(await codeOf(cautious.read((redis) => redis.get("cut")))).toBe("MERIDIAN_SESSIONBEHIND");
  expect(await codeOf(cautious.write((redis) => redis.set("cut", "x"), { follows: true }))).toBe(
    "MERIDIAN_SESSIONBEHIND",
  );
  expect(() => inEu.session("no token")).toThrow("MERIDIAN_BADTOKEN");
});

test("the local region is gone back to when it has caught up, and a session never goes back in time", async () => {
  const regions = await connectedIn("us", { limits: { ...LIMITS, failbackLagMsMax: 200 } });
  const moves: Move[] = [];
  regions.on("moved", (move) => moves.push(move));
  const session = regions.session(undefined, WAITING);
  door.cut();
  await waitFor(() => regions.current === "eu", { what: "the failover" });
  holdUp();
  await session.write((redis) => redis.set("meanwhile", "in eu"));
  door.mend();
  await once(regions, "behind");
  expect(await session.read((redis, region) => redis.get("meanwhile").then((value) => [region, value]))).toEqual([
    "eu",
    "in eu",
  ]);
  expect(moves).toEqual([{ from: "us", to: "eu", why: "failover" }]);
  letGo();
  await waitFor(() => regions.current === "us", { what: "the failback" });
  expect(await session.read((redis, region) => redis.get("meanwhile").then((value) => [region, value]))).toEqual([
    "us",
    "in eu",
  ]);
  expect(moves.at(-1)).toEqual({ from: "eu", to: "us", why: "failback" });
});

test("an application of Express: the cookie of one region's answer is good in the other", async () => {
  const sites: string[] = [];
  for (const local of ["us", "eu"] as const) {
    const sessions = httpSessions(await connectedIn(local), { secure: false, session: WAITING });
    const app = express();
    app.use(sessions.express());
    app.post("/login/:user", async (request, response) => {
      await sessions.of(request).write((redis) => redis.set("login", request.params.user));
      response.json("welcome");
    });
    app.get("/me", async (request, response) => {
      response.json(await sessions.of(request).read((redis) => redis.get("login")));
    });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push(() => server.close());
    sites.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  for (const user of ["ann", "bob", "cid"]) {
    const answer = await fetch(`${sites[0]}/login/${user}`, { method: "POST" });
    const [cookie = ""] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^meridian-token=[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
    const me = await fetch(`${sites[1]}/me`, { headers: { cookie: `other=1; ${cookie.split(";")[0]}` } });
    expect(await me.json()).toBe(user);
  }
  const stranger = await fetch(`${sites[1]}/me`, { headers: { cookie: "meridian-token=forged" } });
  expect(stranger.status).toBe(200);
});

test("a region that is killed in the middle: who waits for what it had is told, and all else goes on", async () => {
  const inUs = await connectedIn("us");
  const inEu = await connectedIn("eu");
  holdUp();
  const made = inUs.session();
  await made.write((redis) => redis.set("last", "words"));
  const waiting = codeOf(
    inEu.session(made.token, { behind: "wait", waitMsMax: 300 }).read((redis) => redis.get("last")),
  );
  us.child.kill("SIGKILL");
  await usServer.kill9();
  for (const line of lines) line.cut();
  expect(await waiting).toBe("MERIDIAN_SESSIONBEHIND");
  await waitFor(() => inUs.current === "eu", { what: "the failover" });
  expect(await codeOf(made.read((redis) => redis.get("last"), { msMax: 2000 }))).toBe("MERIDIAN_SESSIONBEHIND");
  const next = inUs.session();
  expect(await next.write((redis, region) => redis.set("last", region))).toBe("OK");
  expect(await next.read((redis) => redis.get("last"))).toBe("eu");
});
