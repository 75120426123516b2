/** ZSCAN in one pass: whatever the cursor and COUNT, all members come at once, and the next cursor is 0. */
import type { Reply } from "@meridian/core";
import { doubleText } from "./doubles.js";
import { errorTexts, refuse } from "./errors.js";
import { matchesGlob } from "./glob.js";
import type { ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { zsetErrors } from "./zset-errors.js";

const CURSOR_MAX = 18446744073709551615n;
/** Up to here a packed set keeps whole scores as integers, and a scan prints all their digits. */
const PACKED_INTEGER_MAX = 2 ** 62;

export function zscan(keyspace: ModelKeyspace, [key = "", cursor = "", ...options]: string[]): Reply {
  const digits = /^(?:[+-]?([0-9]+))?$/.exec(cursor);
  if (!digits || BigInt(digits[1] ?? "0") > CURSOR_MAX) refuse(zsetErrors.cursor);
  const set = keyspace.read(key, "zset")?.set;
  if (!set) return ["0", []];
  let pattern = "*";
  for (let at = 0; at < options.length; at += 2) {
    const word = (options[at] ?? "").toUpperCase();
    const text = options[at + 1];
    if (word === "COUNT" && text !== undefined) {
      if (int64(text) < 1n) refuse(errorTexts.syntax);
    } else if (word === "MATCH" && text !== undefined) pattern = text;
    else refuse(errorTexts.syntax);
  }
  const found = set.members.filter(({ member }) => matchesGlob(pattern, member));
  return ["0", found.flatMap(({ member, score }) => [member, scannedScore(score, set.packed)])];
}

function scannedScore(score: number, packed: boolean): string {
  const isPlain = packed && Number.isInteger(score) && Math.abs(score) < PACKED_INTEGER_MAX;
  return isPlain ? BigInt(score).toString() : doubleText(score);
}
