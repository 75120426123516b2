/** What was exported (core, sync/piece.ts), in a form to compare: hashes and sets in order, as servers have none. */
import { createHash } from "node:crypto";
import { unpack } from "@meridian/testkit";
import type { Plain } from "./support.js";

const DIGEST_DIGITS = 40;

/** The reply of `export` with its text decoded. */
export function exportForm(reply: Plain): unknown {
  if (!Array.isArray(reply)) return reply;
  return reply.map((part) => (typeof part === "string" && part.length > DIGEST_DIGITS ? opened(part) : part));
}

function opened(text: string): unknown {
  const body = text.slice(DIGEST_DIGITS);
  const isWhole = createHash("sha1").update(body, "latin1").digest("hex") === text.slice(0, DIGEST_DIGITS);
  if (!isWhole) return "not whole";
  const value = unpack(body) as unknown[];
  if (value.length === 4) return value;
  const [format, from, to, origins, vector, contexts] = value;
  const [buckets, marks, libraries] = value.slice(6) as [unknown[], unknown[], unknown[] | false];
  return {
    head: [format, from, to, origins, vector, contexts],
    buckets: buckets.map((part) => (Array.isArray(part) ? part.map(itemForm).toSorted() : part)),
    marks: tuples(marks, 2),
    libraries: libraries === false ? false : tuples(libraries, 2),
  };
}

function itemForm(item: unknown): string {
  const [key, stored, mayHoldLosers, text, parts] = item as [string, string, boolean, string | false, unknown[]];
  const types = parts.map((part, at) => (at % 2 === 0 ? part : partsForm(String(parts[at - 1]), part as unknown[])));
  return JSON.stringify([key, stored, mayHoldLosers, text, types]);
}

/** By type, see sync/carriers.ts. */
function partsForm(type: string, parts: unknown[]): unknown {
  switch (type) {
    case "e":
      return tuples(parts, 2);
    case "h":
    case "z": {
      const [cells, texts] = parts as [unknown[], unknown[]];
      return tuples(
        texts.flatMap((text, at) => [cells[at * 2], cells[at * 2 + 1], text]),
        3,
      );
    }
    case "p":
      return [parts[0], tuples(parts[1] as unknown[], 2)];
    case "x":
      return [parts[0], parts[1], tuples(parts[2] as unknown[], 2), parts[3]];
    default:
      return parts;
  }
}

function tuples(flat: unknown[], size: number): string[] {
  const all: string[] = [];
  for (let at = 0; at < flat.length; at += size) all.push(JSON.stringify(flat.slice(at, at + size)));
  return all.toSorted();
}
