/** What may be said of links in meridian.yaml. */
import { expect, test } from "vitest";
import { parseConfig } from "./load.js";

function withLink(settings: string, rest = ""): string {
  return `region: us
regions:
  - { name: us, link: "10.0.0.1:7301" }
  - { name: eu, link: "10.1.0.1:7301" }
server: { url: "redis://10.0.0.9:6379" }
link: { host: 0.0.0.0, port: 7301, ${settings} }
${rest}`;
}

test("compression, bandwidth, certificates and the namespace", () => {
  const settings =
    "compression: off, bandwidth: 10Mbit, peerBandwidth: { eu: 1.5Mbit }, tls: { cert: c, key: k, ca: a }";
  expect(parseConfig(withLink(settings, "namespace: production\n"), "x")).toMatchObject({
    namespace: "production",
    link: {
      compression: "off",
      bandwidth: "10Mbit",
      peerBandwidth: { eu: "1.5Mbit" },
      tls: { cert: "c", key: "k", ca: "a" },
    },
  });
});

test.each([
  ["compression: zstd", 'link.compression is "zstd"; give on or off'],
  ["bandwidth: 10", "link.bandwidth is 10; give a bandwidth from 8kbit to 100Gbit, such as 10Mbit"],
  ["bandwidth: 10MB", 'link.bandwidth is "10MB"; give a bandwidth'],
  ["peerBandwidth: { mars: 1Mbit }", 'link.peerBandwidth.mars is "1Mbit"; give another region by its name: eu'],
  ["peerBandwidth: { us: 1Mbit }", "give another region by its name: eu"],
  ["tls: { cert: c, key: k }", "link.tls.ca is missing; give a file"],
])("%s is refused", (settings, message) => {
  expect(() => parseConfig(withLink(settings), "x")).toThrow(message);
});

test("a region with several agents has a list of addresses", () => {
  const several = withLink("compression: on").replace('"10.1.0.1:7301"', '["10.1.0.1:7301", "10.1.0.2:7301"]');
  expect(parseConfig(several, "x").regions[1]?.link).toEqual(["10.1.0.1:7301", "10.1.0.2:7301"]);
  const none = withLink("compression: on").replace('"10.1.0.1:7301"', "[]");
  expect(() => parseConfig(none, "x")).toThrow("regions.1.link is []; give at least one host:port");
  const bad = withLink("compression: on").replace('"10.1.0.1:7301"', '["10.1.0.1"]');
  expect(() => parseConfig(bad, "x")).toThrow("host:port, such as 10.1.0.4:7301");
});

test("a namespace has no dots", () => {
  expect(() => parseConfig(withLink("compression: on", "namespace: a.b\n"), "x")).toThrow(
    'namespace is "a.b"; give a name of letters, digits',
  );
});
