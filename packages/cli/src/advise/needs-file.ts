/** needs.yaml: the same settings as the flags, for all data and for each kind by itself. Strict: what is not known is an error. */
import { readFile, stat } from "node:fs/promises";
import { readYaml, type YamlText } from "@meridian/agent/yaml";
import { CliError } from "../errors.js";
import { adviseLimits } from "./limits.js";
import type { Said } from "./parse.js";
import { DATA_SETTINGS, SETTINGS, type Stated } from "./stated.js";

export async function readNeedsFile(file: string): Promise<Stated> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > adviseLimits.needsFileBytesMax) throw new Error(`it has ${size} bytes`);
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason =
      error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : "it can't be read";
    throw new CliError("MERIDIAN_NONEEDSFILE", { file, reason }, error);
  }
  return parseNeedsFile(text, file);
}

export function parseNeedsFile(text: string, file: string): Stated {
  const yaml = readYaml(text);
  if (yaml.broken !== undefined) {
    const { line, message, cause } = yaml.broken;
    throw new CliError(
      "MERIDIAN_BADNEED",
      { place: `${file}:${line}`, value: "YAML", problem: message, remedy: "correct it" },
      cause,
    );
  }
  return new NeedsFile(yaml, file).stated();
}

class NeedsFile {
  constructor(
    private readonly yaml: YamlText,
    private readonly file: string,
  ) {}

  stated(): Stated {
    const whole = this.object(this.yaml.value, []);
    const { data, ...settings } = whole;
    if (!Array.isArray(data) || data.length === 0) {
      throw this.refused(["data"], data, "it is no list of kinds of data", "write data: [{ kind: session }]");
    }
    return {
      settings: this.said(settings, [], SETTINGS),
      data: data.map((one: unknown, index) => this.kind(one, index)),
    };
  }

  private kind(one: unknown, index: number): Stated["data"][number] {
    const path = ["data", index];
    const { kind, ...settings } = typeof one === "string" ? { kind: one } : this.object(one, path);
    return { ...this.said(settings, path, DATA_SETTINGS), kind: this.text(kind, [...path, "kind"]) };
  }

  private said<Name extends string>(
    given: Readonly<Record<string, unknown>>,
    path: readonly PropertyKey[],
    names: readonly Name[],
  ): Partial<Record<Name, Said>> {
    const unknown = Object.keys(given).find((name) => !names.some((known) => known === name));
    if (unknown !== undefined) {
      throw this.refused([...path, unknown], given[unknown], "it is no setting", `there are ${names.join(", ")}`);
    }
    const entries = names.filter((name) => given[name] !== undefined);
    const texts = entries.map((name) => [name, this.text(given[name], [...path, name])]);
    return Object.fromEntries(texts) as Partial<Record<Name, Said>>;
  }

  /** A list stands for its parts with commas between. */
  private text(value: unknown, path: readonly PropertyKey[]): Said {
    const parts: unknown[] = Array.isArray(value) ? value : [value];
    const isText = parts.every((part) => typeof part === "string" || typeof part === "number");
    if (isText && parts.length > 0) return { text: parts.join(","), place: this.place(path) };
    throw this.refused(path, value, "it is no text", "write a value, as for the flag of that name");
  }

  private object(value: unknown, path: readonly PropertyKey[]): Record<string, unknown> {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw this.refused(path, value, "it has no settings", "write NAME: VALUE, as docs/reference/cli.md describes");
  }

  private refused(path: readonly PropertyKey[], value: unknown, problem: string, remedy: string): CliError {
    const shown = value === undefined ? "is missing" : JSON.stringify(value);
    return new CliError("MERIDIAN_BADNEED", { place: this.place(path), value: shown, problem, remedy });
  }

  private place(path: readonly PropertyKey[]): string {
    const line = this.yaml.lineOf(path);
    const name = path.map(String).join(".");
    return `${this.file}${line === undefined ? "" : `:${line}`}:${name === "" ? "" : ` ${name}`}`;
  }
}
