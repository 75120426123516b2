/** Which commands go by the lane, and which stay on the client's own connection. */
import { expect, test } from "vitest";
import { harness } from "../test-support/fake-server.js";
import { command } from "../test-support/raw-client.js";

test.each([
  [1, ["SET", "k", "v"]],
  [1, ["set", "k", "v", "EX", "10", "NX"]],
  [0, ["SET", "k", "v", "EX", "10", "get"]],
  [1, ["SET", "get", "get"]],
  [1, ["HSET", "k", "get", "get"]],
  [0, ["GETDEL", "k"]],
  [0, ["SPOP", "k", "1000000"]],
  [0, ["FLUSHALL"]],
  [0, ["SET", "k", "v".repeat(10_000)]],
  [1, ["GET", "k"]],
  [1, ["HMGET", "k", "a", "b"]],
  [1, ["MGET", "a", "b"]],
  [0, ["MGET", ...Array.from({ length: 2000 }, (_, index) => `k${index}`)]],
  [0, ["HGETALL", "k"]],
  [0, ["KEYS", "*"]],
  [0, ["PING"]],
])("%i of %j", (expected, parts) => {
  const subject = harness(undefined, () => 0);
  subject.pending.proven = true;
  subject.send(command(...parts));
  subject.settle();
  expect(subject.laned).toBe(expected);
  expect(subject.executed).toEqual([parts]);
});

test.each([
  [["AUTH", "x"]],
  [["HELLO", "2", "AUTH", "a", "b"]],
  [["CLIENT", "TRACKING", "ON"]],
  [["SUBSCRIBE", "c"]],
  [["RESET"]],
])("none after %j", (parts) => {
  const subject = harness(undefined, () => 0);
  subject.pending.proven = true;
  subject.send(command(...parts));
  subject.pending.proven = true;
  subject.send(command("SET", "k", "v"));
  subject.settle();
  expect(subject.laned).toBe(0);
});

test.each([
  [1, ["SET", "k", "v"]],
  [1, ["HMGET", "k", "a", "b"]],
  [0, ["ZINCRBY", "k", "1", "m"]],
  [0, ["ZSCORE", "k", "m"]],
])("%i of %j, of a client that speaks RESP3", (expected, parts) => {
  const subject = harness(undefined, () => 0);
  subject.pending.proven = subject.pending.respThree = true;
  subject.send(command(...parts));
  subject.settle();
  expect(subject.laned).toBe(expected);
});
