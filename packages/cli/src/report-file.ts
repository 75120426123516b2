/** A report that a command leaves behind: JSON, or for people where the file's name ends in .md. */
import { writeFile } from "node:fs/promises";
import { CliError } from "./errors.js";

/** Before anything is measured: whether it can be written. An existing file is kept. */
export async function reserveReport(file: string): Promise<void> {
  await written(file, "", "wx");
}

export async function writeReport(file: string, document: unknown, lines: readonly string[]): Promise<void> {
  const isText = file.endsWith(".md");
  await written(file, isText ? `${lines.join("\n")}\n` : `${JSON.stringify(document, null, 2)}\n`, "w");
}

async function written(file: string, text: string, flag: string): Promise<void> {
  try {
    await writeFile(file, text, { flag });
  } catch (error) {
    throw new CliError("MERIDIAN_NOREPORT", { file, reason: error instanceof Error ? error.message : "" }, error);
  }
}
