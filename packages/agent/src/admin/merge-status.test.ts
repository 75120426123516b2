/** Two ends of a link make one; an agent that is away leaves a gap that says so. */
import { expect, test } from "vitest";
import { someLink, someRegion, someStatus } from "../test-support/documents.js";
import { mergeStatus } from "./merge-status.js";
import { metricsText } from "./metrics.js";

const wan = (from: string, to: string) => ({
  rttMs: 80,
  delayMs: 0,
  lossPercent: 0,
  up: !(from === "us" && to === "ap"),
});

function merged() {
  const us = someStatus({
    regions: [someRegion()],
    links: [
      someLink({ lagMs: 120, backlogEntries: 7, roundTripMs: 81, operationsPerSecond: 5 }),
      someLink({ to: "ap", state: "connecting" }),
      someLink({ from: "eu", to: "us", seenBy: "receiver", lagMs: 41 }),
    ],
  });
  const eu = someStatus({
    regions: [someRegion({ region: "eu" })],
    links: [
      someLink({
        seenBy: "receiver",
        lagMs: 45,
        delayMs: { p50: 41, p99: 50 },
        roundTripMs: null,
        operationsPerSecond: 4,
      }),
    ],
  });
  return mergeStatus({
    software: "0.1.0",
    atMs: 5,
    agents: [
      { region: "us", document: us, problem: "" },
      { region: "eu", document: eu, problem: "" },
      { region: "ap", document: undefined, problem: "it ended" },
    ],
    wan,
  });
}

test("every region and every ordered pair is there, in the order of the list", () => {
  const { regions, links } = merged();
  expect(regions.map(({ region, state }) => `${region} ${state}`)).toEqual(["us up", "eu up", "ap agent-down"]);
  expect(regions[2]?.problem).toBe("it ended");
  expect(links.map(({ from, to }) => `${from}-${to}`)).toEqual(["us-eu", "us-ap", "eu-us", "eu-ap", "ap-us", "ap-eu"]);
});

test("of a link each end says what it knows best", () => {
  const [link] = merged().links;
  expect(link).toMatchObject({
    seenBy: "both",
    state: "up",
    lagMs: 120,
    delayMs: { p50: 41, p99: 50 },
    roundTripMs: 81,
    operationsPerSecond: 4,
    backlogEntries: 7,
    emulated: { rttMs: 80, delayMs: 0, lossPercent: 0, up: true },
  });
});

test("a link that is cut says so whatever its ends believe, and one that nobody sees is unknown", () => {
  const { links } = merged();
  expect(links[1]?.state).toBe("cut");
  expect(links[5]).toMatchObject({ state: "unknown", lagMs: null });
});

test("metrics leave out what is not known, and end each family with its samples", () => {
  const text = metricsText(merged());
  expect(text).toContain('meridian_agent_up{region="ap"} 0');
  expect(text).toContain('meridian_link_delay_seconds{from="us",to="eu",quantile="0.99"} 0.05');
  expect(text).not.toContain("null");
  expect(text).not.toMatch(/NaN|undefined/);
  for (const line of text.trimEnd().split("\n")) {
    expect(line).toMatch(/^(# (HELP|TYPE) meridian_\w+ .+|meridian_\w+(\{(\w+="[^"]*",?)+\})? -?[\d.e+-]+)$/);
  }
});

test("conflicts are counted by region and kind, and not where they are not known", () => {
  const regions = [someRegion(), someRegion({ region: "eu", conflicts: null })];
  const text = metricsText(someStatus({ regions, links: [] }));
  expect(text).toContain(
    "# TYPE meridian_conflicts_total counter\n" +
      'meridian_conflicts_total{region="us",kind="string"} 2\nmeridian_conflicts_total{region="us",kind="clash"} 1\n',
  );
  expect(text).toContain('meridian_conflict_keys{region="us"} 1\n');
  expect(text).not.toMatch(/conflict\w+\{region="eu"/);
});

test("numbers of the gateway become metrics, maps of numbers get a label", () => {
  const stats = { clientsConnected: 3, commandsForwarded: 9, refusedByName: { LPUSH: 7 }, since: "today" };
  const region = someRegion({
    gateway: {
      host: "127.0.0.1",
      port: 7001,
      tlsPort: null,
      certificateUntilMs: 1_800_000_000_000,
      processes: [],
      stats,
    },
  });
  const text = metricsText(someStatus({ regions: [region], links: [] }));
  expect(text).toContain(
    '# TYPE meridian_gateway_clients_connected gauge\nmeridian_gateway_clients_connected{region="us"} 3',
  );
  expect(text).toContain('meridian_gateway_refused_by_name_total{region="us",command="LPUSH"} 7');
  expect(text).toContain("# TYPE meridian_gateway_commands_forwarded_total counter");
  expect(text).not.toContain("since");
  expect(text).toContain('meridian_gateway_certificate_expiry_seconds{region="us"} 1800000000');
});
