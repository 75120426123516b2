/** PFADD, PFCOUNT and PFMERGE on strings, with Redis's replies, order of checks and errors. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import {
  cachedCount,
  denseOf,
  emptyHyperLogLog,
  emptySparse,
  estimate,
  isHyperLogLog,
  markStale,
  noRegisters,
  raise,
  placeOfElement,
  registersOf,
  setRegister,
  withCachedCount,
  writeRegisters,
  type Registers,
} from "./hyperloglog.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { replaceText, textOf } from "./string-commands.js";

function checkedText(keyspace: ModelKeyspace, key: string): string | undefined {
  const text = textOf(keyspace, key);
  return text === undefined || isHyperLogLog(text) ? text : refuse(errorTexts.notHyperLogLog);
}

function dense(text: string): Buffer {
  return denseOf(text) ?? refuse(errorTexts.brokenHyperLogLog);
}

function pfadd(keyspace: ModelKeyspace, [key = "", ...elements]: string[]): Reply {
  const text = checkedText(keyspace, key);
  if (text !== undefined && elements.length === 0) return 0;
  if (text === undefined && elements.length === 0) {
    replaceText(keyspace, key, emptySparse);
    return 1;
  }
  const bytes = text === undefined ? emptyHyperLogLog() : dense(text);
  const raised = elements.filter((element) => setRegister(bytes, ...placeOfElement(element))).length;
  if (raised === 0 && text !== undefined) return 0;
  markStale(bytes);
  replaceText(keyspace, key, bytes.toString("latin1"));
  return 1;
}

/** The registers of the union. */
function union(keyspace: ModelKeyspace, keys: string[]): Registers {
  const registers = noRegisters();
  for (const key of keys) {
    const text = checkedText(keyspace, key);
    if (text === undefined) continue;
    raise(registers, registersOf(dense(text)));
  }
  return registers;
}

/** Of one key the estimate goes into its header, as Redis does it, though this looks like a command that only reads. */
function pfcount(keyspace: ModelKeyspace, keys: string[]): Reply {
  if (keys.length > 1) return estimate(union(keyspace, keys));
  const [key = ""] = keys;
  const text = checkedText(keyspace, key);
  if (text === undefined) return 0;
  const cached = cachedCount(text);
  if (cached !== undefined) return cached;
  const count = estimate(registersOf(dense(text)));
  replaceText(keyspace, key, withCachedCount(text, count));
  return count;
}

function pfmerge(keyspace: ModelKeyspace, [key = "", ...sources]: string[]): Reply {
  const registers = union(keyspace, [key, ...sources]);
  const text = textOf(keyspace, key);
  const bytes = text === undefined ? emptyHyperLogLog() : dense(text);
  writeRegisters(bytes, registers);
  markStale(bytes);
  const isEmpty = !registers.some((count) => count > 0) && text?.length !== bytes.length;
  replaceText(keyspace, key, isEmpty ? emptySparse : bytes.toString("latin1"));
  return { ok: "OK" };
}

export const hyperLogLogCommands: Record<string, Command> = {
  PFADD: [-2, pfadd],
  PFCOUNT: [-2, pfcount],
  PFMERGE: [-2, pfmerge],
};
