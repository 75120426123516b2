/**
 * `verify`: compares all regions, and with --repair makes what differs equal, as the region named by --from has it. What a repair
 * overwrites is in a file before it is overwritten.
 */
import { open } from "node:fs/promises";
import {
  repairKeys,
  verifyLimits,
  verifyRegions,
  type Difference,
  type InspectDocument,
  type RepairDocument,
  type SavedValue,
  type VerifyDocument,
  type VerifySource,
} from "@meridian/agent/api";
import type { Command } from "commander";
import { AdminRegions, collectUrl, type AdminOptions } from "./admin-regions.js";
import { CliError } from "./errors.js";
import type { Output } from "./output.js";
import { repairLines, verifyLines } from "./verify-view.js";

interface Options extends AdminOptions {
  json?: boolean;
  wait?: string;
  repair?: boolean;
  from?: string;
  key?: string[];
  save?: string;
}

const SHOWN_MAX = 10;
const WAIT_SECONDS_MAX = 3600;

export function addVerify(program: Command, output: Output, finish: (code: number) => void): void {
  program
    .command("verify")
    .description("compare all keys of all regions; exit code 1 if they differ")
    .option("--wait <seconds>", "how long writes on their way are waited for (default: 10)")
    .option("--repair", "make what differs equal, as the region of --from has it")
    .option("--from <region>", "the region whose values are right")
    .option("--key <key>", "repair this key only (repeat it for more)", collectKey)
    .option("--save <file>", "where a repair keeps what it overwrites (default: meridian-repair-TIME.jsonl)")
    .option("--admin <url>", "admin API of a region's agent, once for each region of a real deployment", collectUrl)
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print JSON")
    .action(async (options: Options) => {
      finish(await verify(options, output));
    });
}

function collectKey(key: string, before: string[] | undefined): string[] {
  return [...(before ?? []), key];
}

async function verify(options: Options, output: Output): Promise<number> {
  const waitMs = waitOf(options.wait);
  const regions = new AdminRegions(options);
  const sources = await regions.sources();
  const from = options.repair === true ? sourceOf(options, sources) : undefined;
  let document = await verifyRegions(sources, { waitMs });
  let repair: RepairDocument | undefined;
  if (from !== undefined) {
    refuseIncomplete(document);
    repair = await repairAll(sources, document, from, options, waitMs);
    if (repair.repaired.length > 0) document = await verifyRegions(sources, { waitMs });
  }
  if (options.json === true) {
    output.json(repair === undefined ? document : { ...document, repair });
  } else {
    if (repair !== undefined) output.lines(repairLines(repair, output.style));
    output.lines(verifyLines(document, await shown(regions, document), output.style));
  }
  return document.equal && (repair?.failed.length ?? 0) === 0 ? 0 : 1;
}

function waitOf(wait: string | undefined): number {
  if (wait === undefined) return verifyLimits.waitMs;
  const seconds = Number(wait);
  if (!/^\d+(\.\d+)?$/.test(wait) || seconds > WAIT_SECONDS_MAX) throw new CliError("MERIDIAN_BADWAIT", { wait });
  return seconds * 1000;
}

/** Asked for before anything else, for there is no region that is right by itself. */
function sourceOf({ from }: Options, sources: readonly VerifySource[]): string {
  const names = sources.map(({ region }) => region).join(", ");
  if (from === undefined) throw new CliError("MERIDIAN_NOFROM", { regions: names });
  if (!sources.some(({ region }) => region === from)) throw new CliError("MERIDIAN_BADFROM", { from, regions: names });
  return from;
}

function refuseIncomplete({ regions, behind }: VerifyDocument): void {
  const away = regions.find(({ problem }) => problem !== null);
  if (away !== undefined) throw new CliError("MERIDIAN_REPAIRALL", { why: `${away.region}: ${away.problem}` });
  const [late] = behind;
  if (late !== undefined) {
    throw new CliError("MERIDIAN_REPAIRALL", { why: `${late.region} does not have all that ${late.of} has` });
  }
}

async function repairAll(
  sources: readonly VerifySource[],
  { differences }: VerifyDocument,
  from: string,
  options: Options,
  waitMs: number,
): Promise<RepairDocument> {
  const only = options.key?.map((key) => Buffer.from(key, "utf8").toString("base64"));
  const proven = differences.filter(({ kind }) => kind === "differs");
  const chosen = only === undefined ? proven : proven.filter(({ keyBase64 }) => only.includes(keyBase64));
  if (chosen.length === 0) return { repaired: [], failed: [], saved: null };
  const name = options.save ?? `meridian-repair-${new Date().toISOString().replaceAll(/[:.]/g, "-")}.jsonl`;
  const file = await open(name, "ax", 0o600).catch((error: unknown) => {
    throw new CliError("MERIDIAN_NOSAVE", { file: name, reason: error instanceof Error ? error.message : "" }, error);
  });
  const save = async (values: readonly SavedValue[]): Promise<void> => {
    await file.appendFile(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
    await file.sync();
  };
  try {
    return { ...(await repairKeys(sources, chosen, { from, waitMs, save })), saved: name };
  } finally {
    await file.close();
  }
}

/** The first differences with what each region has, side by side. */
async function shown(
  regions: AdminRegions,
  { differences }: VerifyDocument,
): Promise<Map<Difference, InspectDocument | undefined>> {
  const found = new Map<Difference, InspectDocument | undefined>();
  for (const difference of differences.slice(0, SHOWN_MAX)) {
    found.set(difference, await regions.inspect(difference.keyBase64));
  }
  return found;
}
