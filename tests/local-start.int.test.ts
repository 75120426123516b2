/** `meridian start` and the commands that ask it, end to end: the contract of the two commands. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { findServerBinary, isPortFree } from "@meridian/engine";
import type { InspectDocument, LinksDocument, StatusDocument } from "@meridian/agent/api";
import { freeBasePort, waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { BIN, isBuilt, meridian, newFolder, processesOf, start, stopAll, type Started } from "./local-start.js";
import { ROOT } from "./repository.js";

const native = await findServerBinary();
const ALL_PORTS = [0, 1, 2, 3, 101, 102, 103];

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  if (native === undefined) console.warn("SKIPPED: what keeps data needs valkey-server or redis-server on the PATH");
});
afterEach(stopAll);

function base({ basePort }: Started): string[] {
  return ["--base-port", String(basePort)];
}

async function status(running: Started): Promise<StatusDocument> {
  const { code, stdout, stderr } = await meridian("status", "--json", ...base(running));
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as StatusDocument;
}

async function reads(running: Started, region: number, key: string, value: string | null): Promise<void> {
  const client = running.client(region);
  await waitFor(async () => (await client.get(key)) === value, { what: `region ${region} to show ${key} = ${value}` });
}

describe("three regions", () => {
  test("write here, read there, cut off, write on both sides, mend, agree, stop, and find it all again", async () => {
    const running = await start({ args: ["--rtt", "20ms"] });
    const [us, eu] = [running.client(0), running.client(1)];
    expect(await us.set("greeting", "hello")).toBe("OK");
    await reads(running, 1, "greeting", "hello");
    await reads(running, 2, "greeting", "hello");

    const cut = await meridian("partition", "eu-west-1", "--json", ...base(running));
    const links = (JSON.parse(cut.stdout) as LinksDocument).links;
    expect(links.map(({ a, b, up }) => [a, b, up])).toEqual([
      ["us-east-1", "eu-west-1", false],
      ["us-east-1", "ap-southeast-1", true],
      ["eu-west-1", "ap-southeast-1", false],
    ]);
    await us.set("greeting", "from us");
    await eu.set("greeting", "from eu");
    await us.incrby("visits", 5);
    await eu.incrby("visits", 7);
    await reads(running, 2, "greeting", "from us");
    expect(await eu.get("greeting")).toBe("from eu");
    const during = await status(running);
    expect(during.links.find(({ from, to }) => from === "us-east-1" && to === "eu-west-1")?.state).toBe("cut");

    expect((await meridian("heal", ...base(running))).code).toBe(0);
    for (const region of [0, 1, 2]) {
      await reads(running, region, "greeting", "from eu");
      await reads(running, region, "visits", "12");
    }

    const stopped = await running.stop();
    expect(stopped.code).toBe(0);
    for (const offset of ALL_PORTS) expect(await isPortFree(running.basePort + offset), `port +${offset}`).toBe(true);
    if (native === undefined) return;
    const again = await start({ basePort: running.basePort, dataDir: running.dataDir, args: ["--rtt", "0"] });
    await reads(again, 2, "visits", "12");
    await again.stop();
    const fresh = await start({
      basePort: running.basePort,
      dataDir: running.dataDir,
      args: ["--rtt", "0", "--fresh"],
    });
    expect(await fresh.client(0).get("visits")).toBeNull();
  }, 120_000);

  test("commands show what there is, in words and in JSON", async () => {
    const running = await start({ args: ["--rtt", "0"] });
    await running.client(0).set("k", "v");
    await reads(running, 1, "k", "v");
    await reads(running, 2, "k", "v");
    const document = await status(running);
    expect(document).toMatchObject({ format: 1, kind: "local" });
    expect(document.regions.map(({ region, state }) => `${region} ${state}`)).toEqual([
      "us-east-1 up",
      "eu-west-1 up",
      "ap-southeast-1 up",
    ]);
    expect(document.links).toHaveLength(6);
    expect((await meridian("status", ...base(running))).stdout).toMatch(/^us-east-1 +up +127\.0\.0\.1:/m);
    expect((await meridian("lag", ...base(running))).stdout).toMatch(/^us-east-1 -> eu-west-1 +up +\d+ ms/m);
    const shown = JSON.parse((await meridian("inspect", "k", "--json", ...base(running))).stdout) as InspectDocument;
    expect(shown.regions.map(({ type, ttlMs, value }) => [type, ttlMs, value?.content])).toEqual(
      [0, 1, 2].map(() => ["string", -1, "v"]),
    );
    expect(shown.regions[2]?.metadata).toHaveProperty("string.registers.0.origin");
    expect((await meridian("inspect", "k", ...base(running))).stdout).toMatch(/^ +value +v +v +v$/m);
    const refused = await meridian("partition", "mars", ...base(running));
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toBe(
      "meridian: 'mars' is no region here; there are: us-east-1, eu-west-1, ap-southeast-1\n",
    );
    const metrics = await (await fetch(`http://127.0.0.1:${running.basePort}/metrics`)).text();
    expect(metrics).toContain('meridian_agent_up{region="ap-southeast-1"} 1');
  }, 60_000);
});

describe("kill -9", () => {
  test.skipIf(native === undefined)(
    "of the start leaves nothing running, and the next one has the data",
    async () => {
      const running = await start({ args: ["--regions", "a,b", "--rtt", "0"] });
      await running.client(0).set("k", "v");
      await reads(running, 1, "k", "v");
      running.child.kill("SIGKILL");
      await running.exited;
      await waitFor(
        async () => {
          const free = await Promise.all([0, 1, 2, 101, 102].map((offset) => isPortFree(running.basePort + offset)));
          return free.every(Boolean);
        },
        { what: "every port to be free" },
      );
      const again = await start({ basePort: running.basePort, dataDir: running.dataDir, args: ["--regions", "a,b"] });
      await reads(again, 0, "k", "v");
      await reads(again, 1, "k", "v");
    },
    60_000,
  );

  test.skipIf(native === undefined)(
    "of any agent and any server during writes: all is there again, and the regions agree",
    async () => {
      const running = await start({ args: ["--regions", "a,b", "--rtt", "0"] });
      const { regions } = await status(running);
      expect(regions.map(({ state }) => state)).toEqual(["up", "up"]);
      for (const { pid: victim } of processesOf(running)) {
        await running.client(0).set(`before ${victim}`, "1");
        await reads(running, 1, `before ${victim}`, "1");
        process.kill(victim, "SIGKILL");
        await waitFor(
          async () => {
            const now = await status(running);
            return now.regions.every(({ state }) => state === "up") && now.links.every(({ state }) => state === "up");
          },
          { what: "all to be up again", timeoutMs: 20_000 },
        );
        await waitFor(async () => (await running.client(1).set(`after ${victim}`, "1")) === "OK", { what: "a write" });
        await reads(running, 0, `after ${victim}`, "1");
      }
    },
    120_000,
  );
});

describe("npm start", () => {
  test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)(
    "npm gets %s: nothing is left running",
    async (signal) => {
      const basePort = await freeBasePort();
      const args = ["start", "--", "--regions", "a,b", "--base-port", String(basePort), "--data", newFolder()];
      const npm = spawn("npm", args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
      let printed = "";
      npm.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
      await waitFor(() => printed.includes("meridian ready\n"), { what: "npm start to be ready", timeoutMs: 60_000 });
      npm.kill(signal);
      await waitFor(
        async () => {
          const free = await Promise.all([0, 1, 2, 101, 102].map((offset) => isPortFree(basePort + offset)));
          return free.every(Boolean);
        },
        { what: "every port to be free" },
      );
    },
    90_000,
  );
});

describe("what is refused", () => {
  test("a port in use is named, with the remedy, and nothing is left running", async () => {
    const basePort = await freeBasePort();
    const blocker = createServer().listen(basePort + 2, "127.0.0.1");
    await once(blocker, "listening");
    const failed = await start({ basePort });
    const { code, stderr } = await failed.exited;
    blocker.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${basePort + 2} on 127.0.0.1 is in use`);
    expect(stderr).toContain("--base-port N");
    expect(await isPortFree(basePort + 101)).toBe(true);
  }, 30_000);

  test("a data folder that another start has is named, also with --fresh", async () => {
    const running = await start({ args: ["--regions", "a,b"] });
    await running.client(0).set("k", "v");
    const second = await start({ dataDir: running.dataDir, args: ["--regions", "a,b", "--fresh"] });
    const { code, stderr } = await second.exited;
    expect(code).toBe(1);
    expect(stderr).toContain(`base port ${running.basePort}`);
    expect(await running.client(0).get("k")).toBe("v");
  }, 60_000);

  test.each([
    [["start", "--engine", "sharded"], 1, "--engine sharded: it is no kind of engine"],
    [["start", "--mode", "passive"], 1, "--mode passive: it is no mode; write active-passive"],
    [["start", "--rtt", "soon"], 1, "--rtt soon: it is no duration; write 80ms, 1.5s or 0"],
    [["start", "--xyzzy"], 2, "unknown option '--xyzzy'; see: meridian --help"],
    [["converge"], 2, "unknown command 'converge'"],
    [["status", "--base-port", "x"], 1, "--base-port x: it is no base port"],
    [["agent", "--config", "/nowhere.yaml"], 1, "the configuration /nowhere.yaml can't be read"],
  ])("%j", async (args, code, message) => {
    const finished = await meridian(...args);
    expect(finished.code).toBe(code);
    expect(finished.stderr).toContain(message);
    expect(finished.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a start that is not there, and a port of somebody else", async () => {
    const port = await freeBasePort();
    const nobody = await meridian("status", "--base-port", String(port), "--json");
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toContain("start it with: npm start");
    expect(JSON.parse(nobody.stdout)).toMatchObject({ error: { code: "MERIDIAN_NOSTART" } });
    const other = createServer((socket) => socket.end("-ERR no HTTP\r\n")).listen(port, "127.0.0.1");
    await once(other, "listening");
    const wrong = await meridian("status", "--base-port", String(port));
    other.close();
    expect(wrong.stderr).toContain("is not Meridian's admin API");
  });

  test("a signal while it is starting ends it well", async () => {
    const basePort = await freeBasePort();
    const args = [BIN, "start", "--base-port", String(basePort), "--data", newFolder()];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    await waitFor(async () => !(await isPortFree(basePort + 101)), { what: "a server to listen" });
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).toBe(0);
    for (const offset of ALL_PORTS) expect(await isPortFree(basePort + offset), `port +${offset}`).toBe(true);
  }, 30_000);
});
