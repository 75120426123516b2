/**
 * `meridian verify`, `--repair` and `doctor` as users run them, on three real regions: differences that native writes make are found,
 * explained and repaired; regions that are written to all the while are not called different.
 */
import { findServerBinary } from "@meridian/engine";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DoctorDocument, RepairDocument, SavedValue, VerifyDocument } from "@meridian/agent/api";
import { waitFor } from "@meridian/testkit";
import { Redis } from "ioredis";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { isBuilt, meridian, newFolder, start, stopAll, type Finished, type Started } from "./local-start.js";

const native = await findServerBinary();

vi.setConfig({ testTimeout: 180_000 });
const SERVERS_AT = 101;
const servers: Redis[] = [];

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.disconnect();
  await stopAll();
});

function serverOf({ basePort }: Started, region: number): Redis {
  const server = new Redis({ host: "127.0.0.1", port: basePort + SERVERS_AT + region });
  server.on("error", () => undefined); // each command is rejected anyway
  servers.push(server);
  return server;
}

function verify({ basePort }: Started, ...args: string[]): Promise<Finished> {
  return meridian("verify", "--base-port", String(basePort), ...args);
}

async function verified(running: Started, ...args: string[]): Promise<[number | null, VerifyDocument]> {
  const { code, stdout, stderr } = await verify(running, ...args, "--json");
  expect(stderr).toBe("");
  return [code, JSON.parse(stdout) as VerifyDocument];
}

async function everywhere(running: Started, read: (client: Redis) => Promise<unknown>, value: unknown): Promise<void> {
  for (const region of [0, 1, 2]) {
    const client = running.client(region);
    const shows = async (): Promise<boolean> => JSON.stringify(await read(client)) === JSON.stringify(value);
    await waitFor(shows, { what: `region ${region} to show ${JSON.stringify(value)}` });
  }
}

async function writeSome(client: Redis): Promise<void> {
  await client.set("string", "right");
  await client.hset("hash", { a: "1", b: "2" });
  await client.sadd("set", "a", "b");
  await client.rpush("list", "a", "b");
  await client.incrby("counter", 5);
  await client.set("timed", "right", "EX", 1000);
  await client.set("last", "1");
}

test("differences made by native writes are found and explained, and a repair makes all equal", async () => {
  const running = await start({ args: ["--rtt", "0"] });
  await writeSome(running.client(0));
  await everywhere(running, (client) => client.get("last"), "1");
  const [equalCode, equal] = await verified(running);
  expect(equal).toMatchObject({ equal: true, differences: [], behind: [], whole: true });
  expect(equal.regions.map(({ keys }) => keys)).toEqual([7, 7, 7]);
  expect(equalCode).toBe(0);

  const eu = serverOf(running, 1);
  await eu.set("string", "wrong");
  await eu.set("stray", "new");
  await eu.del("hash");
  await eu.sadd("set", "past the function");
  await eu.persist("timed");
  const [code, document] = await verified(running);
  expect(code).toBe(1);
  expect(document.equal).toBe(false);
  const found = document.differences.map(({ key, kind, regions }) => [key, kind, regions[1]?.problem]);
  expect(found.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
    ["hash", "differs", "value"],
    ["set", "differs", "parts"],
    ["stray", "differs", "stray"],
    ["string", "differs", null],
    ["timed", "differs", "deadline"],
  ]);
  const explanations = Object.fromEntries(document.differences.map(({ key, explanation }) => [key, explanation]));
  expect(explanations["string"]).toContain("in eu-west-1 it was overwritten past the function");
  expect(explanations["stray"]).toContain("in eu-west-1");
  const printed = await verify(running);
  expect(printed.code).toBe(1);
  expect(printed.stdout).toMatch(/^different: 5 keys differ; 7 keys in 3 regions/);
  expect(printed.stdout).toMatch(/^\* value .*right .*wrong .*right/m);

  // As an operator of a real deployment names the admin APIs.
  const named = await meridian("verify", "--admin", `http://127.0.0.1:${running.basePort}`, "--json");
  expect((JSON.parse(named.stdout) as VerifyDocument).differences).toHaveLength(5);
  const nobody = await meridian("verify", "--admin", "http://127.0.0.1:1");
  expect([nobody.code, nobody.stderr]).toEqual([
    1,
    expect.stringContaining("no admin API of Meridian answers at http://127.0.0.1:1 "),
  ]);

  const unsure = await verify(running, "--repair");
  expect(unsure.code).toBe(1);
  expect(unsure.stderr).toContain("--from REGION (us-east-1, eu-west-1, ap-southeast-1)");

  // One key as eu has it, what is left as us has it.
  const file = join(newFolder(), "before.jsonl");
  const adopted = await verified(running, "--repair", "--from", "eu-west-1", "--key", "string", "--save", file);
  expect(adopted[0]).toBe(1);
  expect(await running.client(2).get("string")).toBe("wrong");
  const saved = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as SavedValue);
  expect(saved.map(({ key, region }) => [key, region])).toEqual([
    ["string", "eu-west-1"],
    ["string", "us-east-1"],
    ["string", "ap-southeast-1"],
  ]);
  // What was overwritten can be had back.
  await running.client(0).restore("back", 0, Buffer.from(saved[1]?.payloadBase64 ?? "", "base64"));
  expect(await running.client(0).get("back")).toBe("right");

  const rest = join(newFolder(), "rest.jsonl");
  const [repairedCode, repaired] = await verified(running, "--repair", "--from", "us-east-1", "--save", rest);
  const { repair } = repaired as VerifyDocument & { repair: RepairDocument };
  expect(repair.failed).toEqual([]);
  expect(repair.repaired.map(String).toSorted()).toEqual(["hash", "set", "stray", "timed"]);
  expect(repaired.equal).toBe(true);
  expect(repairedCode).toBe(0);
  await everywhere(running, (client) => client.exists("stray"), 0);
  await everywhere(running, (client) => client.hgetall("hash"), { a: "1", b: "2" });
  await everywhere(running, async (client) => (await client.smembers("set")).toSorted(), ["a", "b"]);
  // And it goes on as any key does.
  await running.client(2).sadd("set", "c");
  await everywhere(running, (client) => client.scard("set"), 3);
  expect((await verified(running))[0]).toBe(0);
});

