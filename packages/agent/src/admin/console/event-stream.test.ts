/** What a reader gets who doesn't keep up. */
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { agentLimits } from "../../limits.js";
import { EventStream } from "./event-stream.js";

class Reader extends EventEmitter {
  writableNeedDrain = false;
  readonly written: string[] = [];
  writeHead(): void {}
  flushHeaders(): void {}
  write(text: string): void {
    this.written.push(text);
  }
  read(): void {
    this.writableNeedDrain = false;
    this.emit("drain");
  }
}

test("the newest of a name waits for a slow reader, and a few of those that are all to be told", () => {
  const reader = new Reader();
  let isClosed = false;
  const stream = new EventStream(reader as unknown as ServerResponse, () => (isClosed = true));
  stream.sendNewest("status", "1");
  expect(reader.written).toEqual(["event: status\ndata: 1\n\n"]);
  reader.writableNeedDrain = true;
  for (let at = 2; at < 100; at++) {
    stream.sendNewest("status", String(at));
    stream.send("story", String(at));
  }
  expect(reader.written).toHaveLength(1);
  reader.read();
  expect(reader.written).toHaveLength(2 + agentLimits.streamEventsMax);
  expect(reader.written[1]).toBe("event: status\ndata: 99\n\n");
  expect(reader.written.at(-1)).toBe("event: story\ndata: 99\n\n");
  reader.emit("close");
  expect(isClosed).toBe(true);
  stream.send("story", "late");
  expect(reader.written).toHaveLength(2 + agentLimits.streamEventsMax);
});
