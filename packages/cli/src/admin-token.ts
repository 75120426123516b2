/** The token that the admin APIs of agents ask for, where a variable of the environment names the file that it is in. */
import { readFileSync } from "node:fs";
import { tokenFileVariable } from "@meridian/agent/api";
import { CliError } from "./errors.js";

/** Headers of each request to an admin API. */
export function tokenHeaders(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const file = environment[tokenFileVariable] ?? "";
  if (file === "") return {};
  const refused = (reason: string, cause?: unknown): CliError =>
    new CliError("MERIDIAN_NOADMINTOKEN", { file, reason, variable: tokenFileVariable }, cause);
  let token: string;
  try {
    token = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw refused((error as NodeJS.ErrnoException).code ?? "it can't be read", error);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) throw refused("it is not one word");
  return { authorization: `Bearer ${token}` };
}
