/** `npm run build`: every package to its dist, and the function library. */
import { buildAll, prepare } from "./lib/prepare.mjs";
import { withLock } from "./lib/lock.mjs";

await prepare({ build: false });
await withLock(buildAll);
