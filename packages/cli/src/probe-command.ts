/** `meridian probe`: round trips, delays, and how old is what readers see. What it needs is loaded when it is called. */
import type { Command } from "commander";
import { collectUrl } from "./admin-regions.js";
import type { Output } from "./output.js";
import { collectGateway } from "./probe/gateways.js";
import type { ProbeOptions } from "./probe/run.js";

export function addProbe(program: Command, output: Output): void {
  program
    .command("probe")
    .description(
      "measure round trips between regions, delays, and how old is what readers see; writes a few small keys",
    )
    .option("--seconds <n>", "for how long (default: 10)")
    .option("--rate <n>", "writes a second in each region (default: 5)")
    .option("--report <file>", "keep it: as JSON for 'advise --probe', or for people where the name ends in .md")
    .option("--gateway <region=url>", "where a region's gateway is reached from here (repeat it)", collectGateway)
    .option("--admin <url>", "admin API of a region's agent, once for each region of a real deployment", collectUrl)
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print JSON")
    .action(async (options: ProbeOptions) => {
      const { runProbe } = await import("./probe/run.js");
      await runProbe(options, output);
    });
}
