/** Commands that are programs of the checkout (simulator, benchmarks), run as such with the arguments as they came. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CliError } from "./errors.js";
import type { Output } from "./output.js";

export type Tool = "simulate" | "bench";

const ENTRIES: Readonly<Record<Tool, string>> = {
  simulate: "../../../sim/dist/main.js",
  bench: "../../../bench/dist/main.js",
};

/** With `json` what it prints is collected: {"ok", "lines"}. */
export async function runTool(tool: Tool, args: readonly string[], json: boolean, output: Output): Promise<number> {
  const entry = fileURLToPath(new URL(ENTRIES[tool], import.meta.url));
  if (!existsSync(entry)) throw new CliError("MERIDIAN_TOOLMISSING", { tool });
  const chunks: Buffer[] = [];
  const child = spawn(process.execPath, [entry, ...args], { stdio: ["inherit", json ? "pipe" : "inherit", "inherit"] });
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", forward);
  process.on("SIGTERM", forward);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve(exitCode ?? 1));
  });
  process.off("SIGINT", forward);
  process.off("SIGTERM", forward);
  if (json) {
    const lines = Buffer.concat(chunks).toString("utf8").trimEnd().split("\n");
    output.json({ ok: code === 0, lines });
  }
  return code;
}
