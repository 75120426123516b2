/** `meridian advise` as a whole: flags, a file, answers on a terminal, and what a running deployment measures. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, expect, test } from "vitest";
import { main } from "../index.js";
import type { Output } from "../output.js";
import { noStyle } from "../test-support/no-style.js";
import type { Advice } from "./advise.js";
import { runAdvise, type AdviseOptions } from "./run.js";

interface Printed {
  code: number;
  text: string;
  json: unknown;
  errors: string[];
}

function printer(): { output: Output; printed: Printed } {
  const printed: Printed = { code: 0, text: "", json: undefined, errors: [] };
  const output: Output = {
    style: noStyle,
    lines: (lines) => (printed.text += `${lines.join("\n")}\n`),
    json: (document) => (printed.json = document),
    error: (line) => printed.errors.push(line),
  };
  return { output, printed };
}

async function advise(...args: string[]): Promise<Printed> {
  const { output, printed } = printer();
  printed.code = await main(["advise", ...args], output);
  return printed;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "meridian-advise-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("for people: what was said, the answer, why none of the others, and how to start", async () => {
  const flags = [
    "--regions",
    "us,eu",
    "--rtt",
    "80ms",
    "--reads",
    "90",
    "--staleness",
    "2s",
    "--lost-writes",
    "seconds",
  ];
  const { code, text, errors } = await advise("--data", "session,balance", ...flags);
  expect([code, errors]).toEqual([0, []]);
  expect(text).toMatch(/^us - eu: 80 ms a round trip, given$/m);
  expect(text).toMatch(/^session: active-active, by Meridian$/m);
  expect(text).toMatch(/^balance: a database with cross-region transactions$/m);
  expect(text).toMatch(/^ {2}why none of the others$/m);
  expect(text).toMatch(/^ {2}# meridian\.yaml of us;/m);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(140);
});

test("for programs: needs, facts and advice in one document", async () => {
  const { json } = await advise("--data", "cache", "--regions", "us,eu", "--json");
  const { needs, recommendations } = json as Advice;
  expect(needs.roundTrips).toEqual([{ a: "us", b: "eu", ms: 100, basis: "assumed" }]);
  expect(recommendations).toMatchObject([{ kind: "cache", architecture: "regional", facts: { copyMs: 53 } }]);
});

test.each([
  [["--data", "cache"], "nothing says which regions the application runs in"],
  [
    ["--data", "cache", "--regions", "a", "--lost-writes", "x"],
    "--lost-writes x: there is no such thing; give one of none",
  ],
  [["--data", "cache", "--file", "needs.yaml"], "--data cache: --file says all this already"],
  [["--reads", "5", "--file", "needs.yaml"], "--reads 5: --file says all this already"],
  [["--file", "/nowhere/needs.yaml"], "the needs in /nowhere/needs.yaml can't be read (ENOENT); give the path"],
  [["--data", "cache", "--admin", "ftp://x"], "--admin ftp://x is no address of an admin API"],
  [["--data", "cache", "--base-port", "x"], "--base-port x: it is no base port"],
])("%j is refused with one line and code 1", async (args, message) => {
  const { code, errors } = await advise(...args);
  expect(code).toBe(1);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain(message);
});

test("with --json the error has its code; where nobody can be asked, it says so", async () => {
  const { output, printed } = printer();
  await expect(runAdvise({}, output, () => undefined)).rejects.toThrow("nothing says what data it is about");
  const { json } = await advise("--data", "x", "--regions", "a", "--json");
  expect(json).toMatchObject({ error: { code: "MERIDIAN_BADNEED" } });
  expect(printed.text).toBe("");
});

test("from a file", async () => {
  const file = join(await folder(), "needs.yaml");
  await writeFile(file, "regions: [us, eu]\ndata: [{ kind: stock, lostWrites: none }]\n");
  expect((await advise("--file", file)).text).toMatch(/^stock: a database with cross-region transactions$/m);
});

async function answered(
  options: AdviseOptions,
  answers: string[],
): Promise<{ text: string; asked: string[]; closed: number }> {
  const { output, printed } = printer();
  const asked: string[] = [];
  let closed = 0;
  const ask = (line: string): Promise<string> => {
    asked.push(line);
    return Promise.resolve(answers.shift() ?? "");
  };
  await runAdvise(options, output, () => ({ ask, close: () => closed++ }));
  return { text: printed.text, asked, closed };
}

test("answers on a terminal: Enter takes what is usual, nonsense is asked again, flags are not asked for", async () => {
  const answers = ["shoes", "session,queue", "us, eu", "80ms", "", "", "0", "none", "all", "50", "any", "any", ""];
  const { text, asked, closed } = await answered({ reads: "50" }, answers);
  expect(asked[1]).toMatch(/^--data shoes: there is no such thing; give one of .*\nwhich data/);
  expect(asked.filter((line) => line.includes("reads of 100"))).toEqual([]);
  expect(asked).toContain("session: how old may be what a read shows (0, 500ms, 2s, any) [2 s]: ");
  expect(text).toMatch(/^us - eu: 80 ms a round trip, given$/m);
  expect(text).toMatch(/^session: a database with cross-region transactions$/m);
  expect(closed).toBe(1);
});

test("an answer that never makes sense ends it", async () => {
  await expect(
    answered(
      {},
      Array.from({ length: 9 }, () => "shoes"),
    ),
  ).rejects.toThrow("--data shoes: there is no such thing");
});

test("round trips and delays of a running deployment, where its agents say them", async () => {
  const link = (from: string, to: string, roundTripMs: number | null, p99: number | null) => {
    return { from, to, roundTripMs, delayMs: p99 === null ? null : { p50: 1, p99 } };
  };
  const status = {
    regions: [{ region: "us" }],
    links: [link("us", "eu", 82.04, null), link("eu", "us", 81, 44.6), link("us", "ap", null, null)],
  };
  const server = createServer((_request, response) => response.end(JSON.stringify(status))).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { text, errors } = await advise("--data", "session", "--admin", `http://127.0.0.1:${port}`);
  expect(errors).toEqual([]);
  expect(text).toMatch(/^regions: us, eu, ap$/m);
  expect(text).toMatch(/^us - eu: 81 ms a round trip, measured$/m);
  expect(text).toMatch(/^us - ap: 100 ms a round trip, assumed$/m);
  expect(text).toMatch(/^a write shows in another region within 45 ms \(99 of 100, measured\)$/m);
});
