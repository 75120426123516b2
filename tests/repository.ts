/** The files of this checkout as the tidy tests see them: what git would carry, found without git. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", ".git", ".meridian", "gen", "coverage"]);
const SOURCE = /\.(tsx?|mts|cts|mjs|cjs|js|css|sh)$/;

export interface SourceFile {
  /** From the root, with slashes. */
  path: string;
  text: string;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED_FOLDERS.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [relative(ROOT, path).split(sep).join("/")];
  });
}

export const allPaths: readonly string[] = walk(ROOT).toSorted();

export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export function filesMatching(pattern: RegExp): SourceFile[] {
  return allPaths.filter((path) => pattern.test(path)).map((path) => ({ path, text: read(path) }));
}

export const sourceFiles = (): SourceFile[] => filesMatching(SOURCE);
export const shippedFiles = (): SourceFile[] =>
  filesMatching(/^packages\/(?!testkit\/)[^/]+\/(src|bin|wasm)\/.*\.(tsx?|mjs)$/).filter(
    ({ path }) => !/\.test\.ts$|\/test-support\//.test(path),
  );
export const documents = (): SourceFile[] => filesMatching(/\.md$/);
