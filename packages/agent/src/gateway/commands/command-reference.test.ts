/** Does the documentation say what the command table says? */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { replyTexts } from "../errors.js";
import { commandReference } from "../test-support/command-reference.js";

const page = readFileSync(new URL("../../../../../docs/reference/gateway.md", import.meta.url), "utf8");

test("docs/reference/gateway.md has the command table", () => {
  expect(page).toContain(commandReference());
});

test("docs/reference/gateway.md names every error of the gateway's own", () => {
  const codes = Object.values(replyTexts).map((text) => text.split(" ")[0] ?? "");
  for (const code of codes.filter((word) => word !== "ERR")) expect(page).toContain(code);
});
