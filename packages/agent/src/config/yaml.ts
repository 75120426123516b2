/**
 * Reads YAML such that an error can name the line of what is wrong. It is an entrance of its own (`@meridian/agent/yaml`), for
 * the command line's files.
 */
import { LineCounter, isNode, parseDocument } from "yaml";

export interface YamlText {
  value: unknown;
  /** Why it is no YAML. */
  broken: { line: number; message: string; cause: Error } | undefined;
  /** Of the setting, or of the nearest one around it that is there. */
  lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
  const [error] = document.errors;
  if (error === undefined) return { value: document.toJS() ?? {}, broken: undefined, lineOf };
  const { line } = lines.linePos(error.pos[0]);
  return { value: {}, broken: { line, message: error.message, cause: error }, lineOf };
}
