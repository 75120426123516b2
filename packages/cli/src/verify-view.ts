/** `verify` for people: whether all regions are equal; what differs and why, with what each region has side by side. */
import {
  table,
  type Difference,
  type InspectDocument,
  type RepairDocument,
  type Style,
  type VerifyDocument,
} from "@meridian/agent/api";
import { inspectLines } from "./inspect-view.js";
import { bytesText, shortened } from "./value-text.js";

export function verifyLines(
  document: VerifyDocument,
  inspected: ReadonlyMap<Difference, InspectDocument | undefined>,
  style: Style,
): string[] {
  const { differences, whole } = document;
  const details = [...inspected].flatMap(([difference, seen]) => [
    "",
    style.yellow(`${bytesText(difference.key)}: ${difference.explanation}`),
    ...(seen === undefined ? [] : inspectLines(seen, style)),
  ]);
  return [
    verdict(document, style),
    "",
    ...regionLines(document, style),
    ...(differences.length === 0 ? [] : ["", ...differenceLines(differences, style)]),
    ...(whole ? [] : [style.red(`... and more than these ${differences.length}`)]),
    ...details,
  ];
}

function verdict({ equal, regions, differences, behind, tookMs }: VerifyDocument, style: Style): string {
  const keys = Math.max(0, ...regions.map((region) => region.keys));
  const compared = `${keys} keys in ${regions.length} regions compared in ${(tookMs / 1000).toFixed(1)} s`;
  const busy = differences.filter(({ kind }) => kind === "busy").length;
  const note =
    busy === 0 ? "" : `; ${busy} could not be compared, for they are written to all the time or about to expire`;
  if (equal) return style.green(`equal: ${compared}${note}`);
  const differing = differences.filter(({ kind }) => kind === "differs").length;
  if (differing > 0) return style.red(`different: ${differing} keys differ; ${compared}`);
  if (behind.length > 0) return style.red(`behind: not every region has all writes yet; ${compared}`);
  return style.red(`incomplete: not every region could be compared; ${compared}`);
}

function regionLines({ regions, behind }: VerifyDocument, style: Style): string[] {
  const rows = regions.map(({ region, keys, readMs, problem }) =>
    problem === null ? [region, String(keys), `${readMs} ms`] : [region, "-", "-"],
  );
  return [
    ...table(["region", "keys", "read in"], rows, style),
    ...regions.flatMap(({ region, problem }) => (problem === null ? [] : [style.red(`${region}: ${problem}`)])),
    ...behind.map(({ region, of }) =>
      style.red(`${region} does not have all that ${of} has: see meridian lag, mend the link, or give --wait SECONDS`),
    ),
  ];
}

/** Regions that have the same are given the same letter; "-": no such key. */
function differenceLines(differences: readonly Difference[], style: Style): string[] {
  const names = differences[0]?.regions.map(({ region }) => region) ?? [];
  const rows = differences.map(({ key, kind, regions }) => {
    const seen = [...new Set(regions.flatMap(({ tally }) => tally ?? []))];
    const letters = regions.map(({ tally, problem }) => {
      const letter = tally === null ? "-" : String.fromCharCode("A".charCodeAt(0) + seen.indexOf(tally));
      return problem === null ? letter : `${letter} (${problem})`;
    });
    return [shortened(bytesText(key)), kind, ...letters];
  });
  return table(["key", "", ...names], rows, style);
}

export function repairLines({ repaired, failed, saved }: RepairDocument, style: Style): string[] {
  return [
    ...repaired.map((key) => style.green(`repaired ${bytesText(key)}`)),
    ...failed.map(({ key, reason }) => style.red(`not repaired: ${bytesText(key)}: ${reason}`)),
    repaired.length + failed.length === 0
      ? "nothing to repair"
      : `what the regions had before is in ${saved}, one line of JSON for each key and region`,
    "",
  ];
}
