/**
 * Every pair of types under one key, in both orders, as worked cases: the later one shows; a delete that saw only the later
 * one uncovers the other, whole; what saw both clears the hidden one.
 */
import type { Check, WorkedCase } from "./case.js";

interface Sample {
  name: string;
  write: string;
  shows: Check[];
}

const samples: readonly Sample[] = [
  { name: "string", write: "SET k text", shows: [{ run: "GET k", reply: "text" }] },
  { name: "counter", write: "INCRBY k 7", shows: [{ run: "GET k", reply: "7" }] },
  { name: "hash", write: "HSET k f v", shows: [{ run: "HGETALL k", reply: ["f", "v"] }] },
  { name: "set", write: "SADD k m", shows: [{ run: "SMEMBERS k", reply: ["m"] }] },
  { name: "zset", write: "ZADD k 2 m", shows: [{ run: "ZRANGE k 0 -1 WITHSCORES", reply: ["m", "2"] }] },
  { name: "list", write: "RPUSH k a b", shows: [{ run: "LRANGE k 0 -1", reply: ["a", "b"] }] },
  { name: "stream", write: "XADD k * f v", shows: [{ run: "XLEN k", reply: 1 }] },
  { name: "hyperloglog", write: "PFADD k a b", shows: [{ run: "PFCOUNT k", reply: 2 }] },
];

export function clashCases(): WorkedCase[] {
  return samples.flatMap((first) =>
    samples.flatMap((second) => (first === second || areStrings(first, second) ? [] : casesOf(first, second))),
  );
}

/** Of one type: no clash. */
function areStrings(first: Sample, second: Sample): boolean {
  return [first, second].every(({ name }) => name === "string" || name === "counter");
}

function casesOf(first: Sample, second: Sample): WorkedCase[] {
  const id = `clash-${first.name}-${second.name}`;
  const writes = [
    { at: 1, run: first.write },
    { at: 2, run: second.write },
  ];
  return [
    {
      id: `${id}-shows`,
      type: "clash",
      rule: `of a ${first.name} and a later ${second.name} the ${second.name} shows`,
      steps: [...writes, { sync: true }],
      expect: second.shows,
    },
    {
      id: `${id}-uncovers`,
      type: "clash",
      rule: `a delete that saw only the later ${second.name} uncovers the ${first.name}`,
      steps: [...writes, { at: 2, run: "DEL k", reply: 1 }, { sync: true }],
      expect: first.shows,
    },
    {
      id: `${id}-cleared`,
      type: "clash",
      rule: `a write of the type that shows, made having seen both, clears the hidden ${first.name}`,
      steps: [
        ...writes,
        { sync: true },
        { at: 3, run: second.write },
        { sync: true },
        { at: 1, run: "DEL k", reply: 1 },
        { sync: true },
      ],
      expect: [{ run: "EXISTS k", reply: 0 }],
    },
    {
      id: `${id}-gone`,
      type: "clash",
      rule: "a delete that saw both leaves nothing",
      steps: [...writes, { sync: true }, { at: 3, run: "DEL k", reply: 1 }, { sync: true }],
      expect: [{ run: "EXISTS k", reply: 0 }],
    },
  ];
}
