/** A limit of bandwidth on a link: the rate holds, life signs pass by, the sender is told to wait, a change is at once. */
import { seededRandom, waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { batchOf, closeAll, identity, receiving, sending } from "./test-support/ends.js";

afterEach(closeAll);

/** Does not shrink. */
function noise(length: number): Buffer {
  const random = seededRandom(length);
  return Buffer.from(Array.from({ length }, () => random.integer(0, 255)));
}

test("1 MB at 4 Mbit takes two seconds, and the link stays alive meanwhile", async () => {
  const sender = await sending(identity("a"));
  sender.listener.limit("b", 500_000);
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  const payload = noise(100_000);
  const startedMs = performance.now();
  for (let at = 0; at < 10; at++) sender.listener.send("b", batchOf(3 + at, payload));
  await waitFor(() => sender.flows[0] === false, { what: "the sender to be told to wait" });
  await waitFor(() => receiver.dialer.roundTripMs !== null, { what: "a round trip past what waits" });
  expect(receiver.batches.length).toBeLessThan(10);
  await waitFor(() => receiver.batches.length >= 10, { what: "all batches" });
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThan(1_700);
  expect(tookMs).toBeLessThan(4_000);
  await waitFor(() => sender.flows.at(-1) === true, { what: "the sender to be told to go on" });
  expect(receiver.errors).toEqual([]);
});

test("a limit that is taken away frees what waits, and stands for streams to come until then", async () => {
  const sender = await sending(identity("a"));
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  sender.listener.limit("b", 1_000);
  expect(sender.listener.limitOf("b")).toBe(1_000);
  const payload = noise(500_000);
  sender.listener.send("b", batchOf(3, payload, payload));
  await waitFor(() => sender.flows.at(-1) === false, { what: "the sender to be told to wait" });
  receiver.dialer.close("a test");
  await waitFor(() => receiver.ups === 2 && sender.log.at(-1) === "up b", { what: "the next stream" });
  const told = sender.flows.length;
  sender.listener.send("b", batchOf(3, payload, payload));
  await waitFor(() => sender.flows.length > told, { what: "the sender to be told to wait again" });
  expect(receiver.batches).toEqual([]);
  const freedMs = performance.now();
  sender.listener.limit("b", undefined);
  await waitFor(() => receiver.batches.flatMap(({ entries }) => entries).length === 2, { what: "both entries" });
  expect(performance.now() - freedMs).toBeLessThan(3_000);
});
