/** Random values under a few keys, each in a slot of its own, and random reads of several of them. */
import { type SeededRandom, waitFor } from "@meridian/testkit";
import { elementsOf, ReplyReader } from "../cluster/reply-reader.js";
import { command, rawClient } from "./raw-client.js";

const sets = ["set1", "set2", "set3", "set4"];
const scored = ["z1", "z2", "z3", "z4"];
const sketches = ["hll1", "hll2", "hll3"];
const streams = ["x1", "x2", "x3"];
/** A string, a list, and nothing. */
const others = ["text", "list", "none"];

export const gatheredKeys: readonly string[] = [...sets, ...scored, ...sketches, ...streams, ...others];

const UNORDERED: readonly string[] = ["SUNION", "SINTER", "SDIFF"];

function member(random: SeededRandom): string {
  return random.pick(["a", "b", "c", "d", "e", "f", "ä", "\u0000", "10", ""]) + (random.chance(0.3) ? "x" : "");
}

/** Sums of such scores are exact, and written alike by all servers. */
function score(random: SeededRandom): string {
  return random.chance(0.1) ? random.pick(["inf", "-inf", "1e6"]) : String(random.integer(-20, 20) / 4);
}

export function randomValue(random: SeededRandom): string[] {
  const kind = random.integer(0, 5);
  if (kind <= 1) return ["SADD", random.pick(sets), member(random), member(random)];
  if (kind <= 3) return ["ZADD", random.pick(scored), score(random), member(random), score(random), member(random)];
  if (kind === 5) return ["XADD", random.pick(streams), nextId(), "field", member(random)];
  if (random.chance(0.2))
    return random.pick([
      ["SET", "text", "no sketch"],
      ["RPUSH", "list", "x"],
    ]);
  // Some become dense.
  const elements = Array.from({ length: random.integer(1, 600) }, () => String(random.integer(0, 5000)));
  return ["PFADD", random.pick(sketches), ...elements];
}

let lastId = 0;

function nextId(): string {
  return `1-${++lastId}`;
}

function keys(random: SeededRandom, from: readonly string[]): string[] {
  return Array.from({ length: random.integer(1, 4) }, () => random.pick(random.chance(0.06) ? others : from));
}

export function randomRead(random: SeededRandom): string[] {
  const kind = random.integer(0, 9);
  if (kind <= 2) return [random.pick(["SUNION", "SINTER", "SDIFF"]), ...keys(random, sets)];
  if (kind === 3) return ["PFCOUNT", ...keys(random, sketches)];
  if (kind === 4) {
    const from = keys(random, streams);
    const ids = from.map(() => random.pick(["0", "1-5", "1-900", "$"]));
    const count = random.chance(0.5) ? ["COUNT", String(random.integer(1, 4))] : [];
    return ["XREAD", ...count, "STREAMS", ...from, ...ids, ...(random.chance(0.05) ? ["0"] : [])];
  }
  if (kind === 5) {
    const from = keys(random, sets);
    return [
      "SINTERCARD",
      String(from.length),
      ...from,
      ...random.pick([[], ["LIMIT", "1"], ["LIMIT", "0"], ["LIMIT", "-1"], ["LIMIT"]]),
    ];
  }
  const from = keys(random, random.chance(0.2) ? [...scored, ...sets] : scored);
  if (kind === 6)
    return ["ZDIFF", String(from.length), ...from, ...random.pick([[], ["WITHSCORES"], ["WEIGHTS", "1"]])];
  if (kind === 7) return ["ZINTERCARD", String(from.length), ...from, ...random.pick([[], ["LIMIT", "2"]])];
  const options: string[] = [];
  if (random.chance(0.3)) options.push("WEIGHTS", ...from.map(() => random.pick(["2", "-0.5", "0", "inf", "1e2"])));
  if (random.chance(0.05)) options.push("WEIGHTS", "x");
  if (random.chance(0.4)) options.push("AGGREGATE", random.pick(["sum", "MIN", "max", "mean"]));
  if (random.chance(0.7)) options.push("WITHSCORES");
  return [random.pick(["ZUNION", "ZINTER"]), String(from.length), ...from, ...options];
}

/** As text, one for each command; of sets sorted. */
export async function repliesOf(port: number, commands: readonly (readonly string[])[]): Promise<string[]> {
  const raw = rawClient(port);
  raw.send(Buffer.concat(commands.map((one) => command(...one))));
  const taken = (): Buffer[] => {
    const found: Buffer[] = [];
    new ReplyReader().feed(Buffer.from(raw.received, "latin1"), (reply) => found.push(reply));
    return found;
  };
  await waitFor(() => taken().length === commands.length, { what: "all replies", timeoutMs: 30_000 });
  const replies = taken();
  raw.close();
  return replies.map((reply, index) => textOf(reply, UNORDERED.includes(commands[index]?.[0] ?? "")));
}

function textOf(reply: Buffer, isUnordered: boolean): string {
  const elements = isUnordered ? elementsOf(reply) : undefined;
  if (elements === undefined) return reply.toString("latin1");
  return [reply.toString("latin1", 0, 1), ...elements.map((element) => element.toString("latin1")).toSorted()].join(
    " ",
  );
}
