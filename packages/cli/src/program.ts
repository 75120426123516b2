/**
 * The `meridian` command: a thin shell over the admin API. Every command has --json, and ends with a code other than 0
 * and one line that says what is wrong and what to do. Only what this version can do is offered. What only one command
 * needs is loaded by it.
 */
import {
  VERSION,
  type ConflictsDocument,
  type InspectDocument,
  type LinksDocument,
  type LinksRequest,
  type StatusDocument,
} from "@meridian/agent/api";
import type { RunStartOptions } from "@meridian/agent/local";
import { Command, type CommanderError } from "commander";
import { addAdvise } from "./advise-command.js";
import { askApi } from "./api-client.js";
import { conflictsLines } from "./conflicts-view.js";
import { addDoctor } from "./doctor-command.js";
import { inspectLines } from "./inspect-view.js";
import { addLag } from "./lag-command.js";
import { addFailover } from "./failover-command.js";
import { addLink } from "./link-command.js";
import { addMode } from "./mode-command.js";
import type { Output } from "./output.js";
import { addProbe } from "./probe-command.js";
import { statusLines } from "./status-view.js";
import { addTop } from "./top-command.js";
import { runTool, type Tool } from "./tool-command.js";
import { addRegion } from "./region-command.js";
import { addVerify } from "./verify-command.js";

interface Common {
  json?: boolean;
  basePort?: string;
}

const EXIT_USAGE = 2;

/** Sets the exit code that the process ends with. */
type Finish = (code: number) => void;

export function buildProgram(output: Output, finish: Finish): Command {
  const program = new Command("meridian")
    .description("Active-active geo-replication for the Redis or Valkey that you already run")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .showHelpAfterError(false)
    .helpCommand(true);
  addStart(program, finish);
  addAgent(program, finish);
  addQueries(program, output);
  addLag(program, output);
  addTop(program, output);
  addProbe(program, output);
  addLinks(program, output);
  addLink(program, output);
  addRegion(program, output);
  addFailover(program, output);
  addMode(program, output);
  addVerify(program, output, finish);
  addDoctor(program, output, finish);
  addAdvise(program, output);
  addTool(
    program,
    output,
    finish,
    "simulate",
    "run the deterministic simulator: --seed N --steps M --regions N --runs K",
  );
  addTool(program, output, finish, "bench", "measure Meridian beside plain Redis in one run");
  return program;
}

function addStart(program: Command, finish: Finish): void {
  program
    .command("start")
    .description("run all regions on this machine, with an emulated WAN between them")
    .option("--regions <a,b,c>", "their names; of equal stamps the first listed wins")
    .option("--base-port <n>", "admin API on N, gateways N+1.., servers N+101.. (default: 7000)")
    .option("--rtt <time>", "round trip of every link (80ms, 0), or of some: a-b=80ms,a-c=180ms")
    .option("--gateway-processes <n>", "processes of each region's gateway (default: the agent's own)")
    .option("--data <dir>", "where the servers keep their data (default: .meridian)")
    .option("--fresh", "begin empty: delete the data of these regions first")
    .option("--no-console", "no page on the admin port; the API stays")
    .option("--engine <kind>", "cluster: three nodes a region, further ones on N+201.., N+301..")
    .option("--mode <mode>", "active-passive: one region takes the writes, the others follow it")
    .option("--json", "print the status as one line of JSON instead of the summary")
    .action(async (options: RunStartOptions) => {
      const { runStart } = await import("@meridian/agent/local");
      finish(await runStart(options));
    });
}

function addAgent(program: Command, finish: Finish): void {
  program
    .command("agent")
    .description("run one region's agent of a real deployment; it logs to stderr")
    .option("--config <file>", "its configuration", "meridian.yaml")
    .option("--json", "errors as JSON")
    .action(async ({ config }: { config: string }) => {
      const { runAgent } = await import("@meridian/agent/main");
      finish(await runAgent(config));
    });
}

/** Commands that ask a running start. */
function common(command: Command): Command {
  return command.option("--base-port <n>", "of the running start (default: 7000)").option("--json", "print JSON");
}

function addQueries(program: Command, output: Output): void {
  common(program.command("status").description("regions and links of the running start")).action(
    async ({ basePort, json }: Common) => {
      const status = await askApi<StatusDocument>(basePort, "/api/status");
      if (json === true) output.json(status);
      else output.lines(statusLines(status, output.style));
    },
  );
  common(program.command("inspect <key>").description("value and metadata of a key in every region, side by side"))
    .option("--base64", "the key is given as base64 or base64url, for bytes that are no text")
    .action(async (key: string, { basePort, json, base64 }: Common & { base64?: boolean }) => {
      const query = keyQuery(key, base64 === true);
      const document = await askApi<InspectDocument>(basePort, `/api/inspect?${query.toString()}`);
      if (json === true) output.json(document);
      else output.lines(inspectLines(document, output.style));
    });
  addConflicts(program, output);
}

function addConflicts(program: Command, output: Output): void {
  interface Options extends Common {
    base64?: boolean;
    limit?: string;
  }
  common(program.command("conflicts [key]").description("what lost in conflicts and is kept, and how many there were"))
    .option("--limit <n>", "list at most so many (default: 100)")
    .option("--base64", "the key is given as base64 or base64url, for bytes that are no text")
    .action(async (key: string | undefined, { basePort, json, base64, limit }: Options) => {
      const query = key === undefined ? new URLSearchParams() : keyQuery(key, base64 === true);
      if (limit !== undefined) query.set("limit", limit);
      const document = await askApi<ConflictsDocument>(basePort, `/api/conflicts?${query.toString()}`);
      if (json === true) output.json(document);
      else output.lines(conflictsLines(document, key, output.style));
    });
}

function keyQuery(key: string, isBase64: boolean): URLSearchParams {
  return new URLSearchParams({ [isBase64 ? "keyBase64" : "key"]: key });
}

function addLinks(program: Command, output: Output): void {
  const act = async (request: LinksRequest, { basePort, json }: Common): Promise<void> => {
    const document = await askApi<LinksDocument>(basePort, "/api/links", request);
    if (json === true) output.json(document);
    else output.lines(linksLines(document, output));
  };
  common(
    program.command("partition <a> [b]").description("cut the link between two regions, or all links of one"),
  ).action((a: string, b: string | undefined, options: Common) => act(requestOf(false, a, b), options));
  common(
    program.command("heal [a] [b]").description("mend the link between two regions, all of one, or every link"),
  ).action((a: string | undefined, b: string | undefined, options: Common) => act(requestOf(true, a, b), options));
}

function requestOf(up: boolean, a: string | undefined, b: string | undefined): LinksRequest {
  return { up, ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
}

function linksLines({ links }: LinksDocument, { style }: Output): string[] {
  return links.map(({ a, b, up }) => `${a} - ${b}  ${up ? style.green("up") : style.red("cut")}`);
}

function addTool(program: Command, output: Output, finish: Finish, tool: Tool, description: string): void {
  program
    .command(`${tool} [arguments...]`)
    .description(description)
    .option("--json", "print JSON")
    .allowUnknownOption()
    .action(async (args: string[], { json }: { json?: boolean }) => {
      finish(await runTool(tool, args, json === true, output));
    });
}

/** Of a command line that commander refuses; help and version are not errors. */
export function usageExit(error: CommanderError): { code: number; message: string | undefined } {
  if (error.exitCode === 0) return { code: 0, message: undefined };
  const text = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return { code: EXIT_USAGE, message: `${text}; see: meridian --help` };
}
