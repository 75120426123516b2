/**
 * The README's first minute, typed as it stands there, against a real start with its usual delays: only the ports are
 * others. What only reads is repeated for a while until it prints what the README says, as a reader's eyes would.
 */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { BASE_PORT_DEFAULT } from "../packages/agent/src/local/options.js";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { consoleExchanges, printsAs, type Exchange } from "./console-blocks.js";
import { isBuilt, start, stopAll } from "./local-start.js";
import { ROOT, read } from "./repository.js";

const READ_MS_MAX = 10_000;
const READS = /^(redis-cli -p \d+ (GET|SMEMBERS) |npx meridian (conflicts|inspect|status|lag)\b)/;
const CLIENTS = ["redis-cli", "valkey-cli"];

const client = CLIENTS.find(isOnPath);
const exchanges = consoleExchanges(read("README.md"));

beforeAll(() => {
  if (!isBuilt) throw new Error("this test runs what was built: npm run build");
  if (client === undefined) console.warn(`SKIPPED: the walk-through needs ${CLIENTS.join(" or ")} on the PATH`);
});
afterEach(stopAll);

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** As the README has it, but for this start. */
function forPorts(command: string, basePort: number): string {
  return command
    .replace(/^redis-cli -p (\d+)/, (_all, port: string) => {
      return `${client} -p ${Number(port) - BASE_PORT_DEFAULT + basePort}`;
    })
    .replace(/^npx meridian (\w+)/, `npx meridian $1 --base-port ${basePort}`);
}

/** redis-cli prints as on a terminal. */
function shell(command: string): Promise<string> {
  const child = spawn("sh", ["-c", command], { cwd: ROOT, env: { ...process.env, FAKETTY: "1" } });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve(printed));
  });
}

async function follow({ command, output }: Exchange, basePort: number): Promise<void> {
  const typed = forPorts(command, basePort);
  let printed = "";
  const isAsSaid = async (): Promise<boolean> => {
    printed = await shell(typed);
    return printsAs(printed, output, / SMEMBERS /.test(command));
  };
  const wait = { what: `${command} to print what the README says`, timeoutMs: READ_MS_MAX };
  const isGood = READS.test(command) ? await waitFor(isAsSaid, wait).catch(() => false) : await isAsSaid();
  if (!isGood) expect.fail(`$ ${typed}\n${printed}\nbut the README says:\n${output.join("\n")}`);
}

test("the README has a walk-through of writes, a cut, a mend and reads in every region", () => {
  const commands = exchanges.map(({ command }) => command).join("\n");
  expect(commands).toMatch(
    /-p 7001 SET [\s\S]*meridian partition[\s\S]*-p 7002 SET [\s\S]*meridian heal[\s\S]*-p 7003 GET /,
  );
});

test.skipIf(client === undefined)(
  "every command prints what the README says",
  async () => {
    const { basePort } = await start();
    for (const exchange of exchanges) await follow(exchange, basePort);
  },
  120_000,
);
