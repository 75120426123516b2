/** The version of this software, as its package says. */
import { createRequire } from "node:module";

const manifest = createRequire(import.meta.url)("../package.json") as { version: string };

export const VERSION: string = manifest.version;
