/** Where commands write: lines for people, one JSON document for programs. A parameter, so that tests can read it. */
import { styleFor, type Style } from "@meridian/agent/api";

export interface Output {
  readonly style: Style;
  lines(lines: readonly string[]): void;
  json(document: unknown): void;
  error(line: string): void;
}

export const terminalOutput: Output = {
  style: styleFor(process.stdout),
  lines: (lines) => void process.stdout.write(lines.map((line) => `${line}\n`).join("")),
  json: (document) => void process.stdout.write(`${JSON.stringify(document, null, 2)}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
};
