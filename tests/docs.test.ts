/** What the documents say about the tree is true: links, paths in code spans, error codes, npm scripts. */
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { referenceText } from "../packages/client/api-reference.mjs";
import { ROOT, documents, read, shippedFiles } from "./repository.js";

const ERRORS = "docs/reference/errors.md";
const CODE = /\b(?:MERIDIAN|REPLICA|LINK|GATEWAY)_[A-Z][A-Z_]*[A-Z]\b/g;
/** Names of environment variables look like codes; they live in this one file. */
const ENVIRONMENT = "packages/agent/src/config/environment.ts";

function withoutFences(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, "");
}

test("every relative link leads somewhere", () => {
  const broken = documents().flatMap(({ path, text }) => {
    const links = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    return links
      .filter((target) => !/^[a-z]+:|^#/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(path), target.replace(/#.*$/, ""))))
      .map((target) => `${path} -> ${target}`);
  });
  expect(broken).toEqual([]);
});

test("every anchor in a link is a heading of its target", () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-");
  const broken = documents().flatMap(({ path, text }) => {
    const links = [...withoutFences(text).matchAll(/\]\(([^)\s#]*)#([^)\s]+)\)/g)];
    return links.flatMap(([, target = "", anchor = ""]) => {
      if (/^[a-z]+:/.test(target)) return [];
      const file = target === "" ? path : normalize(join(dirname(path), target));
      if (!existsSync(join(ROOT, file))) return []; // the test above says so
      const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => slug(heading));
      return headings.includes(anchor) ? [] : [`${path} -> ${target}#${anchor}`];
    });
  });
  expect(broken).toEqual([]);
});

test("every path of this tree that a document names is there", () => {
  const broken = documents().flatMap(({ path, text }) => {
    if (path === "CHANGELOG.md") return []; // it speaks of its time
    const spans = [...text.matchAll(/`((?:packages|docs|scripts|sim|tests|bench|ops|examples|\.ci)\/[^`\s]*)`/g)];
    return spans
      .map(([, named = ""]) => named.replace(/:\d+$/, ""))
      .filter((named) => !/[*<>{}$]/.test(named) && !/\/dist\//.test(named))
      .filter((named) => !existsSync(join(ROOT, named)))
      .map((named) => `${path} names ${named}`);
  });
  expect(broken).toEqual([]);
});

test("every npm script that a document names exists", () => {
  const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;
  const broken = documents().flatMap(({ path, text }) => {
    const named = [...text.matchAll(/\bnpm run ([a-z][a-z:-]*)/g)].map(([, name = ""]) => name);
    return named.filter((name) => scripts[name] === undefined).map((name) => `${path}: npm run ${name}`);
  });
  expect(broken).toEqual([]);
});

test("every error and alarm code is documented, and no other", () => {
  const inCode = new Set<string>();
  for (const { path, text } of shippedFiles()) {
    if (path === ENVIRONMENT) continue;
    for (const [code] of text.matchAll(CODE)) inCode.add(code);
  }
  const documented = new Set([...read(ERRORS).matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = ""]) => code));
  expect({
    missingInDocs: [...inCode].filter((code) => !documented.has(code)).toSorted(),
    notInCode: [...documented].filter((code) => !inCode.has(code)).toSorted(),
  }).toEqual({ missingInDocs: [], notInCode: [] });
});

test("the reference of the client's API is what its docstrings say: npm run reference", () => {
  const text = referenceText();
  expect(read("docs/reference/client-api.md")).toBe(text);
  for (const name of ["Redis", "connect", "RegionalPrimary", "patternLimits"]) expect(text).toContain(`### ${name}\n`);
  expect(text).not.toMatch(/^ {2}(private|protected) /m);
});
