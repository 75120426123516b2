/** `doctor`: what is wrong with each region's server, and what to do about it. */
import { table, type DoctorDocument, type Style } from "@meridian/agent/api";
import type { Command } from "commander";
import { AdminRegions, collectUrl, type AdminOptions } from "./admin-regions.js";
import type { Output } from "./output.js";

export function addDoctor(program: Command, output: Output, finish: (code: number) => void): void {
  program
    .command("doctor")
    .description("what is wrong with each region's server, and what to do; exit code 1 if there are errors")
    .option("--admin <url>", "admin API of a region's agent, once for each region of a real deployment", collectUrl)
    .option("--base-port <n>", "of the running start (default: 7000)")
    .option("--json", "print JSON")
    .action(async (options: AdminOptions & { json?: boolean }) => {
      const document = await new AdminRegions(options).doctor();
      if (options.json === true) output.json(document);
      else output.lines(doctorLines(document, output.style));
      finish(isWell(document) ? 0 : 1);
    });
}

function isWell({ regions }: DoctorDocument): boolean {
  return regions.every(
    ({ problem, findings }) => problem === null && findings.every(({ severity }) => severity !== "error"),
  );
}

export function doctorLines({ regions }: DoctorDocument, style: Style): string[] {
  const rows = regions.flatMap(({ region, problem, findings }) => [
    ...(problem === null ? [] : [[region, "error", "UNREACHABLE", problem]]),
    ...findings.map(({ severity, code, message }) => [region, severity, code, message]),
    ...(problem === null && findings.length === 0 ? [[region, "well", "", "nothing found"]] : []),
  ]);
  const paint = (column: number, text: string): string => {
    if (column !== 1) return text;
    const word = text.trim();
    return word === "error" ? style.red(text) : word === "well" ? style.green(text) : style.yellow(text);
  };
  const looked = regions.flatMap(({ region, lookedAt }) => {
    if (lookedAt === null) return [];
    const share = lookedAt.whole ? "all" : "some of its keys, other ones each time:";
    return [style.dim(`${region}: looked for writes past the function at ${share} ${lookedAt.keys}`)];
  });
  return [...table(["region", "", "finding", "what to do"], rows, style, paint), "", ...looked];
}
