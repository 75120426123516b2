/**
 * `meridian region`: which regions there are, and adding, removing and forgetting one. The agents agree upon a change and carry
 * it out by themselves; the command asks one of them, shows how far it is, and waits. Interrupted and run again, it goes on.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isForgetDocument, type ForgetDocument, type RegionsDocument, type RegionsRequest } from "@meridian/agent/api";
import type { Command } from "commander";
import { adminUrl, askUrl } from "./admin-regions.js";
import { CliError, RefusedError } from "./errors.js";
import type { Output } from "./output.js";
import { forgetLines, progressText, regionLines } from "./region-view.js";

const PATH = "/api/regions";
const POLL_MS = 300;
const WAIT_DEFAULT = "300";
const WAIT_SECONDS_MAX = 86_400;

interface Options {
  admin?: string;
  basePort?: string;
  json?: boolean;
  wait?: string;
  yes?: boolean;
}

export function addRegion(program: Command, output: Output): void {
  const region = program.command("region").description("the regions of the deployment: list, add, remove, forget");
  common(region.command("list").description("all regions, those that are gone too")).action(
    async (options: Options) => {
      show(await askUrl<RegionsDocument>(adminUrl(options), PATH), options, output);
    },
  );
  waiting(
    region
      .command("add <name>")
      .description("let a new region in; then start its agent with 'join: true' and an empty server")
      .requiredOption("--link <host:port>", "where its agent is reached; of several agents with commas between"),
  ).action((name: string, options: Options & { link: string }) =>
    change({ action: "add", region: name, link: options.link }, options, output),
  );
  waiting(
    region
      .command("remove <name>")
      .description("let a region go that is there: it takes no writes, gives all it has away"),
  ).action((name: string, options: Options) => change({ action: "remove", region: name }, options, output));
  waiting(
    region
      .command("forget <names...>")
      .description("go on without a region that never comes back; says what is lost")
      .option("--yes", "do it"),
  ).action(async (names: string[], options: Options) => {
    const request = { action: "forget", regions: names } as const;
    if (options.yes === true) return change({ ...request, confirmed: true }, options, output);
    const preview = await askUrl<RegionsDocument | ForgetDocument>(adminUrl(options), PATH, {
      ...request,
      confirmed: false,
    });
    if (!isForgetDocument(preview)) return show(preview, options, output);
    if (options.json === true) output.json(preview);
    else output.lines(forgetLines(preview));
    throw new CliError("MERIDIAN_CONFIRM", { names: names.join(" ") });
  });
}

function common(command: Command): Command {
  return command
    .option("--admin <url>", "of an agent's admin API")
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print JSON");
}

function waiting(command: Command): Command {
  return common(command).option("--wait <seconds>", "until it is done, at most so long; 0: don't wait", WAIT_DEFAULT);
}

async function change(request: RegionsRequest, options: Options, output: Output): Promise<void> {
  const seconds = Number(options.wait ?? WAIT_DEFAULT);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > WAIT_SECONDS_MAX) {
    throw new CliError("MERIDIAN_BADREGIONWAIT", { wait: options.wait ?? "" });
  }
  const url = adminUrl(options);
  const untilMs = performance.now() + seconds * 1000;
  let document = await proposed(url, request, untilMs);
  let said = "";
  while (seconds > 0 && !isDone(document, request)) {
    const text = progressText(document);
    if (text !== said && options.json !== true) output.lines([text]);
    said = text;
    if (!isUnderWay(document, request)) throw new CliError("MERIDIAN_CHANGELOST", {});
    if (performance.now() >= untilMs) throw new CliError("MERIDIAN_CHANGEWAITS", { seconds, progress: text });
    await delay(POLL_MS);
    document = await askUrl<RegionsDocument>(url, PATH);
  }
  show(document, options, output);
}

/** Waits where the agents are about another change, which ends by itself: a region that joined is taken in. */
async function proposed(url: string, request: RegionsRequest, untilMs: number): Promise<RegionsDocument> {
  for (;;) {
    try {
      return await askUrl<RegionsDocument>(url, PATH, request);
    } catch (error) {
      const isBusy = error instanceof RefusedError && error.code === "MERIDIAN_CHANGEUNDERWAY";
      if (!isBusy || performance.now() >= untilMs) throw error;
      await delay(POLL_MS);
    }
  }
}

/** Of the regions that the request names. */
function statusesOf({ regions }: RegionsDocument, request: RegionsRequest): (string | undefined)[] {
  const names = request.action === "forget" ? request.regions : [request.region];
  return names.map((name) => regions.find(({ region }) => region === name)?.status);
}

const WANTED = { add: ["joining", "member"], remove: ["removed"], forget: ["forgotten", "removed"] } as const;

function isWanted(status: string | undefined, { action }: RegionsRequest): boolean {
  return WANTED[action].some((wanted) => wanted === status);
}

function isDone(document: RegionsDocument, request: RegionsRequest): boolean {
  const isThere = statusesOf(document, request).every((status) => isWanted(status, request));
  const isEven = document.regions.every(({ status, lackedBy }) => status !== "forgotten" || lackedBy.length === 0);
  return isThere && document.unaware.length === 0 && (request.action !== "forget" || isEven);
}

/** Another change may have been first. */
function isUnderWay(document: RegionsDocument, request: RegionsRequest): boolean {
  if (document.change !== null) return true;
  return statusesOf(document, request).every((status) => isWanted(status, request) || status === "leaving");
}

function show(document: RegionsDocument, { json }: Options, output: Output): void {
  if (json === true) output.json(document);
  else output.lines(regionLines(document, output.style));
}
