/** Regions that come and go while all write: real agents and servers, and the command line. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import type { RegionsDocument } from "@meridian/agent/api";
import { freeBasePort, freePorts, waitFor, type SpawnedRedis } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { BIN, isBuilt } from "./local-start.js";
import { clientOf, newServer, runConfigured, stopAgents, type RunningAgent } from "./running-agent.js";

const run = promisify(execFile);

interface Outcome {
  code: number;
  text: string;
}

/** A command of `meridian region`, about the agent. */
async function region(agent: RunningAgent, ...args: string[]): Promise<Outcome> {
  const words = [BIN, "region", ...args, "--admin", agent.admin];
  try {
    const { stdout, stderr } = await run(process.execPath, words);
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

async function list(agent: RunningAgent): Promise<RegionsDocument> {
  return (await (await fetch(`${agent.admin}/api/regions`)).json()) as RegionsDocument;
}

/** Increments without a pause until it is told to stop; how many were acknowledged. */
function writing(agent: RunningAgent, key: string): () => Promise<number> {
  const client = clientOf(agent.gatewayPort);
  let isOver = false;
  const done = (async () => {
    let count = 0;
    while (!isOver) {
      const reply = await client.incr(key).catch(() => undefined);
      if (reply !== undefined) count++;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return count;
  })();
  return () => {
    isOver = true;
    return done;
  };
}

async function allShow(agents: readonly RunningAgent[], key: string, value: string): Promise<void> {
  let seen: (string | null)[] = [];
  const show = async (): Promise<boolean> => {
    seen = await Promise.all(agents.map(({ gateway }) => gateway.get(key)));
    return seen.every((one) => one === value);
  };
  await waitFor(show, { what: `${key} to be ${value} everywhere`, timeoutMs: 30_000 }).catch((error: unknown) => {
    throw new Error(`${key}: ${JSON.stringify(seen)}, not ${value}`, { cause: error });
  });
}

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(stopAgents, 30_000);

const names = ["us", "eu", "ap", "sa"];

interface World {
  links: number[];
  servers: SpawnedRedis[];
  agents: RunningAgent[];
  start: (name: string, regions: readonly string[], more?: string) => Promise<RunningAgent>;
}

/** The first so many regions, each with an agent. */
async function world(count: number): Promise<World> {
  const base = await freeBasePort(); // a port that is to be used later must be none that anybody is given
  const links = names.map((_name, at) => base + at);
  const servers = await Promise.all(names.map(() => newServer()));
  const linkOf = (name: string): number => links[names.indexOf(name)]!;
  const start: World["start"] = async (name, regions, more = "") => {
    const [gateway = 0, admin = 0] = await freePorts(2);
    const list = regions.map((one) => `  - { name: ${one}, link: "127.0.0.1:${linkOf(one)}" }`);
    const config = `region: ${name}
regions:
${list.join("\n")}
server: { url: "${servers[names.indexOf(name)]!.url}" }
gateway: { port: ${gateway} }
link: { host: 127.0.0.1, port: ${linkOf(name)} }
admin: { port: ${admin} }
${more}
`;
    return runConfigured(name, { gateway, admin }, config);
  };
  const present = names.slice(0, count);
  return { links, servers, start, agents: await Promise.all(present.map((name) => start(name, present))) };
}

test("a region is added, and one removed, while all write", async () => {
  const { links, agents, start } = await world(2);
  const [us, eu] = agents as [RunningAgent, RunningAgent];
  await us.gateway.set("old", "value");
  const ends = [writing(us, "n"), writing(eu, "n")];
  const added = await region(us, "add", "ap", "--link", `127.0.0.1:${links[2]}`);
  expect(added, added.text).toMatchObject({ code: 0 });
  expect(added.text).toMatch(/ap +joining/);
  expect(await region(eu, "add", "ap", "--link", `127.0.0.1:${links[2]}`)).toMatchObject({ code: 0 });
  expect((await region(eu, "add", "ap", "--link", "127.0.0.1:1")).text).toContain(
    "the name ap belongs to a region that is joining",
  );
  const ap = await start("ap", ["us", "ap"], "join: true");
  await waitFor(async () => (await list(ap)).closed === null, { what: "ap to have joined", timeoutMs: 20_000 });
  expect((await list(ap)).regions.map((one) => one.region)).toEqual(["us", "eu", "ap"]);
  ends.push(writing(ap, "n"));
  await waitFor(async () => (await ap.gateway.get("old")) === "value", {
    what: "the old key in ap",
    timeoutMs: 40_000,
  });

  const removed = await region(us, "remove", "eu");
  expect(removed, removed.text).toMatchObject({ code: 0 });
  expect(removed.text).toMatch(/eu +removed/);
  await expect(eu.gateway.set("k", "v")).rejects.toThrow("MERIDIAN_LEAVING");
  const counts = await Promise.all(ends.map((end) => end()));
  await allShow([us, ap], "n", String(counts.reduce((sum, count) => sum + count, 0)));
  const status = await us.status();
  expect(status.links.map(({ from, to }) => `${from} ${to}`).toSorted()).toEqual(["ap us", "us ap"]);
  expect((await region(us, "add", "eu", "--link", "127.0.0.1:1")).text).toMatch(
    /the name \w+ belongs to a region that is/,
  );
  expect((await region(us, "remove", "eu")).code).toBe(0);
}, 120_000);

test("a dead region is forgotten, and refused when it returns", async () => {
  const { agents, servers, start } = await world(3);
  const [us, eu, ap] = agents as [RunningAgent, RunningAgent, RunningAgent];
  await ap.gateway.set("from-ap", "1");
  await allShow(agents, "from-ap", "1");
  expect((await region(us, "forget", "ap", "--yes")).text).toContain("ap is linked right now");
  ap.child.kill("SIGKILL");
  await once(ap.child, "exit");
  const lost = servers[2]!;
  const deadAgent = clientOf(lost.port);
  await deadAgent.call("FCALL", "mer", "1", "mer:{0}", "SET", "unshared", "x");
  await waitFor(async () => !(await us.status()).links.some(({ state, from }) => from === "ap" && state === "up"), {
    what: "us to see that ap is away",
    timeoutMs: 20_000,
  });
  const preview = await region(us, "forget", "ap");
  expect(preview.code).not.toBe(0);
  expect(preview.text).toContain("held by us) is lost");
  expect(preview.text).toContain("meridian region forget ap --yes");
  expect((await list(us)).change).toBeNull();

  const forgotten = await region(us, "forget", "ap", "--yes");
  expect(forgotten, forgotten.text).toMatchObject({ code: 0 });
  expect(await region(eu, "forget", "ap", "--yes")).toMatchObject({ code: 0 });
  expect((await region(eu, "add", "ap", "--link", "127.0.0.1:1")).text).toMatch(
    /the name \w+ belongs to a region that is/,
  );

  const back = await start("ap", ["us", "eu", "ap"]);
  await waitFor(async () => (await list(back)).closed === "forgotten", { what: "ap to hear it", timeoutMs: 20_000 });
  await expect(back.gateway.set("k", "v")).rejects.toThrow("MERIDIAN_FORGOTTEN");
  expect(await back.gateway.get("unshared")).toBe("x");
  const alarms = (await back.status()).regions[0]!.alarms.map(({ code }) => code);
  expect(alarms).toContain("REPLICA_REGION_FORGOTTEN");
  await us.gateway.set("after", "1");
  await allShow([us, eu], "after", "1");
  expect(await us.gateway.get("unshared")).toBeNull();
  expect(await eu.gateway.get("unshared")).toBeNull();
}, 120_000);

test("two regions at once add one each: one change after the other, the same order everywhere", async () => {
  const { links, agents } = await world(2);
  const [us, eu] = agents as [RunningAgent, RunningAgent];
  const add = (agent: RunningAgent, name: string): Promise<Outcome> =>
    region(agent, "add", name, "--link", `127.0.0.1:${links[names.indexOf(name)]}`);
  const both = await Promise.all([add(us, "ap"), add(eu, "sa")]);
  expect(
    both.some(({ code }) => code === 0),
    JSON.stringify(both),
  ).toBe(true);
  for (const one of both.filter(({ code }) => code !== 0)) {
    expect(one.text).toMatch(/another change/);
  }
  expect((await add(us, "ap")).code).toBe(0);
  expect((await add(eu, "sa")).code).toBe(0);
  const orders = await Promise.all(agents.map(async (agent) => (await list(agent)).regions.map((one) => one.region)));
  expect(orders[0]).toEqual(orders[1]);
  expect(orders[0]!.toSorted()).toEqual(names.toSorted());
}, 60_000);
