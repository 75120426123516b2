/** `meridian top`: the console's twin in a terminal. What it needs is loaded when it is called. */
import type { Command } from "commander";
import { collectUrl } from "./admin-regions.js";
import type { Output } from "./output.js";
import type { TopOptions } from "./top/run.js";

export function addTop(program: Command, output: Output): void {
  program
    .command("top")
    .description("regions, links, conflicts and health, live in the terminal: arrows to move, q to end")
    .option("--admin <url>", "admin API of a region's agent, once for each region of a real deployment", collectUrl)
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print status and health once, as JSON")
    .action(async (options: TopOptions) => {
      const { runTop } = await import("./top/run.js");
      await runTop(options, output);
    });
}
