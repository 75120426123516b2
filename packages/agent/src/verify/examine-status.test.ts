/** What the agent's own status gives the doctor to say, and that it says nothing of what is well. */
import { expect, test } from "vitest";
import type { LinkView, RegionStatus } from "../admin/documents.js";
import { someLink, someRegion, someStatus } from "../test-support/documents.js";
import { examineStatus } from "./examine-status.js";

const NOW_MS = someStatus().atMs;
const DAY_MS = 86_400_000;

const found = (region: Partial<RegionStatus> = {}, ...links: Partial<LinkView>[]): string[] =>
  examineStatus(someStatus({ regions: [someRegion(region)], links: [someLink(), ...links.map(someLink)] })).map(
    ({ code, severity }) => `${severity} ${code}`,
  );

test("a region that is well", () => {
  expect(found({ linkCertificateUntilMs: NOW_MS + 15 * DAY_MS }, { from: "eu", to: "us", clockSkewMs: -400 })).toEqual(
    [],
  );
});

test.each([
  [13 * DAY_MS, "warning CERTIFICATE"],
  [DAY_MS / 2, "error CERTIFICATE"],
  [-DAY_MS, "error CERTIFICATE"],
])("a certificate that is good for %d ms", (leftMs, finding) => {
  expect(found({ linkCertificateUntilMs: NOW_MS + leftMs })).toEqual([finding]);
  const { gateway } = someRegion();
  expect(found({ gateway: gateway && { ...gateway, certificateUntilMs: NOW_MS + leftMs } })).toEqual([finding]);
});

test("clocks of other regions, in both directions of being wrong", () => {
  expect(found({}, { from: "eu", to: "us", clockSkewMs: 700 })).toEqual(["warning SKEW"]);
  expect(found({}, { from: "eu", to: "us", clockSkewMs: -700 })).toEqual(["warning SKEW"]);
});

test("an agent that refuses this one", () => {
  const findings = examineStatus(someStatus({ links: [someLink({ state: "refused", lastError: "another version" })] }));
  expect(findings).toMatchObject([{ code: "LINKREFUSED", severity: "error" }]);
  expect(findings[0]?.message).toContain("another version");
});

test("a vector that has become long", () => {
  const vector = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`us~${index}`, index]));
  expect(found({ vector })).toEqual(["warning ORIGINS"]);
});
