/** The wire between two ends in this process: handshake, refusals, bad messages, silence, reconnecting, windows. */
import { connect, createServer, type AddressInfo } from "node:net";
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { TcpProxy } from "../replica/test-support/tcp-proxy.js";
import { encodeBatch } from "./batches.js";
import { type Identity, SLOTS_ROOT } from "./index.js";
import { batchOf, closeAll, identity, open, PLAIN, receiving, sending, streamTo } from "./test-support/ends.js";

afterEach(closeAll);

test("batches one way, acknowledgements the other, binary safe, of any size", async () => {
  const sender = await sending(identity("a"));
  const receiver = receiving(sender.listener.port);
  await waitFor(() => sender.log.includes("up b") && receiver.ups === 1, { what: "the stream" });
  expect(sender.positions[0]).toEqual({
    ownOrigin: "b~1",
    applied: new Map([["a~1", 3]]),
    durable: new Map([["a~1", 2]]),
    sources: ["c"],
  });
  const payloads = [Buffer.from([0, 255, 13, 10]), Buffer.alloc(3_000_000, 9), Buffer.alloc(0)];
  sender.listener.send("b", batchOf(3, ...payloads));
  await waitFor(() => receiver.batches.flatMap(({ entries }) => entries).length === 3, { what: "three entries" });
  const received = receiver.batches.flatMap(({ entries }) => entries);
  expect(received.map(({ stamp }) => stamp)).toEqual([4, 5, 6]);
  for (const [index, { payload }] of received.entries()) expect(payloads.at(index)?.equals(payload)).toBe(true);
  receiver.dialer.acknowledge({
    ownOrigin: "b~1",
    applied: new Map([["a~1", 6]]),
    durable: new Map(),
    sources: [],
    rewind: { origin: "a~1", after: 6, reason: "refused" },
  });
  const last = 'ack b a~1,6 {"origin":"a~1","after":6,"reason":"refused"}';
  await waitFor(() => sender.log.includes(last), { what: "the acknowledgement" });
  await waitFor(() => sender.listener.roundTripMsOf("b") !== null && receiver.dialer.roundTripMs !== null, {
    what: "the round trip",
  });
});

test.each<[string, Partial<Identity>, Partial<Identity>, string, string]>([
  ["a newer peer", { protocolVersion: 3 }, {}, "LINK_VERSION", "a"],
  ["an older peer", {}, { protocolVersion: 3 }, "LINK_VERSION", "a"],
  ["another deployment", { namespace: "staging" }, {}, "LINK_NAMESPACE_DIFFERS", "a"],
  ["a region that is not known", { regions: ["a", "x"] }, {}, "LINK_UNKNOWN_REGION", "a"],
  ["another region than expected", {}, {}, "LINK_WRONG_REGION", "c"],
  ["other lists of regions", { regions: ["b", "a", "c"] }, {}, "LINK_REGIONS_DIFFER", "a"],
  ["other partitions", { root: SLOTS_ROOT }, {}, "LINK_ROOT_DIFFERS", "a"],
])(
  "refuses %s, both sides know why, and it is tried again",
  async (_what, senderChange, receiverChange, code, peer) => {
    const sender = await sending(identity("a", senderChange));
    const receiver = receiving(sender.listener.port, { self: identity("b", receiverChange), peer });
    await waitFor(() => receiver.errors.length > 0, { what: "the refusal" });
    expect(receiver.errors[0]).toMatchObject({ code, isRefusal: true });
    expect(receiver.errors[0]?.message).toMatch(/;/);
    expect(sender.refusals.map((error) => error.code)).toEqual([code]);
    expect([sender.log, receiver.ups]).toEqual([[], 0]);
    await waitFor(() => receiver.errors.length > 1, { what: "the next try" });
  },
);

test("each end knows how far the other's clock is ahead, where both clocks are known", async () => {
  const clock = (aheadMs: number) => ({ ...PLAIN, serverNowMs: () => 1_800_000_000_000 + performance.now() + aheadMs });
  const sender = await sending(identity("a"), { link: clock(0) });
  const receiver = receiving(sender.listener.port, { link: clock(5_000) });
  const unknowing = receiving(sender.listener.port, { self: identity("c"), link: PLAIN });
  const skews = () => [sender.listener.clockSkewOf("b"), receiver.dialer.clockSkew];
  await waitFor(() => skews().every((skew) => skew !== null), { what: "both to know" });
  const [ofReceiver, ofSender] = skews();
  expect(Math.abs((ofReceiver?.ms ?? 0) - 5_000)).toBeLessThanOrEqual(ofReceiver?.errorMs ?? 0);
  expect(Math.abs((ofSender?.ms ?? 0) + 5_000)).toBeLessThanOrEqual(ofSender?.errorMs ?? 0);
  await waitFor(() => unknowing.dialer.roundTripMs !== null, { what: "a pong for the third" });
  expect([unknowing.dialer.clockSkew, sender.listener.clockSkewOf("c")]).toEqual([null, null]);
});

