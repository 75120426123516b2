/** Reads meridian.yaml. An error names the file, the line, the setting, its value and what belongs there. */
import { readFile } from "node:fs/promises";
import { LineCounter, isNode, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { AgentError, textOf } from "../errors.js";
import { withoutSecrets } from "../secrets.js";
import { overlay } from "./environment.js";
import { configSchema, type AgentConfig } from "./schema.js";

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const place = `${file}:${lines.linePos(broken.pos[0]).line}`;
    throw new AgentError("MERIDIAN_BADCONFIG", { place, problem: broken.message, remedy: "correct the YAML" }, broken);
  }
  const { value, setBy } = overlay(document.toJS() ?? {}, environment);
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = innermost(result.error.issues[0]);
  throw refusal(issue, { file, value, setBy, lineOf: (path) => lineOf(document, lines, path) });
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

/** Of the setting, or of the nearest one around it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}
