/** Keys, deadlines, the server: DEL, EXPIRE, RENAME, COPY, FLUSHALL, TIME, INFO, PUBLISH and what reads them. */
import type { Reply } from "@meridian/core";
import { errorTexts, refuse } from "./errors.js";
import { expireDeadline, mayExpire, parseExpireConditions } from "./expire-options.js";
import type { Command, ModelKeyspace } from "./model-keyspace.js";
import { int64 } from "./numbers.js";
import { withSubcommands } from "./subcommands.js";
import { cloneValue } from "./value.js";

const OK = { ok: "OK" };

function remove(keyspace: ModelKeyspace, keys: string[]): Reply {
  return keys.filter((key) => keyspace.remove(key)).length;
}

function countLiving(keyspace: ModelKeyspace, keys: string[]): Reply {
  return keys.filter((key) => keyspace.slot(key)).length;
}

function expire(seconds: boolean, absolute: boolean): Command {
  return [
    -3,
    (keyspace, [key = "", text = "", ...rest], name) => {
      const words = parseExpireConditions(rest);
      const when = expireDeadline(absolute ? 0 : keyspace.nowMs(), text, seconds, name);
      const slot = keyspace.slot(key);
      if (!slot || !mayExpire(words, when, slot.expiresAtMs)) return 0;
      if (when <= keyspace.nowMs()) keyspace.remove(key);
      else keyspace.setDeadline(key, when);
      return 1;
    },
  ];
}

function timeLeft(show: (deadlineMs: number, nowMs: number) => number): Command {
  return [
    2,
    (keyspace, [key = ""]) => {
      const slot = keyspace.slot(key);
      if (!slot) return -2;
      return slot.expiresAtMs === 0 ? -1 : show(slot.expiresAtMs, keyspace.nowMs());
    },
  ];
}

function rename(onlyIfAbsent: boolean): Command {
  return [
    3,
    (keyspace, [from = "", to = ""]) => {
      const slot = keyspace.slot(from);
      if (!slot) return refuse(errorTexts.noSuchKey);
      if (from === to) return onlyIfAbsent ? 0 : OK;
      if (onlyIfAbsent && keyspace.slot(to)) return 0;
      keyspace.put(to, cloneValue(slot.value), slot.expiresAtMs);
      keyspace.remove(from);
      return onlyIfAbsent ? 1 : OK;
    },
  ];
}

function copy(keyspace: ModelKeyspace, [from = "", to = "", ...options]: string[]): Reply {
  let replace = false;
  for (let at = 0; at < options.length; at++) {
    const word = (options[at] ?? "").toUpperCase();
    const next = options[at + 1];
    if (word === "REPLACE") replace = true;
    else if (word === "DB" && next !== undefined) {
      if (int64(next) !== 0n) refuse(errorTexts.dbIndex);
      at++;
    } else refuse(errorTexts.syntax);
  }
  if (from === to) refuse(errorTexts.sameObjects);
  const slot = keyspace.slot(from);
  if (!slot || (keyspace.slot(to) && !replace)) return 0;
  keyspace.put(to, cloneValue(slot.value), slot.expiresAtMs);
  return 1;
}

const flush: Command = [
  -1,
  (keyspace, args) => {
    if (args.length > 1 || !["", "SYNC", "ASYNC"].includes((args[0] ?? "").toUpperCase())) refuse(errorTexts.syntax);
    keyspace.clear();
    return OK;
  },
];

export const keyCommands: Record<string, Command> = {
  DEL: [-2, remove],
  UNLINK: [-2, remove],
  EXISTS: [-2, countLiving],
  TOUCH: [-2, countLiving],
  RANDOMKEY: [
    1,
    (keyspace) => {
      const keys = keyspace.keys();
      return keys[Math.floor(keyspace.random() * keys.length)] ?? false;
    },
  ],
  TYPE: [2, (keyspace, [key = ""]) => ({ ok: keyspace.slot(key)?.value.type ?? "none" })],
  KEYS: [2, (keyspace, [pattern]) => (pattern === "*" ? keyspace.keys() : refuse("ERR the model knows KEYS * only"))],
  DBSIZE: [1, (keyspace) => keyspace.keys().length],
  EXPIRE: expire(true, false),
  PEXPIRE: expire(false, false),
  EXPIREAT: expire(true, true),
  PEXPIREAT: expire(false, true),
  TTL: timeLeft((deadline, now) => Math.floor((deadline - now + 500) / 1000)),
  PTTL: timeLeft((deadline, now) => deadline - now),
  EXPIRETIME: timeLeft((deadline) => Math.floor((deadline + 500) / 1000)),
  PEXPIRETIME: timeLeft((deadline) => deadline),
  PERSIST: [
    2,
    (keyspace, [key = ""]) => {
      if (!keyspace.slot(key)?.expiresAtMs) return 0;
      keyspace.setDeadline(key, 0);
      return 1;
    },
  ],
  RENAME: rename(false),
  RENAMENX: rename(true),
  COPY: [-3, copy],
  FLUSHALL: flush,
  FLUSHDB: flush,
  PUBLISH: [
    3,
    (keyspace, [channel = "", message = ""]) => {
      keyspace.published.push([channel, message]);
      return 0;
    },
  ],
  PUBSUB: withSubcommands({
    NUMSUB: [-2, (keyspace, channels) => channels.flatMap((name) => [name, keyspace.heard.has(name) ? 1 : 0])],
  }),
  SPUBLISH: [
    3,
    (keyspace, [channel = "", message = ""]) => {
      keyspace.shardPublished.push([channel, message]);
      return 0;
    },
  ],
  TIME: [
    1,
    (keyspace) => {
      const now = keyspace.nowMs();
      return [String(Math.floor(now / 1000)), String((now % 1000) * 1000)];
    },
  ],
  INFO: [
    -1,
    (keyspace) =>
      `# Server\r\nredis_version:7.0.15\r\nrun_id:${keyspace.runId}\r\nmaster_replid:${keyspace.replicationId}\r\n`,
  ],
};