test("a sender that does not reach its server asks to come again", async () => {
  const sender = await sending(identity("a"), { isReady: false });
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.errors.length > 1, { what: "two tries" });
  expect(receiver.errors[0]).toMatchObject({ code: "LINK_NOT_READY", isRefusal: false });
});

test("bytes that change on the way close the stream and are not handed over", async () => {
  const sender = await sending(identity("a"));
  const proxy = await TcpProxy.start(sender.listener.port);
  open.push(proxy);
  const receiver = receiving(proxy.port);
  await waitFor(() => receiver.ups === 1, { what: "the stream" });
  proxy.corrupt = (bytes) => {
    const at = bytes.indexOf("payload");
    if (at >= 0) bytes.write("pAyload", at);
    return bytes;
  };
  sender.listener.send("b", batchOf(3, Buffer.from("a payload")));
  await waitFor(() => receiver.errors.length === 1, { what: "the end of the stream" });
  expect(receiver.errors[0]).toMatchObject({ code: "LINK_CORRUPT" });
  expect(receiver.batches).toEqual([]);
  proxy.corrupt = undefined;
  await waitFor(() => receiver.ups === 2, { what: "the next stream" });
});

test("a message beyond the limit closes the stream", async () => {
  const sender = await sending(identity("a"));
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.ups === 1, { what: "the stream" });
  const whole = [...encodeBatch(batchOf(3, Buffer.from("x")))].map((message) => message.whole);
  const oversized = Buffer.concat([...whole, Buffer.alloc(2 * 1024 * 1024)]);
  streamTo(sender.listener, "b").write(oversized);
  await waitFor(() => receiver.errors.length > 0, { what: "the end of the stream" });
  expect(receiver.errors[0]).toMatchObject({ code: "LINK_CORRUPT" });
  expect(receiver.batches).toEqual([]);
});

test("noise on the port harms nobody", async () => {
  const sender = await sending(identity("a"));
  const noise = connect(sender.listener.port, "127.0.0.1");
  noise.on("error", () => undefined);
  noise.write("GET / HTTP/1.1\r\n\r\n\0\0\0");
  const receiver = receiving(sender.listener.port);
  await waitFor(() => receiver.ups === 1, { what: "the stream" });
  noise.destroy();
});

test("a cut is noticed, and a mended link is back within a second or so", async () => {
  const sender = await sending(identity("a"));
  const proxy = await TcpProxy.start(sender.listener.port);
  open.push(proxy);
  const receiver = receiving(proxy.port);
  await waitFor(() => receiver.ups === 1, { what: "the stream" });
  await proxy.cut();
  await waitFor(() => receiver.errors.length > 5 && sender.log.includes("down b"), { what: "some tries" });
  const mendedMs = performance.now();
  proxy.mend();
  await waitFor(() => receiver.ups === 2, { what: "the next stream" });
  expect(performance.now() - mendedMs).toBeLessThan(2500);
});

test("a peer that says nothing is dead after a few seconds", async () => {
  const mute = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  open.push({ stop: () => void mute.close() });
  const never = receiving((mute.address() as AddressInfo).port);
  const sender = await sending(identity("a"));
  const proxy = await TcpProxy.start(sender.listener.port);
  open.push(proxy);
  const once = receiving(proxy.port, { self: identity("c") });
  await waitFor(() => once.ups === 1, { what: "the stream" });
  proxy.freeze();
  await waitFor(() => never.errors.length > 0 && once.errors.length > 0, { what: "both to be given up" });
  expect(never.errors[0]).toMatchObject({ code: "LINK_UNREACHABLE" });
  expect(once.errors[0]).toMatchObject({ code: "LINK_SILENT" });
  await waitFor(() => sender.log.includes("down c"), { what: "the sender to notice too" });
});

test("24 MB are in flight at once over 200 ms: the window does not limit", { timeout: 60_000 }, async () => {
  const sender = await sending(identity("a"), { link: PLAIN });
  const proxy = await TcpProxy.start(sender.listener.port, 100);
  open.push(proxy);
  const receiver = receiving(proxy.port);
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  const startedMs = performance.now();
  const payload = Buffer.alloc(240_000, 5);
  for (let at = 0; at < 100; at++) sender.listener.send("b", batchOf(3 + at, payload));
  await waitFor(() => receiver.batches.length === 100, { what: "24 MB", timeoutMs: 40_000 });
  const tookMs = performance.now() - startedMs;
  console.log(`24 MB over 200 ms of round trip took ${Math.round(tookMs)} ms; HTTP/2's own window would need 75 s`);
  expect(tookMs).toBeLessThan(10_000);
});
