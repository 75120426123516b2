/** `meridian lag`: how far regions are behind each other. What it needs is loaded when it is called. */
import type { Command } from "commander";
import { collectUrl } from "./admin-regions.js";
import type { LagOptions } from "./lag/run.js";
import type { Output } from "./output.js";

export function addLag(program: Command, output: Output): void {
  program
    .command("lag")
    .description("how far each region is behind each other, once or as a live chart")
    .option("--live", "draw it again each second, until Ctrl-C")
    .option("--seconds <n>", "watch for so long, then sum up")
    .option("--report <file>", "watch, and keep the sum: JSON, or for people where the name ends in .md")
    .option("--admin <url>", "admin API of a region's agent, once for each region of a real deployment", collectUrl)
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print JSON")
    .action(async (options: LagOptions) => {
      const { runLag } = await import("./lag/run.js");
      await runLag(options, output);
    });
}
