/** However bytes are cut into pieces on either way, each command is executed once, in order, and gets its own reply. */
import { seededRandom, type SeededRandom, testSeed } from "@meridian/testkit";
import { describe, expect, test } from "vitest";
import { harness, replyToClient, ROOT, type Cut } from "./test-support/fake-server.js";
import { command } from "./test-support/raw-client.js";
import { readReplies, type Value } from "./test-support/replies.js";

const SEEDS = [1, 2, 3, 4, 5, testSeed()];
const COMMANDS = 200;

/** A command as sent; what the server is to execute, if anything; what the client is to get, if anything. */
interface Sample {
  bytes: Buffer;
  executed?: string[];
  /** What the gateway asks before it, for itself. */
  asked?: string[];
  answer?: string;
  /** Executed together, between MULTI and EXEC. */
  together?: string[][];
}

function cutter(random: SeededRandom): Cut {
  return (bytes) => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = random.integer(1, random.pick([1, 3, 20, 300, 3000, 70_000]));
      pieces.push(Buffer.from(bytes.subarray(at, at + length)));
      at += length;
    }
    return pieces;
  };
}

/** A few commands at a time, as clients send them that wait for replies; now and then cut in two. */
function inGroups(commands: Buffer[], random: SeededRandom): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < commands.length;) {
    const count = random.integer(1, 3);
    const bytes = Buffer.concat(commands.slice(at, at + count));
    const middle = random.chance(0.2) ? random.integer(0, bytes.length) : bytes.length;
    pieces.push(Buffer.from(bytes.subarray(0, middle)), Buffer.from(bytes.subarray(middle)));
    at += count;
  }
  return pieces;
}

function argument(random: SeededRandom): string {
  const length = random.pick([0, 1, 3, 10, 100]);
  const text = Array.from({ length }, () => String.fromCharCode(random.integer(0, 255))).join("");
  return random.chance(0.1) ? `m${text}` : random.chance(0.1) ? `mer:{0}x${text}` : text;
}

function sample(random: SeededRandom): Sample {
  const some = (count: number): string[] => Array.from({ length: count }, () => argument(random));
  const passed = (...parts: string[]): Sample => ({ bytes: command(...parts), executed: parts });
  const large = random.chance(0.1) ? "v".repeat(random.integer(60_000, 200_000)) : argument(random);
  const makers: (() => Sample)[] = [
    () => passed(random.pick(["GET", "get", "Type"]), ...some(1)),
    () => passed("MGET", ...some(random.integer(1, 5))),
    () => passed("HMGET", ...some(1), large),
    () => passed("DBSIZE"),
    () => passed(random.pick(["KEYS", "keys"]), large),
    () => ({ ...passed("INFO", argument(random).slice(0, 1), "all"), asked: ["DBSIZE"] }),
    () => passed("CLIENT", "UNBLOCK", String(random.integer(0, 50)), random.pick(["ERROR", "timeout"])),
    () => passed(random.pick(["SET", "set"]), ...some(1), large),
    () => passed("MSET", ...some(2), argument(random), large),
    () => passed("INCR", ...some(1)),
    () => passed("SADD", ...some(random.chance(0.1) ? 9000 : 3)),
    () => ({ bytes: command("MOVE", ...some(1), large), answer: "MERIDIAN_UNSUPPORTED 'MOVE'" }),
    () => ({ bytes: command("swapdb", ...some(2)), answer: "MERIDIAN_UNSUPPORTED 'SWAPDB'" }),
    () =>
      transaction([
        ["INCR", ...some(1)],
        ["GET", ...some(1)],
        ["SET", ...some(1), large],
      ]),
    () => transaction([["sadd", ...some(3)]]),
    () => ({ bytes: command("nosuch", large), answer: "ERR unknown command 'nosuch', with args beginning with: " }),
    () => ({ bytes: command("n".repeat(70_000), "x"), answer: `ERR unknown command '${"n".repeat(128)}'` }),
    () => ({ bytes: command("GET", `${ROOT}:vv`), answer: "MERIDIAN_RESERVEDKEY" }),
    () => ({ bytes: command("HMGET", ROOT, large), answer: "MERIDIAN_RESERVEDKEY" }),
    () => ({ bytes: command("SELECT", "3"), answer: "MERIDIAN_UNSUPPORTED 'SELECT 3'" }),
    () => ({ bytes: command("sort", "k", "ALPHA"), executed: ["SORT_RO", "k", "ALPHA"] }),
    () => ({ bytes: Buffer.from("SET \"a b\"  'c' \r\n"), executed: ["SET", "a b", "c"] }),
    () => ({ bytes: Buffer.from("get x\n"), executed: ["get", "x"] }),
    () => ({ bytes: Buffer.from(random.pick(["\r\n", "*0\r\n", "*-1\r\n", "\n", "  \r\n"])) }),
  ];
  return random.pick(makers)();
}

