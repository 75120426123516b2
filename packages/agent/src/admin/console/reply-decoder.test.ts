/** Replies decoded from chunks of every size, kept within their room. */
import { expect, test } from "vitest";
import { replyView } from "./reply-view.js";
import { ReplyDecoder } from "./reply-decoder.js";
import type { Reply, ReplyRoom } from "./reply.js";

const WIDE = { elements: 100, textBytes: 100, bytes: 10_000 };

function decoded(text: string, chunkBytes: number, room: ReplyRoom = WIDE): Reply[] {
  const replies: Reply[] = [];
  const decoder = new ReplyDecoder(room, (reply) => replies.push(reply));
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += chunkBytes) decoder.feed(bytes.subarray(at, at + chunkBytes));
  return replies;
}

const ALL = [
  "+OK\r\n",
  "-ERR no\r\n",
  ":-12\r\n",
  ",1.5\r\n",
  "(12345678901234567890\r\n",
  "#t\r\n",
  "_\r\n",
  "$-1\r\n",
  "$3\r\na\r\n\r\n",
  "=6\r\ntxt:hi\r\n",
  "!5\r\nERR x\r\n",
  "*2\r\n:1\r\n*0\r\n",
  "%1\r\n$1\r\nk\r\n~1\r\n:2\r\n",
  "|1\r\n+ttl\r\n:3\r\n+after\r\n",
].join("");

test.each([1, 2, 3, 7, 1000])("decodes all types from chunks of %i bytes", (chunkBytes) => {
  const replies = decoded(ALL, chunkBytes).map(replyView);
  expect(replies).toEqual([
    { type: "text", value: "OK" },
    { type: "error", value: "ERR no" },
    { type: "integer", value: "-12" },
    { type: "number", value: "1.5" },
    { type: "bignumber", value: "12345678901234567890" },
    { type: "boolean", value: true },
    { type: "null" },
    { type: "null" },
    { type: "bulk", value: "a\r\n", size: 3, whole: true },
    { type: "bulk", value: "hi", size: 2, whole: true },
    { type: "error", value: "ERR x" },
    {
      type: "array",
      items: [
        { type: "integer", value: "1" },
        { type: "array", items: [], size: 0, whole: true },
      ],
      size: 2,
      whole: true,
    },
    {
      type: "map",
      entries: [
        [
          { type: "bulk", value: "k", size: 1, whole: true },
          { type: "set", items: [{ type: "integer", value: "2" }], size: 1, whole: true },
        ],
      ],
      size: 1,
      whole: true,
    },
    { type: "text", value: "after" },
  ]);
});

test("keeps no more than there is room for, and goes on with the next reply", () => {
  const long = `*3\r\n$6\r\nabcdef\r\n$6\r\nabcdef\r\n:1\r\n+next\r\n`;
  const [cut, next] = decoded(long, 5, { elements: 2, textBytes: 4, bytes: 14 }).map(replyView);
  expect(cut).toEqual({
    type: "array",
    items: [
      { type: "bulk", value: "abcd", size: 6, whole: false },
      { type: "bulk", value: "ab", size: 6, whole: false },
    ],
    size: 3,
    whole: false,
  });
  expect(next).toEqual({ type: "text", value: "next" });
});

test("keeps what it has of a collection in another one", () => {
  const nested = `*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n`;
  const [cut] = decoded(nested, 100, { ...WIDE, bytes: 8 }).map(replyView);
  const inner = { type: "array", items: [{ type: "integer", value: "1" }], size: 2, whole: false };
  expect(cut).toEqual({ type: "array", items: [inner], size: 2, whole: false });
});

test("refuses what is no reply", () => {
  expect(() => decoded("hello\r\n", 10)).toThrow(RangeError);
  expect(() => decoded("$x\r\n", 10)).toThrow(RangeError);
  expect(() => decoded("*1\r\n".repeat(100), 10)).toThrow("nested too deep");
});
