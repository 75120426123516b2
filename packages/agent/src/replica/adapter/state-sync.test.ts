/** Giving a state away and taking one in, with a server and regions that say what a test wants. */
import { BUCKETS } from "@meridian/core";
import { waitFor } from "@meridian/testkit";
import { expect, test } from "vitest";
import type { ExportedText, ExportWish } from "../../link/index.js";
import type { Vector } from "../vector.js";
import type { PartitionCalls } from "./server-calls.js";
import { StateExport } from "./state-export.js";
import { StateImport, type StateImportOptions } from "./state-import.js";

const vectorAt = (stamp: number): Vector => new Map([["a~1", stamp]]);

/** Its state is in four pieces, and it writes between two exports. */
function exporting(durable: () => Vector): { exporter: StateExport; exported: string[]; given: unknown[] } {
  const exported: string[] = [];
  const given: unknown[] = [];
  const gave = (peer: string, vector: Vector): void => void given.push([peer, vector]);
  let stamp = 0;
  const call = (from = ""): Promise<unknown> => {
    exported.push(from);
    const text = Buffer.from(`state from ${from}`);
    const vector = [Buffer.from("a~1"), Buffer.from(String(++stamp))];
    return Promise.resolve(
      from === "head" ? [text, vector] : [Buffer.from(String(Number(from) + 16_384)), text, vector],
    );
  };
  return {
    exporter: new StateExport({ call, buckets: BUCKETS, region: "a", durable, gave }),
    exported,
    given,
  };
}

test("no piece leaves before its server holds durably what it includes; meanwhile others are exported", async () => {
  let durable = vectorAt(0);
  const { exporter, exported } = exporting(() => durable);
  const texts: string[] = [];
  const done = (async () => {
    const pieces = exporter.texts("b", { bucket: 0 }, new AbortController().signal);
    for await (const { text } of pieces) texts.push(Buffer.from(text).toString());
  })();
  await waitFor(() => exported.length === 4, { what: "all pieces to be exported" });
  expect(texts).toEqual([]);
  durable = vectorAt(2);
  await waitFor(() => texts.length === 2, { what: "two to leave" });
  durable = vectorAt(4);
  await done;
  expect(texts).toEqual([0, 16_384, 32_768, 49_152].map((from) => `state from ${from}`));
});

test("a head is one text, and its vector goes with it", async () => {
  let durable = vectorAt(0);
  const { exporter, exported, given } = exporting(() => durable);
  const texts: ExportedText[] = [];
  const done = (async () => {
    for await (const text of exporter.texts("b", { head: true }, new AbortController().signal)) texts.push(text);
  })();
  await waitFor(() => given.length === 1, { what: "the head to be exported" });
  expect([given, texts]).toEqual([[["b", vectorAt(1)]], []]); // logs are kept at once
  durable = vectorAt(9);
  await done;
  expect(texts).toMatchObject([{ text: Buffer.from("state from head"), vector: vectorAt(1) }]);
  expect(exported).toEqual(["head"]);
});

test("what a server refuses is an error of the link, with the reason", async () => {
  const exporter = new StateExport({
    call: () => Promise.reject(new Error("MERIDIAN_IMPORTING it imports")),
    buckets: BUCKETS,
    region: "a",
    durable: () => vectorAt(9),
    gave: () => undefined,
  });
  const first = exporter.texts("b", { head: true }, new AbortController().signal).next();
  await expect(first).rejects.toMatchObject({
    code: "LINK_NO_STATE",
    message: expect.stringContaining("it imports") as string,
  });
});

interface Importing {
  importer: StateImport;
  /** What the server was told: a verb, and the text with it. */
  told: string[];
  asked: string[];
  importing: (number | undefined)[];
}

/** `replies`: to each verb in turn, [status, bucket]; `state` says what the reply before it left. */
function importing(
  replies: Record<string, [string, number][]>,
  start: [string, number],
  ask: (source: string, wish: ExportWish) => ExportedText[],
  isWanted: StateImportOptions["isWanted"] = () => true,
  isFurther: (vector: Vector) => boolean = () => true,
): Importing {
  const all: Importing = { told: [], asked: [], importing: [] } as never;
  let at = start;
  const call = (_import: string, verb: string, text?: Buffer): Promise<unknown> => {
    if (verb !== "state") all.told.push(text === undefined ? verb : `${verb} ${text.toString()}`);
    const reply = verb === "state" ? at : (replies[verb]?.shift() ?? ["none", 0]);
    if (reply[0] === "ok") at = verb === "end" ? ["none", 0] : reply;
    const flat = ["a~1", "5"];
    return Promise.resolve([
      reply[0],
      String(reply[1]),
      "",
      "0",
      ...(verb === "state" && reply[0] === "ok" ? [flat] : []),
    ]);
  };
  all.importer = new StateImport({
    engine: { call: call as PartitionCalls["call"] },
    buckets: BUCKETS,
    sources: () => ["a", "c"],
    isWanted,
    isFurther,
    ask: async function* (source, wish) {
      all.asked.push(`${source} ${wish.head === true ? "head" : wish.bucket}`);
      for (const text of ask(source, wish)) yield await Promise.resolve(text);
    },
    importing: (vector) => all.importing.push(vector?.get("a~1")),
    failed: () => undefined,
  });
  return all;
}

const text = (what: string): ExportedText => ({ text: Buffer.from(what), nextBucket: 0, vector: vectorAt(7) });

test("an import begins, takes piece after piece, and ends", async () => {
  const replies: Record<string, [string, number][]> = {
    head: [["ok", 0]],
    piece: [
      ["ok", 40_000],
      ["ok", 65_536],
    ],
    end: [["ok", 65_536]],
  };
  const all = importing(replies, ["none", 0], (_source, { head }) => (head ? [text("h")] : [text("p1"), text("p2")]));
  await all.importer.look();
  expect(all.told).toEqual(["head h", "piece p1", "piece p2", "end"]);
  expect(all.asked).toEqual(["a head", "a 0"]);
  expect(all.importing).toEqual([7, undefined]);
  expect(all.importer.status).toBeNull();
});

test("one that runs goes on from where the server stands, and is announced with its head's vector", async () => {
  const all = importing(
    { piece: [["ok", 65_536]], end: [["ok", 65_536]] },
    ["ok", 50_000],
    () => [text("p")],
    () => false,
  );
  await all.importer.look();
  expect([all.asked, all.told, all.importing]).toEqual([["a 50000"], ["piece p", "end"], [5, undefined]]);
});

test("where one region lacks something, or ends early, the next is asked; where a piece is not the next, from there", async () => {
  const replies: Record<string, [string, number][]> = {
    head: [
      ["behind", 0],
      ["ok", 0],
    ],
    piece: [
      ["ok", 20_000],
      ["order", 30_000],
      ["ok", 65_536],
    ],
    end: [["ok", 65_536]],
  };
  const all = importing(replies, ["none", 0], (source, { head, bucket }) => {
    if (head) return [text(`h of ${source}`)];
    if (bucket === 0) return [text("p1")];
    return [text("p2")];
  });
  await all.importer.look();
  expect(all.told).toEqual(["head h of a", "head h of c", "piece p1", "piece p2", "piece p2", "end"]);
  expect(all.asked).toEqual(["a head", "c head", "c 0", "a 20000", "a 20000"]);
});

test("without need and without an import that runs nothing happens", async () => {
  const all = importing(
    {},
    ["none", 0],
    () => [],
    () => false,
  );
  await all.importer.look();
  expect([all.told, all.asked, all.importing]).toEqual([[], [], []]);
});
