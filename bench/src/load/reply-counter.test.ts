/** Counting replies however the bytes are cut, and the commands that are put together here. */
import { expect, test } from "vitest";
import { ReplyCounter } from "./reply-counter.js";
import { CommandTemplate, encodeCommand, PLACEHOLDER } from "./template.js";

const REPLIES = ["+OK\r\n", ":12\r\n", "$-1\r\n", "$0\r\n\r\n", "$4\r\n\r\n+x\r\n", "*0\r\n", "*-1\r\n"];
const NESTED = "*3\r\n$2\r\nok\r\n*2\r\n:1\r\n$3\r\na\r\n\r\n+x\r\n";

test("every cut of the bytes into two gives the same count", () => {
  const all = [...REPLIES, NESTED];
  const bytes = Buffer.from(all.join(""));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const counter = new ReplyCounter();
    const whole: string[] = [];
    const note = (reply: Buffer): unknown => whole.push(reply.toString());
    const first = counter.push(bytes.subarray(0, cut), note);
    const second = counter.push(bytes.subarray(cut), note);
    expect(first.replies + second.replies).toBe(all.length);
    expect(whole).toEqual(all);
  }
});

test("byte by byte, and of a chunk the first error is kept", () => {
  const counter = new ReplyCounter();
  let [count, errors] = [0, [] as string[]];
  for (const byte of Buffer.from(`+OK\r\n-ERR first\r\n-ERR second\r\n${NESTED}`)) {
    const { replies, firstError } = counter.push(Buffer.from([byte]));
    count += replies;
    if (firstError !== undefined) errors = [...errors, firstError];
  }
  expect(count).toBe(4);
  expect(errors).toEqual(["ERR first", "ERR second"]);
  expect(new ReplyCounter().push(Buffer.from("-ERR first\r\n-ERR second\r\n"))).toEqual({
    replies: 2,
    firstError: "ERR first",
  });
});

test("what is no RESP2 is refused", () => {
  expect(() => new ReplyCounter().push(Buffer.from("HTTP/1.1 400\r\n"))).toThrow(RangeError);
  expect(() => new ReplyCounter().push(Buffer.from("$x\r\n\r\n"))).toThrow(RangeError);
});

test("a template is what encoding the command would give", () => {
  const template = new CommandTemplate(["SET", `k:${PLACEHOLDER}`, `${PLACEHOLDER}-${PLACEHOLDER}é`]);
  let next = 0;
  expect(template.render(() => next++)).toBe(
    encodeCommand(["SET", "k:000000000000", "000000000001-000000000002é"]).toString(),
  );
});
