/** The command line of `npm run bench`. A wrong option is refused, and nothing is measured. */
import { parseArgs } from "node:util";
import { BenchError, textOf } from "./errors.js";
import { limits } from "./limits.js";
import { type PartName, partNames } from "./parts/names.js";
import { type Scale, type Sizes, sizes } from "./sizes.js";

export interface BenchOptions {
  readonly scale: Scale;
  readonly sizes: Sizes;
  readonly parts: readonly PartName[];
  readonly json: boolean;
  /** Append-only file of every server, plain ones too; synced every second. */
  readonly aof: boolean;
  readonly help: boolean;
  /** Only the whole, at full size, goes into docs/. */
  readonly writesDocs: boolean;
}

export const HELP = `npm run bench [-- options]   measures Meridian beside plain Redis; see docs/benchmarks.md

  --quick        small counts, some five minutes; writes nothing to docs/
  --tiny         smallest counts: only shows that everything runs
  --only A,B     some parts only: ${partNames.join(", ")}; writes nothing to docs/
  --rounds N     rounds (default 3, quick 1)
  --no-aof       every server without append-only file; writes nothing to docs/
  --json         the raw data on stdout instead of tables
`;

export function parseOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const scale: Scale = values.tiny === true ? "tiny" : values.quick === true ? "quick" : "full";
  const parts = values.only === undefined ? partNames : parseParts(values.only);
  const base = sizes[scale];
  const aof = values["no-aof"] !== true;
  return {
    scale,
    sizes: values.rounds === undefined ? base : { ...base, rounds: parseRounds(values.rounds) },
    parts,
    json: values.json === true,
    aof,
    help: values.help === true,
    writesDocs: scale === "full" && values.only === undefined && aof,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean" },
        tiny: { type: "boolean" },
        only: { type: "string" },
        rounds: { type: "string" },
        "no-aof": { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new BenchError("BENCH_BADOPTION", {
      option: "options",
      value: args.join(" "),
      problem: textOf(error),
      remedy: "see --help",
    });
  }
}

function parseParts(text: string): PartName[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !partNames.some((part) => part === name));
  if (unknown !== undefined) {
    throw new BenchError("BENCH_BADOPTION", {
      option: "--only",
      value: text,
      problem: `there is no part '${unknown}'`,
      remedy: `choose among ${partNames.join(", ")}`,
    });
  }
  return partNames.filter((part) => names.includes(part));
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= limits.roundsMax) return rounds;
  throw new BenchError("BENCH_BADOPTION", {
    option: "--rounds",
    value: text,
    problem: "that is no number of rounds",
    remedy: `give 1 to ${limits.roundsMax}`,
  });
}