function transaction(together: string[][]): Sample {
  const commands = together.map((parts) => command(...parts));
  return { bytes: Buffer.concat([command("MULTI"), ...commands, command("exec")]), together };
}

function executedBy({ executed, asked, together = [] }: Sample): string[][] {
  if (executed === undefined) return together;
  return asked === undefined ? [executed] : [asked, executed];
}

/** What the client is to get. */
function repliesTo({ executed, answer, together }: Sample): Value[] {
  if (together !== undefined) {
    const replies = together.map((parts) => replyToClient(parts, ":"));
    return ["OK", ...together.map(() => "QUEUED"), ...readReplies(`*${replies.length}\r\n${replies.join("")}`)];
  }
  if (executed !== undefined) return readReplies(replyToClient(executed));
  return answer === undefined ? [] : [{ error: answer }];
}

describe.each(SEEDS)("seed %i", (seed) => {
  test.each([false, true])("any cutting gives the same commands and replies (lane: %s)", (laned) => {
    const random = seededRandom(seed);
    const delays = random.fork();
    const samples = Array.from({ length: COMMANDS }, () => sample(random));
    const subject = harness(cutter(random.fork()), laned ? () => delays.integer(0, 4) : undefined);
    const bytes = samples.map((one) => one.bytes);
    const pieces = laned ? inGroups(bytes, random.fork()) : cutter(random.fork())(Buffer.concat(bytes));
    for (const piece of pieces) subject.send(piece);
    while (subject.pending.onLane > 0) subject.settle();
    expect(subject.laned > 5).toBe(laned);

    expect(subject.executed.map(shortened)).toEqual(samples.flatMap(executedBy).map(shortened));
    const expected = samples.flatMap(repliesTo);
    const received = readReplies(subject.received);
    expect(received.length).toBe(expected.length);
    for (const [index, value] of expected.entries()) {
      const given = received[index];
      if (isError(value) && isError(given)) expect(given.error.slice(0, value.error.length)).toBe(value.error);
      else expect(given).toEqual(value);
    }
    expect(subject.pending.empty).toBe(true);
  });

  test("damaged bytes end in a protocol error at most, and the same one however they are cut", () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 30; round++) {
      const bytes = Buffer.concat(Array.from({ length: 8 }, () => sample(random).bytes));
      for (let hit = random.integer(1, 4); hit > 0; hit--) {
        bytes[random.integer(0, Math.min(bytes.length, 2000) - 1)] = random.pick([0, 10, 13, 36, 42, 45, 48, 57, 255]);
      }
      const [whole, cut] = [harness(), harness(cutter(random.fork()))];
      whole.send(Buffer.from(bytes));
      for (const piece of cutter(random.fork())(bytes)) cut.send(piece);
      expect(cut.executed.map(shortened)).toEqual(whole.executed.map(shortened));
      expect(cut.requests.ended).toBe(whole.requests.ended);
      if (cut.received !== whole.received) expect(shortReplies(cut.received)).toEqual(shortReplies(whole.received));
    }
  });
});

function isError(value: unknown): value is { error: string } {
  return typeof value === "object" && value !== null && "error" in value;
}

/** So that a difference can be read. */
function shortened(parts: readonly string[]): string {
  return parts.map((part) => (part.length > 40 ? `${part.slice(0, 30)}...(${part.length})` : part)).join("|");
}

/** Without the preview of an unknown command's arguments, which may be shorter when they are many. */
function shortReplies(text: string): string[] {
  return readReplies(text).map((value) =>
    JSON.stringify(value)
      .replace(/args beginning with: .*/, "")
      .slice(0, 200),
  );
}
