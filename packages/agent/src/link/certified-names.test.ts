/** Whose certificate it is: both names of a region, letter by letter, and nothing that only looks like one. */
import { expect, test } from "vitest";
import { dnsNameOf, refusalOfCertificate, uriOf } from "./certified-names.js";

const EU = { namespace: "prod", region: "eu-west.1" };

test.each([
  "URI:meridian://prod/eu-west.1",
  "DNS:eu-west.1.prod.meridian",
  "DNS:localhost, IP Address:10.0.0.1, URI:meridian://prod/eu-west.1",
  'URI:"a, \\"URI:b", DNS:eu-west.1.prod.meridian',
])("%s is the region's", (subjectaltname) => {
  expect(refusalOfCertificate({ subjectaltname }, EU)).toBeUndefined();
});

test.each([
  "URI:meridian://prod/eu-west",
  "URI:meridian://other/eu-west.1",
  "URI:meridian://prod/EU-west.1",
  "URI:meridian://prod/eu-west.1/",
  "DNS:meridian://prod/eu-west.1",
  "DNS:*.prod.meridian",
  "DNS:eu-west.1.prod.meridian.example.org",
  'DNS:"eu-west.1.prod.meridian"',
  'DNS:"x, URI:meridian://prod/eu-west.1"',
  'email:"x\\", URI:meridian://prod/eu-west.1", DNS:x',
  "out of form, URI:meridian://prod/eu-west.1",
  "",
])("%s is not", (subjectaltname) => {
  expect(refusalOfCertificate({ subjectaltname }, EU)).toMatchObject({ code: "LINK_IDENTITY", isRefusal: true });
});

test("a refusal says whose it should be, and what was shown", () => {
  const refusal = refusalOfCertificate({ subjectaltname: "DNS:other" }, EU);
  for (const part of ["eu-west.1", "DNS:other", uriOf(EU), dnsNameOf(EU)]) expect(refusal?.message).toContain(part);
  expect(refusalOfCertificate(undefined, EU)?.message).toContain("none was shown");
  expect(refusalOfCertificate({}, EU)?.message).toContain("no names");
});