test("regions that are written to all the while are not called different; one that is cut off is named", async () => {
  const running = await start({ args: ["--rtt", "20ms"] });
  let goesOn = true;
  const writers = [0, 1, 2].map(async (region) => {
    const client = running.client(region);
    for (let at = 0; goesOn; at++) {
      await client
        .pipeline()
        .set(`key ${at % 500}`, `${region} ${at}`)
        .incr("counter")
        .sadd("set", at % 50)
        .srem("set", (at * 7) % 50)
        .exec();
    }
  });
  try {
    for (let run = 0; run < 3; run++) {
      const [code, document] = await verified(running, "--wait", "3");
      expect(document.differences.filter(({ kind }) => kind !== "busy")).toEqual([]);
      expect(document).toMatchObject({ equal: true, behind: [] });
      expect(code).toBe(0);
    }
  } finally {
    goesOn = false;
    await Promise.all(writers);
  }
  await meridian("partition", "eu-west-1", "--base-port", String(running.basePort));
  await running.client(0).set("unseen", "1");
  const [code, document] = await verified(running, "--wait", "1");
  expect(code).toBe(1);
  expect(document.behind.map(({ region }) => region)).toContain("eu-west-1");
  expect(document.differences.map(({ key, kind }) => [key, kind])).toContainEqual(["unseen", "behind"]);
  await meridian("heal", "--base-port", String(running.basePort));
  await everywhere(running, (client) => client.get("unseen"), "1");
  expect((await verified(running))[0]).toBe(0);
});

test.skipIf(native === undefined)(
  "doctor names what is wrong with a region's server and what to do, for each region",
  async () => {
    const running = await start({ args: ["--rtt", "0"] });
    const doctor = async (): Promise<[number | null, DoctorDocument]> => {
      const { code, stdout } = await meridian("doctor", "--base-port", String(running.basePort), "--json");
      return [code, JSON.parse(stdout) as DoctorDocument];
    };
    await running.client(0).set("key", "value");
    const [wellCode, well] = await doctor();
    expect(well.regions.map(({ problem, findings }) => [problem, findings])).toEqual([
      [null, []],
      [null, []],
      [null, []],
    ]);
    expect(wellCode).toBe(0);

    const [us, eu, ap] = [0, 1, 2].map((region) => serverOf(running, region)) as [Redis, Redis, Redis];
    await us.config("SET", "maxmemory-policy", "allkeys-lru");
    await us.config("SET", "maxmemory", "1000mb");
    await us.hset("written natively", { field: "1" });
    await eu.config("SET", "min-replicas-to-write", "1");
    await ap.call("ACL", "SETUSER", "default", "-rename");
    const [code, document] = await doctor();
    const codes = document.regions.map(({ findings }) => findings.map((finding) => [finding.code, finding.severity]));
    expect(codes).toEqual([
      [
        ["EVICTION", "error"],
        ["BYPASSED", "error"],
      ],
      [
        ["FEWREPLICAS", "error"],
        ["UNCHECKED", "warning"],
      ],
      [["RIGHTS", "error"]],
    ]);
    expect(document.regions[0]?.findings[1]?.message).toContain('"written natively"');
    expect(document.regions[2]?.findings[0]?.message).toContain("RENAME");
    expect(code).toBe(1);
  },
);
