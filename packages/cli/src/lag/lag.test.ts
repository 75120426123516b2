/** What a watch of lags keeps and draws. */
import type { LinkView, StatusDocument } from "@meridian/agent/api";
import { expect, test } from "vitest";
import { noStyle } from "../test-support/no-style.js";
import { LagHistory } from "./history.js";
import { joined } from "./run.js";
import { chartLines, reportLines } from "./view.js";

function statusOf(...links: Partial<LinkView>[]): StatusDocument {
  const link = { state: "up", lagMs: 0, delayMs: null, backlogEntries: 0, seenBy: "both" };
  return {
    format: 1,
    software: "0",
    atMs: 0,
    kind: "agent",
    regions: [],
    links: links.map((one) => ({ ...link, ...one })),
  } as StatusDocument;
}

test("a chart has a line for each link on one scale, a sum what was seen of each", () => {
  const history = new LagHistory();
  history.add(statusOf({ from: "us", to: "eu", lagMs: 4 }, { from: "eu", to: "us", lagMs: 100 }));
  history.add(undefined);
  history.add(
    statusOf(
      { from: "us", to: "eu", lagMs: 50 },
      { from: "eu", to: "us", lagMs: 900, state: "cut", backlogEntries: 3 },
    ),
  );
  const [title, usToEu, euToUs] = chartLines(history, 40, noStyle);
  expect(title).toBe("lag, the last 10 s; the highest bar is 900 ms");
  expect(usToEu).toBe("us -> eu         ▁ ▁  50 ms");
  expect(euToUs).toBe("eu -> us         ▂ █  cut");
  const report = history.report();
  expect(report).toMatchObject({ format: 1, unanswered: 1 });
  expect(report.links[1]).toEqual({
    from: "eu",
    to: "us",
    lagMs: { samples: 2, p50: 100, p90: 900, p99: 900, max: 900 },
    secondsDown: 1,
    backlogEntries: 3,
  });
  const text = reportLines(report, noStyle).join("\n");
  expect(text).toMatch(/^eu -> us +100 ms +900 ms +900 ms +900 ms +1 s +3$/m);
  expect(text).toContain("the admin API did not answer 1 times");
});

test("a link that two agents tell of is there once: as its sender says, with the delay that its receiver knows", () => {
  const delayMs = { p50: 1, p99: 2 };
  const sent = statusOf({ from: "us", to: "eu", seenBy: "sender", lagMs: 7 });
  const received = statusOf({ from: "us", to: "eu", seenBy: "receiver", lagMs: 9, delayMs });
  for (const statuses of [
    [sent, received],
    [received, sent],
  ]) {
    expect(joined(statuses).links).toEqual([expect.objectContaining({ seenBy: "sender", lagMs: 7, delayMs })]);
  }
});
