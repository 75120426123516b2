/** `meridian failover`: where one region takes the writes, another one does from then on. */
import { createInterface } from "node:readline/promises";
import type { FailoverDocument, FailoverLoss, FailoverRequest } from "@meridian/agent/api";
import type { Command } from "commander";
import { adminUrl, askUrl } from "./admin-regions.js";
import { CliError } from "./errors.js";
import type { Output } from "./output.js";

interface Options {
  to: string;
  force?: boolean;
  yes?: boolean;
  admin?: string;
  basePort?: string;
  json?: boolean;
}

const PATH = "/api/failover";

export function addFailover(program: Command, output: Output): void {
  program
    .command("failover")
    .description("make another region the primary; nothing is lost, and writes wait meanwhile")
    .requiredOption("--to <region>", "who is to take the writes")
    .option("--force", "the primary is gone: says what may be lost, and asks before it is done")
    .option("--yes", "with --force: don't ask")
    .option("--admin <url>", "of an agent's admin API")
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print JSON")
    .action(async (options: Options) => {
      const document = await run(options, output);
      if (options.json === true) output.json(document);
      else output.lines(failoverLines(document));
    });
}

async function run(options: Options, output: Output): Promise<FailoverDocument> {
  const { to, force = false, yes = false } = options;
  const url = adminUrl(options);
  const ask = (request: FailoverRequest): Promise<FailoverDocument> => askUrl<FailoverDocument>(url, PATH, request);
  if (!force) return await ask({ to });
  if (yes) return await ask({ to, force, confirmed: true });
  const preview = await ask({ to, force, confirmed: false });
  if (options.json === true) output.json(preview);
  else output.lines(failoverLines(preview));
  if (options.json === true || !(await isConfirmed(preview))) throw new CliError("MERIDIAN_CONFIRMFAILOVER", { to });
  return await ask({ to, force, confirmed: true });
}

async function isConfirmed({ to }: FailoverDocument): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`Make ${to} the primary? Type its name: `)).trim() === to;
  } finally {
    terminal.close();
  }
}

export function failoverLines(document: FailoverDocument): string[] {
  const { kind, done, from, to, epoch, pausedMs, loss, unaware } = document;
  const lines: string[] = [];
  if (done) lines.push(`${to} is the primary now (epoch ${epoch}); it was ${from}`);
  if (kind === "planned" && pausedMs !== null) lines.push(`writes waited for ${pausedMs} ms, and none was lost`);
  if (loss !== null) lines.push(...lossLines(document, loss));
  if (unaware.length > 0) lines.push(`not told yet, and will be as soon as they are there: ${unaware.join(", ")}`);
  return lines;
}

function lossLines({ done, from, to }: FailoverDocument, { bytes, ms, heardAgoMs, others }: FailoverLoss): string[] {
  const [will, did] = done ? ["is lost", "was"] : ["will be lost", "is"];
  const heard = heardAgoMs === null ? "never" : `${seconds(heardAgoMs)} ago`;
  const known =
    bytes === null
      ? `what ${will} is not known: nothing was heard of the stream of ${from}`
      : `${bytes} bytes of the stream of ${from} are not in ${to}${ms === null || bytes === 0 ? "" : `, written within ${seconds(ms)}`}: that ${will}`;
  return [
    known,
    `${from} ${did} heard last ${heard}: what it took after that ${will} too, and nobody knows how much it is`,
    `when ${from} is back it takes no writes, and what it had more is saved to a file there`,
    ...others.map(({ region, bytesMore }) => `${region} has ${bytesMore} bytes more than ${to}: choose it rather`),
  ];
}

function seconds(milliseconds: number): string {
  return milliseconds < 10_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1000)} s`;
}
