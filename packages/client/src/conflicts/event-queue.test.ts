/** A reader that is slow: nothing is kept beyond the bound, and what it missed is counted. */
import { expect, test } from "vitest";
import { EventQueue } from "./event-queue.js";
import { type ConflictsEvent, readNotice } from "./events.js";

function event(number: number): ConflictsEvent {
  const notice = { event: "conflict", root: "mer:{0}", key: `k${number}`, type: "string", part: "", number };
  const text = JSON.stringify({ ...notice, winner: null, losers: [] });
  return readNotice(Buffer.from(text), "us")!.told;
}

const missed = (count: number | undefined): ConflictsEvent => ({ event: "missed", seenIn: "us", count });

test("what is beyond the bound is counted, and told after what was kept", async () => {
  const queue = new EventQueue(2, () => undefined);
  for (let number = 0; number < 5; number++) queue.push(event(number));
  queue.push(missed(10));
  expect((await queue.next()).value).toEqual(event(0));
  queue.push(event(5)); // not before it was told that others are missing
  expect((await queue.next()).value).toEqual(event(1));
  expect((await queue.next()).value).toEqual(missed(14));
  queue.push(event(6));
  expect((await queue.next()).value).toEqual(event(6));
  for (const told of [event(7), event(8), missed(undefined), event(9)]) queue.push(told);
  await queue.next();
  await queue.next();
  expect((await queue.next()).value).toEqual(missed(undefined));
});

test("a reader that waits gets what comes; at the end what is kept is read, and a reader that leaves gets no more", async () => {
  let ended = 0;
  const queue = new EventQueue(2, () => ended++);
  const waits = queue.next();
  queue.push(event(1));
  expect((await waits).value).toEqual(event(1));
  queue.push(event(2));
  const last = [queue.next(), queue.next()];
  queue.end();
  queue.end();
  expect((await Promise.all(last)).map(({ done }) => done)).toEqual([false, true]);
  expect(ended).toBe(1);
  const other = new EventQueue(2, () => ended++);
  other.push(event(3));
  for await (const told of other) if (told.event === "conflict") break;
  expect((await other.next()).done).toBe(true);
  expect(ended).toBe(2);
});

test("what is no notice is none; bytes that are no UTF-8 come as they are", () => {
  for (const text of ["", "null", "[]", '{"event":"conflict"}', '{"event":"other","key":"k","part":"","losers":[]}']) {
    expect(readNotice(Buffer.from(text), "us")).toBeUndefined();
  }
  const side = '{"value":"\xff\xe4","size":2,"origin":"us~1","region":"us","stamp":1,"atMs":2}';
  const text = `{"event":"conflict","root":"r","key":"k\xff","type":"hash","part":"f","number":1,"winner":${side},"losers":[]}`;
  const told = readNotice(Buffer.from(text, "latin1"), "us")?.told;
  expect(told?.keyBytes).toEqual(Buffer.from("k\xff", "latin1"));
  expect(told?.winner?.bytes).toEqual(Buffer.from([0xff, 0xe4]));
});
