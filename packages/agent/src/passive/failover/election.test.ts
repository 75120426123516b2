/** Whom an agent gives its vote, and when it gives none. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PeerState } from "../documents.js";
import { passiveLimits } from "../limits.js";
import type { Peers } from "../peers.js";
import { NOBODY, type ServerLook } from "../region-server.js";
import type { Roles } from "../roles.js";
import { Election } from "./election.js";
import type { Failover } from "./failover.js";

const THERE: PeerState = {
  record: null,
  heard: null,
  server: { role: "primary", offset: 9, stream: "s", formerStream: "", formerOffset: -1, linkUp: false },
};

function world(more: { follows?: ServerLook["follows"]; automatic?: boolean; isPrimary?: boolean } = {}) {
  const { follows = { host: "us", port: 6379 }, automatic = true, isPrimary = false } = more;
  const seen = { role: "replica", follows, linkUp: false, offset: 7, replicationId: "s" } as ServerLook;
  const heard: { region: string; state: PeerState }[] = [];
  const roles = {
    record: { epoch: 1, primary: "us", sinceMs: 0 },
    options: { automatic, region: "eu", regions: ["us", "eu", "ap"] },
    fence: { detach: () => Promise.resolve() },
    isBusy: false,
    isPrimary,
    seen,
    look: () => Promise.resolve(seen),
  };
  const election = new Election({
    roles: roles as unknown as Roles,
    peers: { heard: () => heard } as unknown as Peers,
    failover: {} as Failover,
  });
  election.start();
  election.stop();
  const asked = async (epoch: number, to: string): Promise<boolean> => (await election.vote(epoch, to)).granted;
  return { roles, heard, seen, election, asked };
}

/** So long that the primary is missed, if it is not there. */
function pass(milliseconds: number = passiveLimits.suspectMs + 1): void {
  vi.advanceTimersByTime(milliseconds);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("one vote at a time, of the next epoch, for one region", async () => {
  const { asked, election, roles } = world();
  pass();
  expect(await asked(3, "ap")).toBe(false);
  expect(await asked(2, "us")).toBe(false);
  expect(await election.vote(2, "ap")).toEqual({ granted: true, stream: "s", offset: 7 });
  expect(roles.isBusy).toBe(true);
  expect(await asked(2, "ap")).toBe(true);
  expect(await asked(2, "eu")).toBe(false);
});

test("who does not miss the primary gives none", async () => {
  const { asked, heard, seen } = world();
  expect(await asked(2, "ap")).toBe(false);
  heard.push({ region: "us", state: THERE });
  pass();
  expect(await asked(2, "ap")).toBe(false);
  heard.length = 0;
  Object.assign(seen, { linkUp: true }); // its agent is away, its server is not
  pass();
  expect(await asked(2, "ap")).toBe(false);
  Object.assign(seen, { linkUp: false });
  pass();
  expect(await asked(2, "ap")).toBe(true);
});

test("an agent that starts, and finds its server following nobody, gives none for the time of a vote", async () => {
  const { asked } = world({ follows: NOBODY });
  pass();
  expect(await asked(2, "ap")).toBe(false);
  pass(passiveLimits.voteMs);
  expect(await asked(2, "ap")).toBe(true);
});

test("none without automatic failover, and none of the primary", async () => {
  for (const { asked } of [world({ automatic: false }), world({ isPrimary: true })]) {
    pass();
    expect(await asked(2, "ap")).toBe(false);
  }
});
