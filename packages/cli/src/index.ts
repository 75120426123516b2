/** `main(argv)`: the `meridian` command as a function of its arguments, to an exit code. */
import { codeOf } from "@meridian/agent/api";
import { CommanderError } from "commander";
import { terminalOutput, type Output } from "./output.js";
import { buildProgram, usageExit } from "./program.js";

export type { Output } from "./output.js";

const EXIT_FAILED = 1;

export async function main(args: readonly string[], output: Output = terminalOutput): Promise<number> {
  let code = 0;
  const program = buildProgram(output, (finished) => (code = finished));
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      const usage = usageExit(error);
      if (usage.message !== undefined) output.error(`meridian: ${usage.message}`);
      return usage.code;
    }
    report(error, args.includes("--json"), output);
    return EXIT_FAILED;
  }
}

function report(error: unknown, json: boolean, output: Output): void {
  const message = error instanceof Error ? error.message : String(error);
  if (json) output.json({ error: { code: codeOf(error), message } });
  output.error(`meridian: ${message}`);
}
