/** Reads meridian.yaml. An error names the file, the line, the setting, its value and what belongs there. */
import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { AgentError, textOf } from "../errors.js";
import { withoutSecrets } from "../secrets.js";
import { overlay } from "./environment.js";
import { configSchema, type AgentConfig } from "./schema.js";
import { readYaml } from "./yaml.js";

export async function loadConfig(file: string, environment: NodeJS.ProcessEnv = process.env): Promise<AgentConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new AgentError("MERIDIAN_NOCONFIG", { file, reason: textOf(error) }, error);
  }
  return parseConfig(text, file, environment);
}

export function parseConfig(text: string, file: string, environment: NodeJS.ProcessEnv = {}): AgentConfig {
  const { value: document, broken, lineOf } = readYaml(text);
  if (broken !== undefined) {
    const [place, problem] = [`${file}:${broken.line}`, broken.message];
    throw new AgentError("MERIDIAN_BADCONFIG", { place, problem, remedy: "correct the YAML" }, broken.cause);
  }
  const { value, setBy } = overlay(document, environment);
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  throw refusal(innermost(result.error.issues[0]), { file, value, setBy, lineOf });
}

interface Source {
  file: string;
  value: unknown;
  setBy: ReadonlyMap<string, string>;
  lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

interface Issue {
  path: readonly PropertyKey[];
  message: string;
  unknownKeys: readonly string[];
}

/** Of a union the branch that fits best is the one with the fewest objections. */
function innermost(issue: z.core.$ZodIssue | undefined): Issue {
  if (issue === undefined) return { path: [], message: "a configuration", unknownKeys: [] };
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const [best] = issue.errors.toSorted((a, b) => weight(a) - weight(b));
    const inner = innermost(best?.[0]);
    return { ...inner, path: [...issue.path, ...inner.path] };
  }
  const unknownKeys = issue.code === "unrecognized_keys" ? issue.keys : [];
  return { path: issue.path, message: issue.message, unknownKeys };
}

function weight(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? 2 : 1), 0);
}

function refusal(issue: Issue, source: Source): AgentError {
  const [unknownKey] = issue.unknownKeys;
  const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
  const name = path.map(String).join(".");
  const variable = source.setBy.get(name);
  const line = source.lineOf(path);
  const place = variable ?? (line === undefined ? source.file : `${source.file}:${line}`);
  if (unknownKey !== undefined) {
    return new AgentError("MERIDIAN_BADCONFIG", {
      place,
      problem: `${name} is no setting`,
      remedy: "remove it, or see docs/operating/agent.md for the settings there are",
    });
  }
  const value = valueAt(source.value, path);
  const shown = value === undefined ? "is missing" : `is ${withoutSecrets(JSON.stringify(value))}`;
  const wanted = issue.message.startsWith("Invalid input") ? "what docs/operating/agent.md describes" : issue.message;
  const setting = name === "" ? "the configuration" : name;
  return new AgentError("MERIDIAN_BADCONFIG", { place, problem: `${setting} ${shown}`, remedy: `give ${wanted}` });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
