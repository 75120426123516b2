/** No byte is lost on the way from the core's JSON to ours. */
import { expect, test } from "vitest";
import { bytesOf, bytesOfCore, coreJson, exact } from "./bytes.js";

test("UTF-8 is text, all else base64", () => {
  expect(bytesOf(Buffer.from("käse"))).toBe("käse");
  expect(bytesOf(Buffer.from("\uFEFFmarked"))).toBe("\uFEFFmarked");
  expect(bytesOf(Buffer.from([0x61, 0xff]))).toEqual({ base64: "Yf8=" });
  expect(bytesOf(Buffer.alloc(0))).toBe("");
});

test("a cut takes whole characters of a text, and bytes of what is none", () => {
  expect(bytesOf(Buffer.from("aäb"), 2)).toBe("a");
  expect(bytesOf(Buffer.from("a\u{1F600}b"), 4)).toBe("a");
  expect(bytesOf(Buffer.from("abc"), 2)).toBe("ab");
  expect(bytesOf(Buffer.from([0xff, 0x61, 0x61]), 2)).toEqual({ base64: "/2E=" });
});

test("the core's raw bytes come out as they are: values, names, what JSON escapes", () => {
  const reply = Buffer.concat([
    Buffer.from('{"text":"k\u00e4se \\/ \\u007f \\u0000","\\u0001":1,"bytes":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('","'),
    Buffer.from([0xff]),
    Buffer.from('":[{"stamp":9007199254740991}],"base64:/w==":2,"__proto__":3}'),
  ]);
  const known = exact(coreJson(reply)) as Record<string, unknown>;
  expect(Object.entries(known)).toEqual([
    ["text", "käse / \u007f \0"],
    ["\u0001", 1],
    ["bytes", { base64: "//4=" }],
    ["base64:/w==", [{ stamp: Number.MAX_SAFE_INTEGER }]],
    ["base64:YmFzZTY0Oi93PT0=", 2],
    ["__proto__", 3],
  ]);
});

test("every byte there is", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_none, byte) => byte));
  const text = JSON.stringify({ all: all.toString("latin1") });
  const { all: read } = coreJson(Buffer.from(text, "latin1")) as { all: string };
  expect(bytesOfCore(read)).toEqual(all);
});

test("an answer that is no text is refused", () => {
  expect(() => coreJson(7)).toThrow("no text");
  expect(() => coreJson(Buffer.from("OK"))).toThrow();
});
