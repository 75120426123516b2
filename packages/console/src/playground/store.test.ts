/** The playground keeps what it is told, within bounds. */
import type { Story } from "@meridian/agent/api";
import { expect, test } from "vitest";
import { limits } from "../limits.js";
import { PlaygroundStore } from "./store.js";

function story(stamp: number, atMs = stamp): Story {
  return { keyBase64: "aw==", atMs, writes: [{ origin: "us~1", stamp }] } as Story;
}

test("a line stands where it was run, its answer under it when it comes", () => {
  const store = new PlaygroundStore();
  const id = store.begin("us", "GET a");
  store.begin("eu", "GET b");
  store.end("us", id, { reply: { type: "null" }, tookMs: 1, inTransaction: true });
  expect(store.now().entries["us"]).toEqual([{ id, line: "GET a", reply: { type: "null" }, tookMs: 1 }]);
  expect(store.now().entries["eu"]?.[0]).toMatchObject({ line: "GET b" });
  expect(store.now().inTransaction).toEqual({ us: true });
});

test("lists are bounded, and the same line twice is one step back in the history", () => {
  const store = new PlaygroundStore();
  for (let count = 0; count < limits.entriesMax + 5; count++) store.begin("us", `ECHO ${count}`);
  store.begin("us", "PING");
  store.begin("us", "PING");
  expect(store.now().entries["us"]).toHaveLength(limits.entriesMax);
  expect(store.now().history["us"]?.slice(-2)).toEqual([`ECHO ${limits.entriesMax + 4}`, "PING"]);
});

test("a story that is told again is there once, the newest first", () => {
  const store = new PlaygroundStore();
  store.tell(story(1));
  store.tell(story(2));
  store.tell(story(1, 3));
  expect(store.now().stories.map(({ atMs }) => atMs)).toEqual([3, 2]);
  for (let stamp = 10; stamp < 40; stamp++) store.tell(story(stamp));
  expect(store.now().stories).toHaveLength(limits.storiesMax);
});

test("who listens is told, until they don't", () => {
  const store = new PlaygroundStore();
  let told = 0;
  const stop = store.subscribe(() => told++);
  store.watch("k");
  store.watch("k");
  stop();
  store.watch("other");
  expect([told, store.now().watchedKey]).toEqual([1, "other"]);
});
