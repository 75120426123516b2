/** `npm start`: prepares, then is `meridian start` in this same process, so that signals need no forwarding. */
import { inRoot } from "./lib/paths.mjs";
import { prepare } from "./lib/prepare.mjs";
import { pathToFileURL } from "node:url";

await prepare();
const { main } = await import(pathToFileURL(inRoot("packages", "cli", "dist", "index.js")).href);
process.exitCode = await main(["start", ...process.argv.slice(2)]);
