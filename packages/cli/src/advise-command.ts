/** `meridian advise`: which architecture for which data. What it needs is loaded when it is called. */
import type { Command } from "commander";
import { collectUrl } from "./admin-regions.js";
import type { AdviseOptions } from "./advise/run.js";
import type { Output } from "./output.js";

export function addAdvise(program: Command, output: Output): void {
  program
    .command("advise")
    .description("which architecture for which data, why, and how to start; without --data or --file it asks")
    .option("--data <kinds>", "cache, session, counter, stock, balance, flag, leaderboard, queue; several with commas")
    .option("--regions <a,b,c>", "where the application runs")
    .option("--rtt <time>", "round trips between them: 80ms, or a-b=80ms,a-c=180ms (default: measured, or 100ms)")
    .option("--reads <percent>", "of a hundred requests so many are reads")
    .option("--staleness <time>", "how old may be what a read shows: 0, 500ms, 2s, any")
    .option("--lost-writes <which>", "acknowledged writes that a failure may take: none, seconds, any")
    .option("--written-in <which>", "regions that write it: one, all")
    .option("--latency <time>", "what a request may wait for another region")
    .option(
      "--budget <size>",
      "low: as few servers as will do; medium: one a region; high: a database across regions too",
    )
    .option("--file <file>", "all this as YAML, for each kind by itself")
    .option("--probe <file>", "as measured before: a report of 'meridian probe'")
    .option("--admin <url>", "measure round trips: admin API of a region's agent, once for each region", collectUrl)
    .option("--base-port <n>", "measure round trips of the running start of this base port")
    .option("--json", "print JSON")
    .action(async (options: AdviseOptions) => {
      const { runAdvise } = await import("./advise/run.js");
      await runAdvise(options, output);
    });
}
