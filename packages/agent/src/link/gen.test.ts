/** The generated code is what the schema gives: `npm run proto` was not forgotten. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir } from "@meridian/testkit";
import { expect, test } from "vitest";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const FILE = "meridian/link/v1/link_pb.ts";

test("the committed code equals what buf generates from the schema", () => {
  const folder = tempDir("meridian-proto-");
  try {
    const template = readFileSync(join(PACKAGE, "buf.gen.yaml"), "utf8");
    expect(template).toContain("out: src/link/gen");
    const adapted = join(folder.path, "buf.gen.yaml");
    writeFileSync(adapted, template.replace("out: src/link/gen", `out: ${folder.path}`));
    const PATH = `${join(PACKAGE, "../../node_modules/.bin")}:${process.env["PATH"]}`;
    execFileSync("buf", ["generate", "--template", adapted], { cwd: PACKAGE, env: { ...process.env, PATH } });
    const generated = readFileSync(join(folder.path, FILE), "utf8");
    expect(readFileSync(join(PACKAGE, "src/link/gen", FILE), "utf8")).toBe(generated);
  } finally {
    folder.remove();
  }
});
