/** The generated part of docs/reference/compatibility.md, between its markers, and the same in short for the terminal. */

export const BEGIN = "<!-- results: begin, written by npm run test:compat -->";
export const END = "<!-- results: end -->";

export function withResults(document, results, conditions) {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) {
    throw new Error(`docs/reference/compatibility.md lacks its markers: put the lines ${BEGIN} and ${END} into it`);
  }
  const body = [summary(results, conditions), "", ...unitTable(results), "", ...differenceTables(results)];
  return `${document.slice(0, from)}${BEGIN}\n\n${body.join("\n").trimEnd()}\n\n${document.slice(to)}`;
}

export function totals(results) {
  const plain = results.reduce((sum, { passedPlain }) => sum + passedPlain, 0);
  const passed = results.reduce((sum, one) => sum + one.passed, 0);
  return { plain, passed, share: shareText(passed, plain) };
}

function summary(results, { date, server, node, suite }) {
  const { plain, passed, share } = totals(results);
  return `${date}; ${server}, Node ${node}; the suite of Redis ${suite}. **${passed} of the ${plain} tests that ${server} alone passes, ${share}.**`;
}

function unitTable(results) {
  const { plain, passed, share } = totals(results);
  return [
    "| unit | passed by the server alone | through the gateway | |",
    "| --- | ---: | ---: | ---: |",
    ...results.map(
      (one) => `| \`${one.unit}\` | ${one.passedPlain} | ${one.passed} | ${shareText(one.passed, one.passedPlain)} |`,
    ),
    `| all | ${plain} | ${passed} | ${share} |`,
  ];
}

/** One table a reason, the reason with most tests first. */
function differenceTables(results) {
  const byReason = new Map();
  for (const { unit, test, reason } of results.flatMap(({ differences }) => differences)) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), { unit, test }]);
  }
  const reasons = [...byReason].toSorted(([, left], [, right]) => right.length - left.length);
  return reasons.flatMap(([reason, tests]) => [
    `**${reason}** (${tests.length})`,
    "",
    ...tests.map(({ unit, test }) => `- \`${unit}\`: ${escaped(test)}`),
    "",
  ]);
}

function escaped(text) {
  return text.replaceAll(/[\\`*_{}[\]<>|~#]/g, String.raw`\$&`);
}

function shareText(part, whole) {
  if (whole === 0) return "";
  // Rounded down: all is said of all only.
  return `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`;
}
