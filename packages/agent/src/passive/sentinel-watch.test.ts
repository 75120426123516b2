/** What the quorum of a Sentinel is set to, by what it is and whether Sentinels are in charge. */
import { expect, test } from "vitest";
import { quorumFor } from "./sentinel-watch.js";

test.each([
  { isInCharge: true, quorum: 2, wanted: undefined },
  { isInCharge: false, quorum: 2, wanted: 1_000_002 },
  { isInCharge: false, quorum: 1_000_002, wanted: undefined },
  { isInCharge: true, quorum: 1_000_002, wanted: 2 },
  { isInCharge: undefined, quorum: 1_000_002, wanted: undefined },
  { isInCharge: false, quorum: Number.NaN, wanted: undefined },
])("a quorum of $quorum, in charge: $isInCharge", ({ isInCharge, quorum, wanted }) => {
  expect(quorumFor(isInCharge, quorum)).toBe(wanted);
});
