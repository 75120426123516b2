/**
 * The core is TypeScript that runs as Lua too: what the two do differently is kept out of it. Bit operators, clocks and
 * Node's globals are the linter's part (.oxlintrc.json); here is what it cannot see, checked with the types.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const SOURCES = fileURLToPath(new URL("../../packages/core/src/", import.meta.url));
/** Plain TypeScript, for agents and tools; not in the library. */
const NOT_IN_LUA = ["callers/", "clock/stream-id.ts", "log/frame-text.ts", "log/packed-text.ts", "runs/", "index.ts"];

const banned = {
  regex: "a regular expression: Lua has none",
  null: "null: it is nil in Lua, as undefined is, and ends an array",
  class: "a class: its helpers make the library large and slow",
  try: "try: errors are replies, and a raised one is a bug that must surface",
  async: "async: one call runs to its end",
  order: "an order that Lua's `pairs` does not have (Object.keys, entries, values; Map and Set)",
  sort: "sort without a comparison: Lua's order is another",
  number: "a conversion of numbers that Lua does otherwise: use the host's integerText and toNumber",
  undefinedItem: "undefined in an array: it ends a Lua array",
  growing: "a loop over an array that grows meanwhile",
  method: "a method that is slow, missing or different in Lua",
};
type Rule = keyof typeof banned;

const numberFunctions = ["Number", "parseInt", "parseFloat", "BigInt", "isNaN", "isFinite"];
const unlikeMethods = [
  "toString",
  "toFixed",
  "toLocaleString",
  "localeCompare",
  "normalize",
  "codePointAt",
  "match",
  "matchAll",
  "replace",
  "replaceAll",
  "search",
  "at",
  "splice",
  "trim",
  "trimStart",
  "trimEnd",
  "entries",
  "flat",
  "flatMap",
  "reduce",
  "charAt",
];

/** The rules that a node breaks. */
function breaches(node: ts.Node, checker: ts.TypeChecker): Rule[] {
  if (ts.isRegularExpressionLiteral(node)) return ["regex"];
  if (node.kind === ts.SyntaxKind.NullKeyword) return isCompared(node) ? [] : ["null"];
  if (ts.isClassLike(node)) return ["class"];
  if (ts.isTryStatement(node) || ts.isThrowStatement(node)) return ["try"];
  if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AsyncKeyword) return ["async"];
  if (ts.isNewExpression(node)) return ["order"];
  if (ts.isArrayLiteralExpression(node))
    return node.elements.some((item) => mayBeUndefined(item, checker)) ? ["undefinedItem"] : [];
  if (ts.isTemplateSpan(node)) return isNumber(node.expression, checker) ? ["number"] : [];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [isNumber(node.left, checker), isNumber(node.right, checker)];
    return left !== right ? ["number"] : [];
  }
  if (ts.isForOfStatement(node)) return growsIn(node) ? ["growing"] : [];
  return ts.isCallExpression(node) ? callBreaches(node, checker) : [];
}

function callBreaches(node: ts.CallExpression, checker: ts.TypeChecker): Rule[] {
  const { expression } = node;
  if (ts.isIdentifier(expression)) return numberFunctions.includes(expression.text) ? ["number"] : [];
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const name = expression.name.text;
  const rules: Rule[] = [];
  if (expression.expression.getText() === "Object") rules.push("order");
  if (name === "sort" && node.arguments.length === 0) rules.push("sort");
  if (unlikeMethods.includes(name)) rules.push("method");
  if (name === "push" && node.arguments.some((item) => mayBeUndefined(item, checker))) rules.push("undefinedItem");
  return rules;
}

function isNumber(node: ts.Expression, checker: ts.TypeChecker): boolean {
  return parts(checker.getTypeAtLocation(node)).every(({ flags }) => (flags & ts.TypeFlags.NumberLike) !== 0);
}

function parts(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

/** `x === null` is `x == nil`, which is meant. */
function isCompared(node: ts.Node): boolean {
  const equalities = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken];
  return ts.isBinaryExpression(node.parent) && equalities.includes(node.parent.operatorToken.kind);
}

function mayBeUndefined(node: ts.Expression, checker: ts.TypeChecker): boolean {
  if (ts.isSpreadElement(node) || ts.isOmittedExpression(node)) return ts.isOmittedExpression(node);
  return parts(checker.getTypeAtLocation(node)).some(
    ({ flags }) => (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) !== 0,
  );
}

/** `for (const x of list)` with `list.push` in it. */
function growsIn(loop: ts.ForOfStatement): boolean {
  return loop.statement.getText().includes(`${loop.expression.getText()}.push(`);
}

function lint(files: string[]): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noUncheckedIndexedAccess: true,
    types: [],
    noEmit: true,
  };
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const found: string[] = [];
  for (const file of files) {
    const source = program.getSourceFile(file)!;
    const visit = (node: ts.Node): void => {
      for (const rule of breaches(node, checker)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        found.push(`${file.replace(SOURCES, "")}:${line + 1} ${banned[rule]}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

test("the core holds nothing that Lua does otherwise", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .filter((name) => !NOT_IN_LUA.some((one) => name.startsWith(one)) && !name.startsWith("lua/"))
    .map((name) => SOURCES + name);
  expect(lint(files)).toEqual([]);
});

test("each rule notices what it is for", () => {
  const file = fileURLToPath(new URL("dialect.fixture.ts", import.meta.url));
  const noticed = new Set(lint([file]).map((text) => text.replace(/^\S+ /, "")));
  expect([...noticed].sort()).toEqual(Object.values(banned).toSorted());
});
