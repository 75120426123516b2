/** Events come whole, wherever the pieces of the stream are cut. */
import { expect, test } from "vitest";
import { EventStream } from "./event-stream.js";

const STREAM =
  'event: value\ndata: {"a":1}\n\n: kept alive\n\nevent: story\r\ndata: x\r\ndata: y\r\n\r\ndata: plain\n\n';
const EVENTS = [
  { event: "value", data: '{"a":1}' },
  { event: "story", data: "x\ny" },
  { event: "message", data: "plain" },
];

test("cut anywhere, the same events come out", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const stream = new EventStream();
    expect([...stream.push(STREAM.slice(0, cut)), ...stream.push(STREAM.slice(cut))], `cut at ${cut}`).toEqual(EVENTS);
  }
});

test("one that is not whole waits", () => {
  const stream = new EventStream();
  expect(stream.push("event: value\ndata: 1\n")).toEqual([]);
  expect(stream.push("\n")).toEqual([{ event: "value", data: "1" }]);
});
