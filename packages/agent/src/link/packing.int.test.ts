/** Batches packed on the wire: agreed upon, in order, fewer bytes, and what can't be unpacked closes the stream. */
import { deflateRawSync } from "node:zlib";
import { seededRandom, waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { TcpProxy } from "../replica/test-support/tcp-proxy.js";
import { wrapPacked } from "./batches.js";
import { linkLimits } from "./limits.js";
import {
  batchOf,
  closeAll,
  identity,
  open,
  PACKED,
  PLAIN,
  receiving,
  type Receiving,
  sending,
  streamTo,
} from "./test-support/ends.js";

afterEach(closeAll);

function entriesOf({ batches }: Receiving): { stamp: number; payload: Uint8Array }[] {
  return batches.flatMap(({ entries }) => [...entries]);
}

test("batches of all kinds, packed and not, keep their order", async () => {
  const sender = await sending(identity("a"));
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  const random = seededRandom(5);
  const payloads = Array.from({ length: 300 }, (_, index) => {
    const size = random.pick([0, 3, 40, 300, 5_000, 100_000, 700_000]);
    return index % 7 === 0
      ? Buffer.from(Array.from({ length: Math.min(size, 9_000) }, () => random.integer(0, 255)))
      : Buffer.alloc(size, index);
  });
  for (const [index, payload] of payloads.entries()) sender.listener.send("b", batchOf(3 + index, payload));
  await waitFor(() => entriesOf(receiver).length === payloads.length, { what: "all entries", timeoutMs: 30_000 });
  const received = entriesOf(receiver);
  expect(received.map(({ stamp }) => stamp)).toEqual(payloads.map((_, index) => 4 + index));
  for (const [index, { payload }] of received.entries()) expect(payloads[index]?.equals(payload)).toBe(true);
  const wire = sender.listener.trafficOf("b").wireBytes;
  expect(receiver.dialer.traffic.wireBytes).toBe(wire);
  expect(wire).toBeLessThan(payloads.reduce((sum, { length }) => sum + length, 0) / 10);
});

test.each([
  ["both", PACKED, PACKED, true],
  ["the sender alone", PACKED, PLAIN, false],
  ["the receiver alone", PLAIN, PACKED, false],
])("packed where %s wants it", async (_who, link, other, isPacked) => {
  const sender = await sending(identity("a"), { link });
  const receiver = receiving(sender.listener.port, { link: other });
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  sender.listener.send("b", batchOf(3, Buffer.alloc(10_000, 7)));
  await waitFor(() => receiver.batches.length === 1, { what: "the batch" });
  expect(sender.listener.trafficOf("b").wireBytes < 1_000).toBe(isPacked);
});

test.each<[string, () => Uint8Array]>([
  ["a bomb", () => wrapPacked(deflateRawSync(Buffer.alloc(100_000_000)), 1_000)],
  ["a length beyond the limit", () => wrapPacked(deflateRawSync("x"), linkLimits.messageBytesMax + 1)],
  ["noise", () => wrapPacked(Buffer.from("\u0007 noise"), 100)],
  ["a batch that is none", () => wrapPacked(deflateRawSync("no batch"), 8)],
])("%s closes the stream, and nothing after it is handed over", async (_what, message) => {
  const sender = await sending(identity("a"));
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.ups === 1, { what: "the stream" });
  streamTo(sender.listener, "b").write(message());
  sender.listener.send("b", batchOf(3, Buffer.from("behind it")));
  await waitFor(() => receiver.errors.length === 1, { what: "the end of the stream" });
  expect(receiver.errors[0]).toMatchObject({ code: "LINK_CORRUPT" });
  await waitFor(() => receiver.ups === 2, { what: "the next stream" });
  expect(receiver.batches).toEqual([]);
});

test("what was not agreed upon is not unpacked", async () => {
  const sender = await sending(identity("a"), { link: PLAIN });
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.ups === 1, { what: "the stream" });
  streamTo(sender.listener, "b").write(wrapPacked(deflateRawSync("x"), 1));
  await waitFor(() => receiver.errors.length === 1, { what: "the end of the stream" });
  expect(receiver.errors[0]?.message).toContain("where none was agreed");
});

test("a cut in the midst of packed batches begins anew with the next stream", async () => {
  const sender = await sending(identity("a"));
  const proxy = await TcpProxy.start(sender.listener.port);
  open.push(proxy);
  const receiver = receiving(proxy.port);
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  for (let at = 0; at < 50; at++) sender.listener.send("b", batchOf(3 + at, Buffer.alloc(200_000, at)));
  await waitFor(() => receiver.batches.length > 0, { what: "the first" });
  await proxy.cut();
  proxy.mend();
  await waitFor(() => receiver.ups === 2 && sender.log.at(-1) === "up b", { what: "the next stream" });
  const before = receiver.batches.length;
  sender.listener.send("b", batchOf(1000, Buffer.alloc(5_000, 1)));
  await waitFor(() => receiver.batches.length === before + 1, { what: "a batch on the next stream" });
});
