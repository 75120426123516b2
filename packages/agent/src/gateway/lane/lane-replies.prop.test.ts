/** However the lane's replies are cut, each client gets its own, byte for byte; and none that is large. */
import { seededRandom, type SeededRandom, testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { type LaneClient, type LaneGroup, LaneReplies } from "./lane-replies.js";
import { gatewayLimits } from "../limits.js";

const SEEDS = [1, 2, 3, 4, 5, testSeed()];
const LARGE = "(large)";

/** One reply as the server sends it, and as the client is to get it. */
function reply(random: SeededRandom, call: boolean): [sent: string, given: string] {
  const length = random.pick([0, 1, 10, 1000, gatewayLimits.laneReplyBytesMax - 20, 150_000]);
  const bulk = `$${length}\r\n${"\n".repeat(length)}\r\n`;
  const nested = `*3\r\n:1\r\n*0\r\n*-1\r\n`;
  const many = random.integer(0, 9000);
  const forms = ["+OK\r\n", "-ERR no\r\n", ":12\r\n", "$-1\r\n", nested, bulk];
  if (call) return random.chance(0.3) ? ["+-12345678901234567\r\n", ":-12345678901234567\r\n"] : twice(forms[2]);
  return twice(random.pick([...forms, `*${many}\r\n${"$2\r\nab\r\n".repeat(many)}`]));
}

const twice = (text = ""): [string, string] => [text, text];

interface Heard extends LaneClient {
  readonly heard: string[];
}

function listener(): Heard {
  const heard: string[] = [];
  return {
    heard,
    onLaneReplies: (bytes, start, end) => void heard.push(bytes.toString("latin1", start, end)),
    onLaneReadTooLarge: () => void heard.push(LARGE),
    onLaneLost: () => void heard.push("(lost)"),
  };
}

/** A group, its bytes, and what each of its clients is to hear. */
function group(random: SeededRandom): { group: LaneGroup; bytes: string; expected: [Heard, string][] } {
  const call = random.chance(0.5);
  const made: LaneGroup = { call, clients: [], counts: [], replies: 0 };
  const expected: [Heard, string][] = [];
  let body = "";
  for (let client = random.integer(1, 4); client > 0; client--) {
    const heard = listener();
    const count = call ? random.integer(1, 3) : 1;
    const replies = Array.from({ length: count }, () => reply(random, call));
    const given = replies.map(([, text]) => text).join("");
    made.clients.push(heard);
    made.counts.push(count);
    made.replies += count;
    body += replies.map(([text]) => text).join("");
    expected.push([heard, given.length > gatewayLimits.laneReplyBytesMax ? LARGE : given]);
  }
  return { group: made, bytes: call ? `*${made.replies}\r\n${body}` : body, expected };
}

test.each(SEEDS)("seed %i", (seed) => {
  const random = seededRandom(seed);
  const replies = new LaneReplies();
  const groups = Array.from({ length: 60 }, () => group(random));
  for (const one of groups) replies.expect(one.group);
  const bytes = Buffer.from(`+PONG\r\n${groups.map((one) => one.bytes).join("")}`, "latin1");
  for (let at = 0; at < bytes.length;) {
    const length = random.integer(1, random.pick([2, 30, 3000, 65_536]));
    const piece = Buffer.from(bytes.subarray(at, at + length));
    expect(replies.feed(piece)).toBe(true);
    piece.fill(0x21); // what was lent must not be held on to
    at += length;
  }
  for (const [client, text] of groups.flatMap((one) => one.expected)) expect(client.heard).toEqual([text]);
  expect(replies.reset()).toEqual([]);
});

test("bytes that nobody asked for, or an array of another length, are out of form", () => {
  const unasked = new LaneReplies();
  expect(unasked.feed(Buffer.from("+PONG\r\n"))).toBe(true);
  expect(unasked.feed(Buffer.from(":1\r\n"))).toBe(false);
  const short = new LaneReplies();
  short.expect({ call: true, clients: [listener()], counts: [2], replies: 2 });
  expect(short.feed(Buffer.from("+PONG\r\n*1\r\n"))).toBe(false);
});

test("a lane that ends owes those whose replies have not come, and not one who asks again already", () => {
  const replies = new LaneReplies();
  const [answered, large, waiting] = [listener(), listener(), listener()];
  replies.expect({ call: false, clients: [answered, large, waiting], counts: [1, 1, 1], replies: 3 });
  replies.feed(Buffer.from(`+PONG\r\n:1\r\n$1000000\r\nabc`));
  expect(large.heard).toEqual([LARGE]);
  expect(replies.reset().flatMap(({ clients }) => clients)).toEqual([waiting]);
});
