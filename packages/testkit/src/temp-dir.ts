/** A temporary folder that is gone when the process ends at the latest. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TempDir {
  readonly path: string;
  remove(): void;
}

const folders = new Set<string>();
let isListening = false;

export function tempDir(prefix = "meridian-test-"): TempDir {
  const path = mkdtempSync(join(tmpdir(), prefix));
  if (!isListening) process.once("exit", removeAll);
  isListening = true;
  folders.add(path);
  return {
    path,
    remove: () => {
      folders.delete(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function removeAll(): void {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
}
