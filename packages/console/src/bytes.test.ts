/** Bytes that anybody may have written are shown as what they are. */
import { expect, test } from "vitest";
import { base64Of, base64OfText, bytesOfBase64, isSame, shownText } from "./bytes.js";

test("text stays text, what can't be seen is spelt out", () => {
  expect(shownText("héllo <b>wörld</b>")).toBe("héllo <b>wörld</b>");
  expect(shownText("a\nb\tc\u0000")).toBe(String.raw`a\nb\tc\x00`);
  expect(shownText("safe\u202Etxt.exe")).toBe(String.raw`safe\u{202e}txt.exe`);
  expect(shownText("zero\u200Bwidth")).toBe(String.raw`zero\u{200b}width`);
});

test("bytes that are no text show as hexadecimal", () => {
  expect(shownText({ base64: "/wBhXA==" })).toBe(String.raw`\xff\x00a\x5c`);
  expect(isSame("a", { base64: "YQ==" })).toBe(true);
  expect(isSame("a", "b")).toBe(false);
});

test("base64 there and back", () => {
  expect(base64OfText("ключ")).toBe("0LrQu9GO0Yc=");
  expect(base64Of("ключ")).toBe(base64OfText("ключ"));
  expect(new TextDecoder().decode(bytesOfBase64("0LrQu9GO0Yc="))).toBe("ключ");
});
