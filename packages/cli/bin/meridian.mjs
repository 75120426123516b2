#!/usr/bin/env node
/** The `meridian` command. It runs what was built; in a fresh checkout that takes `npm run build` once. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const entry = new URL("../dist/index.js", import.meta.url);
if (existsSync(fileURLToPath(entry))) {
  const { main } = await import(entry.href);
  // At once: all is stopped, and Node waits for handles that it may never see closed (connections that were reset).
  process.exit(await main(process.argv.slice(2)));
} else {
  console.error("meridian: it is not built yet; build it with: npm run build");
  process.exitCode = 1;
}
