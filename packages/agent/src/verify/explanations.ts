/** Why a key differs, as far as the digests tell: what each region has to say by itself, and whether metadata agree. */
import type { Difference, DifferenceKind, KeyProblem } from "./documents.js";

const PROBLEMS: Readonly<Record<KeyProblem, string>> = {
  stray: "the server has a value that Meridian knows nothing of: it was written past the function",
  value: "Meridian knows the key, the server has no value: it was removed past the function",
  type: "the server's value is of another type than Meridian knows: it was replaced past the function",
  parts: "the server has another number of elements than Meridian knows: it was changed past the function",
  deadline:
    "the server lets the key expire at another time than Meridian knows: its expiry was changed past the function",
  count: "the server's number is not what was counted: it was changed past the function",
};

export function explain(kind: DifferenceKind, regions: Difference["regions"]): string {
  if (kind === "behind")
    return "a region does not have all writes of another yet, so this may be why: mend the links, verify again";
  if (kind === "busy")
    return "it was written to all the time, or is about to expire, so it could not be compared: verify again";
  const problems = regions.flatMap(({ region, problem }) =>
    problem === null ? [] : [`in ${region} ${PROBLEMS[problem]}`],
  );
  if (problems.length > 0) return problems.join("; ");
  if (regions.every(({ kept }) => kept === regions[0]?.kept)) return overwritten(regions);
  return "all regions have applied the same writes and know different things of the key: unless metadata were written by hand, that is a defect of Meridian, please report it with what `meridian inspect` shows";
}

/** Metadata agree, values don't: whoever is alone with a value is likely to be where it was written. */
function overwritten(regions: Difference["regions"]): string {
  const alone = regions.filter(({ tally }) => regions.filter((other) => other.tally === tally).length === 1);
  const [only] = alone;
  const where = only !== undefined && alone.length === 1 ? `in ${only.region}` : "in at least one region";
  return `all regions know the same of the key and have different values: ${where} it was overwritten past the function`;
}
