/**
 * Sorted sets: Y and U. Each member is a cell whose text is its score (effects/fields.ts): ZADD writes the register, ZINCRBY
 * counts on top. So a ZREM that saw 4.1 leaves, of 4.1 and a concurrent ZINCRBY 2, the 2.
 */
import { callInPieces, host, readInPieces, type Packed, type Reply } from "../host.js";
import { areFieldResets, areFieldValues, isArray, isInteger, isKeep, isText } from "../log/shapes.js";
import { isScore, scoreOf } from "../number/score.js";
import { fieldKind } from "./field-kind.js";
import { removeFieldsEffect, setFieldsEffect, type FieldFamily } from "./fields.js";
import type { OperationKind } from "./operation-kind.js";

/** The scores as the server prints them, in our shorter form that reads as the same double. */
function readScores(native: string, members: string[]): Reply[] {
  const scores: Reply[] = [];
  for (const reply of readInPieces("ZMSCORE", native, members)) {
    scores.push(typeof reply === "string" ? scoreOf(reply)! : false);
  }
  return scores;
}

/** ZADD takes the score first. */
function writeScores(native: string, pairs: string[]): number {
  const turned: string[] = [];
  for (let at = 0; at < pairs.length; at += 2) turned.push(pairs[at + 1]!, pairs[at]!);
  return callInPieces("ZADD", native, turned);
}

function readAll(native: string): string[] {
  const pairs = host.call("ZRANGE", native, "0", "-1", "WITHSCORES") as string[];
  for (let at = 1; at < pairs.length; at += 2) pairs[at] = scoreOf(pairs[at]!)!;
  return pairs;
}

export const sortedSetFamily: FieldFamily = {
  code: "z",
  name: "zset",
  readNative: readScores,
  writeNative: writeScores,
  removeNative: (native, members) => callInPieces("ZREM", native, members),
  readAll,
  isText: isScore,
};

export const sortedSetKind = fieldKind(sortedSetFamily);

/** [member score resets ...] */
function areMemberScores(value: Packed[]): boolean {
  if (!areFieldValues(value)) return false;
  for (let at = 1; at < value.length; at += 3) if (!isScore(value[at] as string)) return false;
  return true;
}

export const sortedSetOperations: Record<string, OperationKind> = {
  Y: {
    length: 4,
    isRight: (o) => isText(o[1]) && isArray(o[2]) && areMemberScores(o[2]) && isKeep(o[3]),
    apply: (partition, operation, author) => setFieldsEffect(partition, sortedSetFamily, operation, author),
  },
  U: {
    length: 5,
    isRight: (o) => isText(o[1]) && isArray(o[2]) && areFieldResets(o[2]) && isInteger(o[3]) && isKeep(o[4]),
    apply: (partition, operation, author) => removeFieldsEffect(partition, sortedSetFamily, operation, author),
  },
};
