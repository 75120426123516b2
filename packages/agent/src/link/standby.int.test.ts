/** The wire to a region with several agents: the one that does not stand by is found, and found again when that changes. */
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { closeAll, identity, receiving, sending } from "./test-support/ends.js";

afterEach(closeAll);

test("receivers go on from an agent that stands by to the one that serves, and follow when another does", async () => {
  const one = await sending(identity("a", { agent: "one" }));
  const two = await sending(identity("a", { agent: "two" }));
  one.listener.standBy("two does it");
  const receiver = receiving([one.listener.port, two.listener.port]);
  await waitFor(() => receiver.ups === 1, { what: "a stream" });
  expect([one.log, two.log]).toEqual([[], ["up b"]]);
  expect(receiver.errors.map(({ code }) => code)).toEqual(["LINK_STANDBY"]);
  expect(receiver.errors[0]?.isRefusal).toBe(false);

  two.listener.standBy("one takes over");
  await waitFor(() => receiver.errors.length >= 4, { what: "a round in which both stand by" });
  one.listener.serveFor(one.handlers);
  await waitFor(() => receiver.ups === 2, { what: "a stream again" });
  expect(two.log).toEqual(["up b", "down b"]);
  expect(one.log).toEqual(["up b"]);
});

test("once another agent is known to replicate, a stream to the one before is left at once", async () => {
  const one = await sending(identity("a", { agent: "one" }));
  const two = await sending(identity("a", { agent: "two" }));
  const receiver = receiving([one.listener.port, two.listener.port]);
  await waitFor(() => receiver.ups === 1, { what: "a stream" });
  receiver.dialer.movedTo("");
  receiver.dialer.movedTo("one");
  receiver.dialer.movedTo("two");
  receiver.dialer.movedTo("two"); // on its way
  await waitFor(() => receiver.ups === 2, { what: "the stream to the other" });
  receiver.dialer.movedTo("two");
  expect(receiver.errors).toHaveLength(1);
  await waitFor(() => one.log.join() === "up b,down b", { what: "the first one to see it go" });
  expect(two.log).toEqual(["up b"]);
});
