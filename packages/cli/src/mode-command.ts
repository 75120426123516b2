/**
 * `meridian mode`: whether regions are active-active or active-passive; and making them ready for the other mode, which each takes up as
 * its agent is restarted with it. Run again it goes on where it was.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isDrained, table, type ModeDocument, type ModeRequest, type Style } from "@meridian/agent/api";
import type { Command } from "commander";
import { AdminRegions, collectUrl, type AdminOptions } from "./admin-regions.js";
import { CliError } from "./errors.js";
import { numberOf } from "./numbers.js";
import type { Output } from "./output.js";

interface Options extends AdminOptions {
  json?: boolean;
  primary?: string;
  wait?: string;
}

const WAIT_SECONDS = 300;
const WAIT_SECONDS_MAX = 86_400;
const POLL_MS = 200;

export function addMode(program: Command, output: Output): void {
  const mode = program.command("mode").description("active-active or active-passive: show it, make ready to change it");
  common(mode.command("show", { isDefault: true }).description("the mode of each region")).action(
    async (options: Options) => show(await modes(options), options, output),
  );
  common(
    mode
      .command("active-passive")
      .description("let one region have all writes: the others take none from now on, and it gets what they have"),
  )
    .requiredOption("--primary <region>", "that takes the writes")
    .option("--wait <seconds>", "until it has all, at most so long (default: 300)")
    .action((options: Options) => toPassive(options.primary ?? "", options, output));
  common(
    mode
      .command("active-active")
      .description("take that back; or, with active-passive running, what to do for all regions to write"),
  ).action((options: Options) => toActive(options, output));
}

function common(command: Command): Command {
  return command
    .option("--admin <url>", "admin API of a region's agent, once for each region of a real deployment", collectUrl)
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print JSON");
}

async function modes(options: Options, request?: ModeRequest): Promise<ModeDocument> {
  const found = await new AdminRegions(options).modes(request);
  const regions = new Map(found.map((view) => [view.region, view]));
  return { regions: [...regions.values()] };
}

async function toPassive(primary: string, options: Options, output: Output): Promise<void> {
  const seconds = numberOf("--wait", options.wait, 0, WAIT_SECONDS_MAX) ?? WAIT_SECONDS;
  const before = await modes(options);
  const names = before.regions.map(({ region }) => region);
  if (!names.includes(primary))
    throw new CliError("MERIDIAN_NOSUCHREGION", { region: primary, regions: names.join(", ") });
  const away = before.regions.find(({ problem }) => problem !== null);
  if (away !== undefined) throw new CliError("MERIDIAN_MODEAWAY", { region: away.region, problem: away.problem ?? "" });
  await modes(options, { primary });
  const deadlineMs = performance.now() + seconds * 1000;
  for (;;) {
    const document = await modes(options);
    if (isDrained(document, primary)) {
      if (options.json === true) output.json(document);
      else output.lines([...modeLines(document, output.style), "", ...restartLines(document, primary)]);
      return;
    }
    if (performance.now() > deadlineMs) throw new CliError("MERIDIAN_MODEWAITS", { primary, seconds });
    await delay(POLL_MS);
  }
}

async function toActive(options: Options, output: Output): Promise<void> {
  const before = await modes(options);
  const passive = before.regions.find(({ mode, primary }) => mode === "active-passive" && primary !== null);
  const document = passive === undefined ? await modes(options, { primary: null }) : before;
  if (options.json === true) return output.json(document);
  const steps =
    passive === undefined
      ? ["All regions take writes."]
      : [
          "Restart each agent with mode: active-active and without activePassive:",
          `first those of ${othersOf(document, passive.primary ?? "")}, which serve reads and wait; then that of ${passive.primary ?? ""},`,
          "which makes the keys that are there those of all regions. Then the others go on as copies of it.",
        ];
  output.lines([...modeLines(document, output.style), "", ...steps]);
}

function restartLines(document: ModeDocument, primary: string): string[] {
  return [
    `${primary} has all that the others have written, and they take no more writes. Restart each agent with mode: active-passive and`,
    `activePassive.primary: ${primary}: first those of ${othersOf(document, primary)}, then that of ${primary}. To take it back: meridian mode active-active`,
  ];
}

function othersOf({ regions }: ModeDocument, region: string): string {
  return regions
    .map((view) => view.region)
    .filter((name) => name !== region)
    .join(", ");
}

function show(document: ModeDocument, options: Options, output: Output): void {
  if (options.json === true) output.json(document);
  else output.lines(modeLines(document, output.style));
}

function modeLines({ regions }: ModeDocument, style: Style): string[] {
  const rows = regions.map(({ region, mode, primary, closed, problem }) => [
    region,
    problem === null ? mode : "not known",
    primary ?? "-",
    problem ??
      (mode === "active-passive" ? (primary === region ? "writes" : "reads") : closed ? "takes no writes" : "writes"),
  ]);
  return table(["region", "mode", "primary", ""], rows, style);
}
