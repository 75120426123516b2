/** Sets, with Redis's replies, order of checks and errors; random choices come from the keyspace's generator. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64, parseInt64 } from "./numbers.js";

function membersOf(keyspace: ModelKeyspace, key: string): ReadonlySet<string> {
  return keyspace.read(key, "set")?.members ?? new Set<string>();
}

function sadd(keyspace: ModelKeyspace, [key = "", ...added]: string[]): Reply {
  const { members } = keyspace.editOrCreate(key, "set", { type: "set", members: new Set() });
  const before = members.size;
  for (const member of added) members.add(member);
  return members.size - before;
}

function srem(keyspace: ModelKeyspace, [key = "", ...gone]: string[]): Reply {
  const members = keyspace.edit(key, "set")?.members;
  if (!members) return 0;
  const removed = gone.filter((member) => members.delete(member)).length;
  keyspace.removeIfEmpty(key);
  return removed;
}

/** `count` different members, at random. */
function pick(keyspace: ModelKeyspace, members: ReadonlySet<string>, count: number): string[] {
  const left = [...members];
  const picked: string[] = [];
  while (picked.length < count && left.length > 0) {
    picked.push(...left.splice(Math.floor(keyspace.random() * left.length), 1));
  }
  return picked;
}

function spop(keyspace: ModelKeyspace, [key = "", countText, ...rest]: string[]): Reply {
  if (rest.length > 0) refuse(errorTexts.syntax);
  const count = countText === undefined ? 1n : (parseInt64(countText) ?? -1n);
  if (count < 0n) refuse(errorTexts.notPositive);
  const picked = pick(keyspace, membersOf(keyspace, key), Number(count));
  if (picked.length > 0) srem(keyspace, [key, ...picked]);
  return countText === undefined ? (picked[0] ?? false) : picked;
}

function srandmember(keyspace: ModelKeyspace, [key = "", countText, ...rest]: string[]): Reply {
  if (rest.length > 0) refuse(errorTexts.syntax);
  const count = countText === undefined ? 1 : Number(int64(countText));
  const members = membersOf(keyspace, key);
  if (countText === undefined) return pick(keyspace, members, 1)[0] ?? false;
  if (count >= 0) return pick(keyspace, members, count);
  return members.size === 0 ? [] : Array.from({ length: -count }, () => pick(keyspace, members, 1)[0] ?? "");
}

function smove(keyspace: ModelKeyspace, [from = "", to = "", member = ""]: string[]): Reply {
  if (!keyspace.slot(from)) return 0;
  const members = membersOf(keyspace, from);
  membersOf(keyspace, to);
  if (!members.has(member)) return 0;
  if (from === to) return 1;
  srem(keyspace, [from, member]);
  sadd(keyspace, [to, member]);
  return 1;
}

type Combine = (sets: ReadonlySet<string>[]) => string[];

const intersect: Combine = ([first, ...others]) =>
  [...(first ?? [])].filter((member) => others.every((other) => other.has(member)));
const unite: Combine = (sets) => [...new Set(sets.flatMap((members) => [...members]))];
const subtract: Combine = ([first, ...others]) =>
  [...(first ?? [])].filter((member) => !others.some((other) => other.has(member)));

function combined(combine: Combine): Command {
  return [-2, (keyspace, keys) => combine(keys.map((key) => membersOf(keyspace, key)))];
}

function stored(combine: Combine): Command {
  return [
    -3,
    (keyspace, [to = "", ...keys]) => {
      const result = combine(keys.map((key) => membersOf(keyspace, key)));
      keyspace.remove(to);
      if (result.length > 0) keyspace.put(to, { type: "set", members: new Set(result) }, 0);
      return result.length;
    },
  ];
}

export const setCommands: Record<string, Command> = {
  SADD: [-3, sadd],
  SREM: [-3, srem],
  SMEMBERS: [2, (keyspace, [key = ""]) => [...membersOf(keyspace, key)]],
  SISMEMBER: [3, (keyspace, [key = "", member = ""]) => (membersOf(keyspace, key).has(member) ? 1 : 0)],
  SMISMEMBER: [
    -3,
    (keyspace, [key = "", ...asked]) => {
      const members = membersOf(keyspace, key);
      return asked.map((member) => (members.has(member) ? 1 : 0));
    },
  ],
  SCARD: [2, (keyspace, [key = ""]) => membersOf(keyspace, key).size],
  SPOP: [-2, spop],
  SRANDMEMBER: [-2, srandmember],
  SMOVE: [4, smove],
  SINTER: combined(intersect),
  SUNION: combined(unite),
  SDIFF: combined(subtract),
  SINTERSTORE: stored(intersect),
  SUNIONSTORE: stored(unite),
  SDIFFSTORE: stored(subtract),
};
