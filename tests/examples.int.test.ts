/** Each example runs as its README says, upon one start of three regions, through the cut that it makes itself. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isBuilt, start, type Started, stopAll } from "./local-start.js";
import { read, ROOT } from "./repository.js";

const TEST_MS_MAX = 120_000;

/** What each says, in this order. */
const SAYS: Readonly<Record<string, readonly RegExp[]>> = {
  "chat.mjs": [/ap-southeast-1 is cut off\. There: .*cem: where/, /mended.*: .*cem: where.*his line is down/],
  "feature-flags.mjs": [
    /read in eu-west-1: .* off/,
    /eu-west-1 is cut off, and shows off.*us-east-1 says on/,
    /mended, .* on$/m,
  ],
  "leaderboard.mjs": [
    /in every region: cem,30,bob,20,ann,10/,
    /ann with 11$/m,
    /mended, in every region: ann,111,cem,30,bob,25/,
  ],
  "profile.mjs": [
    /^eu-west-1 is cut off\. There: .*"phone".*; in us-east-1: .*"city"/,
    /^mended\. A conflict: of (eu-west-1 and us-east-1|us-east-1 and eu-west-1)$/,
    /^settled, in every region: .*"city":"Oslo","name":"Ann","phone":"555"/,
  ],
  "shop-stock.mjs": [/^10 lamps/, /there 3 get a lamp, .* sold out here, 7 left elsewhere$/, /: 10 lamps were sold$/],
  "sessions.mjs": [/which knows ann/, /eu-west-1 is cut off: .* knows bob/, /mended: ann is logged out in us-east-1/],
};

let running: Started;
beforeAll(async () => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  running = await start({ args: ["--rtt", "20ms", "--no-console"] });
}, TEST_MS_MAX);
afterAll(() => stopAll());

async function run(name: string, basePort: number): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(ROOT, "examples", name), "--base-port", String(basePort)]);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

test("each example is in the list of the README, and tried here", () => {
  const programs = readdirSync(join(ROOT, "examples")).filter(
    (name) => name.endsWith(".mjs") && name !== "deployment.mjs",
  );
  const listed = [...read("examples/README.md").matchAll(/^\| `([a-z-]+\.mjs)`/gm)].map(([, name = ""]) => name);
  expect(listed.toSorted()).toEqual(programs.toSorted());
  expect(Object.keys(SAYS).toSorted()).toEqual(programs.toSorted());
});

test.each(Object.keys(SAYS))("%s", { timeout: TEST_MS_MAX }, async (name) => {
  const { code, stdout, stderr } = await run(name, running.basePort);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  for (const [index, said] of (SAYS[name] ?? []).entries()) expect(lines[index]).toMatch(said);
});

test("without a start it says so", async () => {
  const { code, stderr } = await run("chat.mjs", 1);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "nothing runs at base port 1: npm start\n" });
});
