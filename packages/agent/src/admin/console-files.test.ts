/** The page is served whole, safely and cheaply, and nothing else of the disk is. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { tempDir } from "@meridian/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleFiles } from "./console-files.js";

const folder = tempDir("meridian-page-");
let server: Server;
let url: string;

beforeAll(async () => {
  const page = join(folder.path, "page");
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(folder.path, "secret.html"), "secret");
  writeFileSync(join(page, "index.html"), "<!doctype html>");
  writeFileSync(join(page, "assets", "a-1.js"), "run();");
  const files = ConsoleFiles.read(page);
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (files?.answer(request, response, pathname) !== true) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  folder.remove();
});

const html = { accept: "text/html,*/*" };

test("each view is the page, which may run nothing from elsewhere, and is asked for anew", async () => {
  for (const path of ["/", "/playground", "/keys", "/conflicts", "/health"]) {
    const response = await fetch(url + path, { headers: html });
    expect(await response.text(), path).toBe("<!doctype html>");
    expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'self';/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const again = { ...html, "if-none-match": response.headers.get("etag") ?? "" };
    expect((await fetch(url + path, { headers: again })).status).toBe(304);
  }
});

test("who asks for no page gets none at /, and a file with a digest in its name is kept", async () => {
  expect((await fetch(url)).status).toBe(404);
  const script = await fetch(`${url}/assets/a-1.js`);
  expect(await script.text()).toBe("run();");
  expect(script.headers.get("content-type")).toContain("text/javascript");
  expect(script.headers.get("cache-control")).toContain("immutable");
  expect(script.headers.get("content-encoding")).toBe("gzip");
});

test("nothing else is served", async () => {
  for (const path of ["/secret.html", "/..%2fsecret.html", "/assets/..%2f..%2fsecret.html", "/assets", "/nope"]) {
    expect((await fetch(url + path, { headers: html })).status, path).toBe(404);
  }
  expect((await fetch(url, { method: "POST", headers: html })).status).toBe(404);
  expect(ConsoleFiles.read(join(folder.path, "nowhere"))).toBeUndefined();
});
