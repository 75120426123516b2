/**
 * Writes docs/reference/client-api.md from the docstrings of what this package exports, so that they are said in one place. It only reads
 * syntax: nothing is resolved but the export statements of `src/index.ts` and of the folders that it passes on.
 *
 *     node packages/client/api-reference.mjs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const PACKAGE = dirname(fileURLToPath(import.meta.url));
export const REFERENCE = resolve(PACKAGE, "../../docs/reference/client-api.md");

const INTRODUCTION = `# The API of \`@meridian/client\`

Made from the docstrings in \`packages/client/src\` by \`npm run reference\`; a test tells when it is not current. Introductions:
[the client](client.md), [the patterns](../concepts/patterns.md). Errors: [by code](errors.md#what-a-caller-of-meridianclient-may-get).
`;

/** The whole page. */
export function referenceText() {
  const index = join(PACKAGE, "src/index.ts");
  const sections = filesExportedBy(index).map(([file, names]) => sectionOf(file, names));
  return [INTRODUCTION, ...sections].join("\n");
}

/** Each file, in the order of the exports, with what is exported of it: its names there, and as others know them. */
function filesExportedBy(index) {
  const files = new Map();
  for (const statement of sourceOf(index).statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) continue;
    const file = resolve(dirname(index), statement.moduleSpecifier.text.replace(/\.js$/, ".ts"));
    const passed =
      statement.exportClause === undefined
        ? filesExportedBy(file)
        : [
            [
              file,
              new Map(
                statement.exportClause.elements.map(({ name, propertyName }) => [
                  (propertyName ?? name).text,
                  name.text,
                ]),
              ),
            ],
          ];
    for (const [from, names] of passed) files.set(from, new Map([...(files.get(from) ?? []), ...names]));
  }
  return [...files];
}

function sourceOf(file) {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

/** What the file says of itself, and then its exports in the order in which they stand there. */
function sectionOf(file, names) {
  const source = sourceOf(file);
  const title = basename(file, ".ts").replaceAll("-", " ");
  const declarations = source.statements.filter((statement) => nameOf(statement).some((name) => names.has(name)));
  if (declarations.length === 0) throw new Error(`${file} declares none of ${[...names.keys()].join(", ")}`);
  const header = /^\/\*\*[\s\S]*?\*\//.exec(source.text)?.[0] ?? "";
  return [
    `## ${title}\n`,
    `${textOf(header)}\n`,
    ...declarations.map((statement) => declarationText(statement, names)),
  ].join("\n");
}

function nameOf(statement) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  return statement.name === undefined ? [] : [statement.name.text];
}

function declarationText(statement, names) {
  const text = docOf(statement);
  const [name = ""] = nameOf(statement);
  const signature = name.endsWith("Texts")
    ? `const ${name}: Readonly<Record<string, string>>;`
    : signatureOf(statement);
  const code = signature.replace(new RegExp(`\\b${name}\\b`), names.get(name));
  return [`### ${names.get(name)}\n`, ...(text === "" ? [] : [`${text}\n`]), "```ts", code, "```\n"].join("\n");
}

/** As it stands in the source, without what is not of use to a caller: bodies, and what is private. */
function signatureOf(statement) {
  if (ts.isFunctionDeclaration(statement)) return headOf(statement, statement.body);
  if (!ts.isClassDeclaration(statement)) return withoutExport(statement.getText());
  const head = withoutExport(statement.getText().slice(0, statement.members.pos - statement.getStart()));
  const members = statement.members.filter(isShown).flatMap((member) => {
    const text = docOf(member);
    const comment = text === "" ? [] : text.includes("\n") ? commentOf(text) : [`  /** ${text} */`];
    return [...comment, `  ${memberText(member)}`];
  });
  return members.length === 0 ? `${head.trimEnd()}}` : [head.trimEnd(), ...members, "}"].join("\n");
}

function commentOf(text) {
  return ["  /**", ...text.split("\n").map((line) => `   * ${line}`.trimEnd()), "   */"];
}

function isShown(member) {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.OverrideKeyword];
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  const isIgnored = ts.getJSDocTags(member).some((tag) => tag.tagName.text === "ignore");
  return !isIgnored && !modifiers.some((modifier) => hidden.includes(modifier.kind));
}

function memberText(member) {
  const body =
    "body" in member
      ? member.body
      : "initializer" in member && member.type !== undefined
        ? member.initializer
        : undefined;
  return headOf(member, body);
}

function headOf(node, body) {
  const text = body === undefined ? node.getText() : node.getText().slice(0, body.getStart() - node.getStart());
  return withoutExport(text).replace(/\s*[=;]?\s*$/, "") + ";";
}

function withoutExport(text) {
  return text.replace(/^export (declare )?/, "");
}

/** A comment at the beginning of a file is the file's. */
function docOf(node) {
  const comment = (node.jsDoc ?? []).at(-1);
  return comment === undefined || comment.pos === 0 ? "" : textOf(comment.getText());
}

/** The words of a comment; a list is one to Markdown only after an empty line. */
function textOf(comment) {
  const lines = comment
    .replace(/^\/\*\*\s*/, "")
    .replace(/\s*\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""));
  return lines
    .join("\n")
    .replaceAll(/^(Invariants)\n/gm, "$1:\n\n")
    .trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(REFERENCE, referenceText());
