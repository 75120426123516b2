/**
 * The core as the library has it, for tests: the clock, the run id and random choices come from the caller, so that
 * Node and a server can be compared to the last byte; and parts of the core can be called alone.
 *
 * redis-host.js comes first: it binds the host before the modules that use it load.
 */
import { redisHost } from "../../../packages/core/src/lua/redis-host.js";
import type { Packed, Reply } from "../../../packages/core/src/host.js";
import {
  addDecimals,
  fitsInt64,
  isInt64Text,
  negateDecimal,
  parseDecimal,
} from "../../../packages/core/src/number/decimal.js";
import { run } from "../../../packages/core/src/run.js";

/** Deadlines are moved this far into the future of the server's own clock, which must not expire keys by itself. */
const LATER_MS = 10000000000000;

let nowMs = 0;
let runId = "";
const callRedis = redisHost.call;

redisHost.call = (command, ...args) => {
  if (command === "TIME") {
    const seconds = Math.floor(nowMs / 1000);
    return [redisHost.integerText(seconds), redisHost.integerText((nowMs - seconds * 1000) * 1000)];
  }
  if (command === "INFO") return `run_id:${runId}\r\nmaster_replid:${"0".repeat(40)}\r\n`;
  if (command === "SRANDMEMBER") return firstMembers(args[0] as string, args[1] as string);
  if (command === "PEXPIRETIME") {
    const at = callRedis(command, ...args) as number;
    return at < 0 ? at : at - LATER_MS;
  }
  if (command === "PEXPIREAT") return expireAt(args[0] as string, args[1] as string);
  if (command === "SET" && args[2] === "PXAT") {
    callRedis(command, args[0]!, args[1]!);
    expireAt(args[0] as string, args[3] as string);
    return { ok: "OK" };
  }
  return callRedis(command, ...args);
};

/** As the server does it: what is due already goes at once. */
function expireAt(key: string, deadline: string): Reply {
  const at = redisHost.toNumber(deadline, 10);
  return at <= nowMs ? callRedis("DEL", key) : callRedis("PEXPIREAT", key, redisHost.integerText(at + LATER_MS));
}

function firstMembers(key: string, count: string): Reply {
  const members = callRedis("SMEMBERS", key) as string[];
  members.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return members.slice(0, redisHost.toNumber(count, 10));
}

/** FCALL mer 1 root nowMs runId COMMAND [arg ...] */
export function mer(this: void, root: string, args: string[]): Reply {
  nowMs = redisHost.toNumber(args[0]!, 10);
  runId = args[1]!;
  return run(redisHost, root, args.slice(2));
}

type Probe = (this: void, a: string, b: string) => Reply;

const probes: Record<string, Probe | undefined> = {
  packStamp: (a) => redisHost.packStamp(redisHost.toNumber(a, 10)),
  unpackStamp: (a) => redisHost.integerText(redisHost.unpackStamp(a, 1)),
  repack: (a) => {
    const value = redisHost.unpack(a);
    return value === undefined ? false : redisHost.pack(value);
  },
  packInteger: (a) => redisHost.pack([redisHost.toNumber(a, 10)]),
  packNothing: () => redisHost.pack([[], true, false, [[]]]),
  packNested: (a) => {
    let value: Packed = "x";
    for (let depth = 0; depth < redisHost.toNumber(a, 10); depth++) value = [value];
    return redisHost.pack(value);
  },
  integerText: (a) => redisHost.integerText(redisHost.toNumber(a, 10)),
  addDecimals: (a, b) => addDecimals(a, b),
  negateDecimal: (a) => negateDecimal(a),
  parseDecimal: (a) => parseDecimal(a) ?? false,
  isInt64Text: (a) => (isInt64Text(a) ? 1 : 0),
  fitsInt64: (a) => (fitsInt64(a) ? 1 : 0),
  planted: () => {
    const nothing = undefined as unknown as { here: { there: string } };
    return nothing.here.there;
  },
  plantedInCore: () => parseDecimal(undefined as unknown as string) ?? false,
};

/** FCALL probe 0 name [a [b]] */
export function probe(this: void, args: string[]): Reply {
  const found = probes[args[0]!];
  return found === undefined ? { err: `ERR no probe '${args[0]!}'` } : found(args[1] ?? "", args[2] ?? "");
}
