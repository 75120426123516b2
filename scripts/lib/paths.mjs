/** Where things are, relative to this checkout; scripts work from any current folder. */
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export function inRoot(...parts) {
  return join(ROOT, ...parts);
}
