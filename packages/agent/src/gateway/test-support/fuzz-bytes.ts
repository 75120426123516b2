/** Bytes that no client should send: junk, damage, counts that are lies, arrays in arrays. */
import type { SeededRandom } from "@meridian/testkit";
import { commandTable } from "@meridian/core";
import { command } from "./raw-client.js";

/** Those that mean something to the protocol, and some that do not. */
const TELLING_BYTES = [0, 10, 13, 32, 34, 36, 39, 42, 43, 45, 48, 49, 57, 58, 92, 127, 255];
const COUNTS = ["2147483631", "2147483648", "-1", "-5", "0", "00", "01", "+1", " 1", "1 ", "", "a", "-", "1e3", "-0"];
const LENGTHS = [...COUNTS, "536870912", "536870913", "99999999999999999999", "9223372036854775807"];

export const DAMAGED_KEYS: readonly string[] = ["damage:0", "damage:1", "damage:2"];

/** Replies of these are the same with plain Redis, whatever becomes of their keys. */
export function validCommand(random: SeededRandom): Buffer {
  const key = random.pick(DAMAGED_KEYS);
  const makers = [
    () => command("PING"),
    () => command("ECHO", "x".repeat(random.pick([0, 1, 20, 5000]))),
    () => command("SET", key, "v".repeat(random.pick([0, 1, 20, 5000]))),
    () => command("GET", key),
    () => command("MGET", key, "no:such"),
    () => command("APPEND", key, "w"),
    () => command("DEL", key),
    () => command("GET"),
    () => command("NOSUCH", "a", "b"),
    () => Buffer.concat([command("MULTI"), command("SET", key, "m"), command("GET", key), command("EXEC")]),
    () => Buffer.from(`set ${key} 'in line'\r\n`),
    () => Buffer.from("\r\n"),
  ];
  return random.pick(makers)();
}

export function validPipeline(random: SeededRandom, countMax = 8): Buffer {
  return Buffer.concat(Array.from({ length: random.integer(1, countMax) }, () => validCommand(random)));
}

/** A valid pipeline in which some bytes are others, or missing, or there twice. */
export function damaged(random: SeededRandom): Buffer {
  let bytes = validPipeline(random);
  for (let hits = random.integer(1, 4); hits > 0 && bytes.length > 0; hits--) {
    const at = random.integer(0, bytes.length - 1);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1)];
    const instead = random.pick([
      Buffer.of(random.pick(TELLING_BYTES)),
      Buffer.alloc(0),
      bytes.subarray(at, at + random.integer(1, 30)),
    ]);
    bytes = Buffer.concat([before, instead, after]);
  }
  return bytes;
}

export function junk(random: SeededRandom): Buffer {
  const length = random.pick([1, 10, 100, 5000, 70_000]);
  const telling = random.chance(0.5);
  return Buffer.from(Array.from({ length }, () => (telling ? random.pick(TELLING_BYTES) : random.integer(0, 255))));
}

/** `*N`, `$N` and what follows, where the numbers promise what never comes, or mean nothing. */
export function lyingCounts(random: SeededRandom): Buffer {
  const [count, length] = [random.pick(COUNTS), random.pick(LENGTHS)];
  const name = random.pick(["SET", "MSET", "PING", "MOVE", "NOSUCH", "EVAL", "BLPOP"]);
  const head = `$${name.length}\r\n${name}\r\n`;
  const makers = [
    () => `*${count}\r\n${head}`,
    () => `*${count}\r\n${"$0\r\n\r\n".repeat(random.integer(0, 20_000))}`,
    () => `*3\r\n${head}$${length}\r\n${"x".repeat(random.integer(0, 100_000))}`,
    () => `*3\r\n${head}$1\r\nk\r\n$${length}\r\n${"x".repeat(random.integer(0, 100_000))}`,
    () => `*1\r\n$${length}\r\n${"x".repeat(random.integer(0, 100_000))}`,
    () => `*2147483631\r\n${head}${"$1\r\nk\r\n".repeat(random.integer(0, 20_000))}`,
  ];
  return Buffer.from(random.pick(makers)());
}

/** A request is one array of bulk strings; here are arrays in it, and other types of RESP2 and RESP3. */
export function nested(random: SeededRandom): Buffer {
  const types = ["*1\r\n", "%1\r\n", "~1\r\n", ">1\r\n", "|1\r\n", ":1\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", "(1\r\n"];
  const depth = random.pick([1, 2, 100, 20_000]);
  const type = random.pick(types);
  return Buffer.from(
    random.pick([type.repeat(depth), `*2\r\n$3\r\nGET\r\n${type.repeat(depth)}`, "*1\r\n".repeat(depth)]),
  );
}

export function inlineJunk(random: SeededRandom): Buffer {
  const makers = [
    () => 'set "a\r\n',
    () => "set 'a'b\r\n",
    () => 'ping "\\x41\\n\\',
    () => "ping \0 rest\r\n",
    () => " \t\v\r\n".repeat(1000),
    () => "x".repeat(random.pick([65_535, 65_536, 65_537, 70_000])),
    () => `${"x".repeat(random.pick([60_000, 65_530]))}\r\n`,
    () => "POST / HTTP/1.1\r\nHost: x\r\n\r\n",
    () => "Host: x\r\n",
    () => "GET / HTTP/1.1\r\n\r\n",
  ];
  return Buffer.from(random.pick(makers)(), "latin1");
}

/** These would stop or empty the server, or take its time. */
const UNWELCOME = ["flushall", "flushdb", "save", "bgsave", "bgrewriteaof", "shutdown", "debug", "lolwut"];
const NAMES = commandTable.map(({ name }) => name).filter((name) => !UNWELCOME.includes(name));
const WORDS = (
  "any:k any:l any:s any:z any:x any:h 0 1 -1 2 10 0.5 1-1 $ > * ( [a + - a b ÿ id name " +
  "get list info count match limit store withscores streams block group left right before after xx nx ex keepttl " +
  "help no yes on off skip reply tracking caching getname no-touch encoding slots nodes usage asc alpha by return"
).split(" ");

/** Any command of the table, with arguments of which few fit it. */
export function anyCommands(random: SeededRandom): Buffer {
  const one = (): Buffer => {
    const given = Array.from({ length: random.integer(0, 6) }, () => random.pick(WORDS));
    return command(random.pick(NAMES), ...given);
  };
  return Buffer.concat(Array.from({ length: random.integer(1, 30) }, one));
}

/** Any of these, perhaps behind something valid. */
export function badBytes(random: SeededRandom): Buffer {
  const bad = random.pick([damaged, damaged, damaged, junk, lyingCounts, nested, inlineJunk])(random);
  return random.chance(0.5) ? Buffer.concat([validPipeline(random, 3), bad]) : bad;
}
