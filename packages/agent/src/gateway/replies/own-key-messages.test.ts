/** What is told of Meridian's own keys is taken out, however the bytes are cut. */
import { expect, test } from "vitest";
import { OwnKeyMessages } from "./own-key-messages.js";

const messages = new OwnKeyMessages("mer:{0}");

function bulk(...parts: string[]): string {
  return parts.map((part) => `$${part.length}\r\n${part}\r\n`).join("");
}

function message(...parts: string[]): string {
  return `*${parts.length}\r\n${bulk(...parts)}`;
}

/** What is shown in its place; the same for every beginning that tells enough. */
function shown(text: string): string {
  const whole = Buffer.from(`${text}*1\r\n`, "latin1");
  for (let end = 1; end <= text.length; end++) {
    const seen = messages.examine(whole, 0, end);
    if (seen === "more") continue;
    if (seen === "as it is") return text;
    expect(seen.next).toBe(text.length);
    return seen.instead.toString("latin1");
  }
  throw new Error("never enough");
}

test.each([
  message("message", "__keyspace@0__:mer:{0}:m:1a2b", "hset"),
  message("message", "__keyevent@0__:hset", "mer:{0}:m:1a2b"),
  message("message", "__keyevent@0__:hset", "mer:{0}"),
  message("pmessage", "__key*", "__keyspace@0__:mer:{0}:log", "xadd"),
  message("pmessage", "__key*", "__keyevent@0__:xadd", "mer:{0}:log"),
  `>2\r\n${bulk("invalidate")}*1\r\n${bulk("mer:{0}:log")}`,
])("nothing of %j", (text) => {
  expect(shown(text)).toBe("");
});

test.each([
  message("message", "__keyspace@0__:key", "hset"),
  message("message", "__keyspace@0__:mer:{0}x", "hset"),
  message("message", "__keyevent@0__:set", "key"),
  message("pmessage", "*", "__keyspace@0__:key", "set"),
  message("message", "news", "mer:{0}:log"),
  message("pmessage", "mer:{0}:*", "mer:{0}:log", "a"),
  message("smessage", "news", "mer:{0}:log"),
  `>2\r\n${bulk("invalidate")}*2\r\n${bulk("key", "mer:{1}:log")}`,
  `>2\r\n${bulk("invalidate")}_\r\n`,
  `*3\r\n${bulk("message", "__redis__:invalidate")}*-1\r\n`,
])("all of %j", (text) => {
  expect(shown(text)).toBe(text);
});

test("of several keys the others are left", () => {
  const told = (...keys: string[]): string => `>2\r\n${bulk("invalidate")}*${keys.length}\r\n${bulk(...keys)}`;
  expect(shown(told("a", "mer:{0}:m:1", "b", "mer:{0}:n:sk"))).toBe(told("a", "b"));
});

test("a large message of an ordinary channel is not held", () => {
  const head = Buffer.from("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1000000\r\nbegin");
  expect(messages.examine(head, 0, head.length)).toBe("as it is");
});
