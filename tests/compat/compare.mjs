/**
 * Two runs of a unit set side by side. What counts is what a server alone passes: of that, what passes through the gateway
 * too, and what does not, which must be a known difference (differences.mjs). A known difference that is none any more is
 * told as well, so that the list stays true; but for those that depend on who is faster (`atTimes`).
 */

/**
 * @param {string} unit
 * @param {readonly { test: string, outcome: string, detail: string }[]} plain
 * @param {readonly { test: string, outcome: string, detail: string }[]} meridian
 * @param {readonly { unit: string, test: string, reason: string, skipped: boolean, atTimes?: boolean }[]} known
 */
export function compareUnit(unit, plain, meridian, known) {
  const ours = new Map(meridian.map((result) => [result.test, result]));
  const theirs = new Map(known.filter((one) => one.unit === unit).map((one) => [one.test, one]));
  const passedPlain = plain.filter(({ outcome }) => outcome === "passed");
  const differences = [];
  const unknown = [];
  const vanished = [];
  let passed = 0;
  for (const { test } of passedPlain) {
    const result = ours.get(test);
    const reason = theirs.get(test)?.reason;
    if (result?.outcome === "passed") {
      passed++;
      if (reason !== undefined && theirs.get(test)?.atTimes !== true) vanished.push({ unit, test, reason });
    } else if (reason !== undefined) {
      differences.push({ unit, test, reason });
    } else {
      unknown.push({ unit, test, detail: result === undefined ? "it did not run" : result.detail });
    }
  }
  const failedPlain = plain.filter(({ outcome }) => outcome !== "passed").map(({ test }) => test);
  return { unit, passedPlain: passedPlain.length, failedPlain, passed, differences, unknown, vanished };
}
