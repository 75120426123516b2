/**
 * Gives an error from the library its place in the TypeScript source: `user_function:812` (or `@user_function: 812`)
 * becomes `packages/core/src/types/cell.ts:40`, through the source map that the build puts beside the Lua file.
 * Without a map, or where it has nothing to say, the text stays as it is: explaining never fails.
 */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LEAST_UPPER_BOUND, TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";
import { LIBRARY_PATH } from "./library.js";

const POSITION = /@?user_function:\s?(\d+)/g;
const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const maps = new Map<string, TraceMap>();

export function explainError(message: string, mapPath: string = `${LIBRARY_PATH}.map`): string {
  if (!message.includes("user_function")) return message;
  const map = loadMap(mapPath);
  if (map === undefined) return message;
  return message.replace(POSITION, (whole, line: string) => positionOf(map, mapPath, Number(line)) ?? whole);
}

function positionOf(map: TraceMap, mapPath: string, line: number): string | undefined {
  if (line < 1) return undefined;
  const found = originalPositionFor(map, { line, column: 0, bias: LEAST_UPPER_BOUND });
  if (found.source === null || found.line === null) return undefined;
  const absolute = resolve(dirname(mapPath), found.source);
  const inside = relative(REPOSITORY, absolute);
  const shown = inside.startsWith("..") || isAbsolute(inside) ? absolute : inside;
  return `${shown}:${found.line}`;
}

function loadMap(path: string): TraceMap | undefined {
  let map = maps.get(path);
  try {
    map ??= new TraceMap(readFileSync(path, "utf8"));
    maps.set(path, map);
  } catch {
    return undefined;
  }
  return map;
}
