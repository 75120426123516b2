/**
 * What keeps the tree readable, as tests: sizes, headers, names, no leftovers. Each failure lists every place at once.
 * The lists of exceptions may only shrink.
 */
import { basename } from "node:path";
import { expect, test } from "vitest";
import { allPaths, filesMatching, read, sourceFiles } from "./repository.js";

const LINES_MAX = 400;
/** Longer than LINES_MAX, with the length they may not exceed. Take a file out when it has been split. */
const LONG_FILES: Readonly<Record<string, number>> = {};

const NAME = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
const NAMED_BY_OTHERS = new Set(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "DESIGN.md"]);

/** Put together here so that this file doesn't find itself. */
const LEFTOVERS = [
  "TO" + "DO",
  "FIX" + "ME",
  "X" + "XX:",
  "@ts-" + "ignore",
  "@ts-" + "nocheck",
  "eslint-" + "disable",
];
const FOCUSED = new RegExp(String.raw`\b(?:test|it|describe)\.` + "only" + String.raw`\(`);

test("no source file is longer than 400 lines", () => {
  const long = sourceFiles()
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ path, lines }) => lines > (LONG_FILES[path] ?? LINES_MAX));
  expect(long).toEqual([]);
});

test("no exception for a file that is short again", () => {
  const needless = Object.keys(LONG_FILES).filter((path) => {
    return !allPaths.includes(path) || read(path).trimEnd().split("\n").length <= LINES_MAX;
  });
  expect(needless).toEqual([]);
});

test("every source file opens by saying what it is", () => {
  const silent = sourceFiles()
    .filter(({ text }) => !/^(#!.*\n)?(\/\*\*|\/\* |\/\*\n|\/\/ |# )/.test(text))
    .map(({ path }) => path);
  expect(silent).toEqual([]);
});

test("nothing unfinished, silenced or focused is left behind", () => {
  const found = sourceFiles().flatMap(({ path, text }) => {
    return text.split("\n").flatMap((line, index) => {
      const left = LEFTOVERS.some((word) => line.includes(word)) || FOCUSED.test(line);
      return left ? [`${path}:${index + 1}: ${line.trim()}`] : [];
    });
  });
  expect(found).toEqual([]);
});

test("files and folders have kebab-case names", () => {
  const odd = allPaths.filter((path) => {
    return path.split("/").some((part) => !NAME.test(part) && !NAMED_BY_OTHERS.has(part));
  });
  expect(odd).toEqual([]);
});

test("all packages have one version, and depend on each other by it", () => {
  const manifests = filesMatching(/(^|\/)package\.json$/).map(({ path, text }) => {
    return { path, manifest: JSON.parse(text) as { version: string; dependencies?: Record<string, string> } };
  });
  const version = (JSON.parse(read("package.json")) as { version: string }).version;
  const odd = manifests.flatMap(({ path, manifest }) => {
    const inside = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith("@meridian/"));
    const wrong = inside
      .filter(([, wanted]) => wanted !== version)
      .map(([name, wanted]) => `${path}: ${name} ${wanted}`);
    return manifest.version === version ? wrong : [`${path}: ${manifest.version}`, ...wrong];
  });
  expect(odd).toEqual([]);
});

test("a test file says by its suffix what it is", () => {
  const odd = filesMatching(/\.test\.ts$/)
    .filter(({ path, text }) => !path.includes(".int.") && /\bspawnRedis\(|\bstartEngine\(|\blaunchServer\(/.test(text))
    .map(({ path }) => `${basename(path)} starts servers, so it ends in .int.test.ts`);
  expect(odd).toEqual([]);
});
