/** `meridian link`: the limits of bandwidth of a running start or agent, shown or set. */
import type { BandwidthDocument, BandwidthRequest } from "@meridian/agent/api";
import type { Command } from "commander";
import { askApi } from "./api-client.js";
import type { Output } from "./output.js";

interface Options {
  bandwidth?: string;
  basePort?: string;
  json?: boolean;
}

const PATH = "/api/bandwidth";

export function addLink(program: Command, output: Output): void {
  program
    .command("link [a] [b]")
    .description("show what links may use, or limit the link between two regions, all of one, or every link")
    .option("--bandwidth <rate>", "what each direction may use, such as 10Mbit; none: no limit")
    .option("--base-port <n>", "of the running start, or the admin port of an agent (default: 7000)")
    .option("--json", "print JSON")
    .action(async (a: string | undefined, b: string | undefined, options: Options) => {
      const document = await askApi<BandwidthDocument>(options.basePort, PATH, requestOf(a, b, options));
      if (options.json === true) output.json(document);
      else output.lines(bandwidthLines(document, a, b));
    });
}

/** Undefined: only to be shown. */
export function requestOf(
  a: string | undefined,
  b: string | undefined,
  { bandwidth }: Pick<Options, "bandwidth">,
): BandwidthRequest | undefined {
  if (bandwidth === undefined) return undefined;
  return {
    bandwidth: bandwidth === "none" ? null : bandwidth,
    ...(a === undefined ? {} : { a }),
    ...(b === undefined ? {} : { b }),
  };
}

export function bandwidthLines({ links }: BandwidthDocument, a: string | undefined, b: string | undefined): string[] {
  return links
    .filter(({ from, to }) => [a, b].every((name) => name === undefined || name === from || name === to))
    .map(({ from, to, bandwidth }) => `${from} -> ${to}  ${bandwidth ?? "no limit"}`);
}
