/**
 * What a unit of Redis's test suite printed, as results: one a test, in order, `passed`, `failed` or `hung`. Tests that the
 * suite leaves out by itself, by their tags, are none.
 *
 * A name may come more than once in a unit: the later ones get a number, `name (2)`, so that two runs can be compared.
 */

const RESULT = /^\[(ok|err|ignore|skip|exception|done|ready|testing|TIMEOUT|\d+\/\d+ done)\]:? ?(.*)$/;
/** Of a failed test the suite prints the name, then where it is. */
const FAILED = /^(.*) in tests\/unit\/\S+\.tcl$/s;
const IN_PROGRESS = /^\S+ => \(IN PROGRESS\) (.*)$/;

/** @typedef {{ test: string, outcome: "passed" | "failed" | "hung", detail: string }} TestResult */

/**
 * @param {string} text
 * @returns {TestResult[]}
 */
export function parseSuiteOutput(text) {
  const results = [];
  const seen = new Map();
  const numbered = (name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  };
  for (const { kind, body } of blocks(text)) {
    if (kind === "ok") {
      results.push({ test: numbered(body[0].replace(/ \(\d+ ms\)$/, "")), outcome: "passed", detail: "" });
    } else if (kind === "err" || kind === "exception") {
      const name = FAILED.exec(body[0])?.[1];
      const detail = (name === undefined ? body : body.slice(1)).join("\n").trim();
      results.push({ test: name === undefined ? OUTSIDE : numbered(name), outcome: "failed", detail });
    } else if (kind === "TIMEOUT") {
      const name = body.map((line) => IN_PROGRESS.exec(line)?.[1]).find((found) => found !== undefined);
      if (name !== undefined)
        results.push({ test: numbered(name), outcome: "hung", detail: "no end in the time given" });
    }
  }
  return results;
}

/** What fails between the tests of a unit, where the suite sets something up. */
export const OUTSIDE = "(between the tests)";

/** A line that begins with a bracketed word, and the lines up to the next of its kind; the summary says all again. */
function blocks(text) {
  const all = [];
  for (const line of text.split("\n")) {
    if (/^\s+The End$/.test(line)) break;
    const match = RESULT.exec(line);
    if (match === null) all.at(-1)?.body.push(line);
    else all.push({ kind: match[1], body: [match[2]] });
  }
  return all;
}
