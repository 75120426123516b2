/** The two sides of the channel over which a process of the gateway asks the region's agent. */
import { expect, test } from "vitest";
import { noRegions, type RegionService, type RegionWaitRequest } from "../region-service.js";
import { RegionDesk } from "./region-desk.js";
import { RemoteRegion } from "./remote-region.js";

interface Asked {
  request: RegionWaitRequest;
  signal: AbortSignal;
  resolve(count: number): void;
  reject(error: Error): void;
}

function world() {
  const asked: Asked[] = [];
  let text = "one";
  const service: RegionService = {
    ...noRegions,
    waitForRegions: (request, signal) =>
      new Promise((resolve, reject) => {
        asked.push({ request, signal, resolve, reject });
        signal.addEventListener("abort", () => resolve(0));
      }),
    infoSection: () => text,
  };
  const told: string[] = [];
  // What goes through the channel is text.
  const through = <Message>(message: Message): Message => JSON.parse(JSON.stringify(message)) as Message;
  const desk: RegionDesk = new RegionDesk(service, (message) => {
    told.push(message.kind);
    remote.onMessage(through(message));
  });
  const remote: RemoteRegion = new RemoteRegion((message) => desk.onMessage(through(message)));
  return { asked, told, desk, remote, say: (now: string) => (text = now) };
}

test("each wait gets its own answer", async () => {
  const { asked, remote } = world();
  const { signal } = new AbortController();
  const first = remote.waitForRegions({ regions: 2, timeoutMs: 0 }, signal);
  const second = remote.waitForRegions({ regions: 1, timeoutMs: 50 }, signal);
  const third = remote.waitForRegions({ regions: 3, timeoutMs: 50 }, signal);
  expect(asked.map(({ request }) => request)).toEqual([
    { regions: 2, timeoutMs: 0 },
    { regions: 1, timeoutMs: 50 },
    { regions: 3, timeoutMs: 50 },
  ]);
  asked[1]?.resolve(1);
  asked[2]?.reject(new Error("the server is away"));
  asked[0]?.resolve(2);
  expect([await first, await second]).toEqual([2, 1]);
  await expect(third).rejects.toThrow("the server is away");
});

test("where the region stands, and whether it holds a token", async () => {
  const given: unknown[] = [];
  const service: RegionService = {
    ...noRegions,
    token: () => Promise.resolve("where it stands"),
    waitForToken: (request) => {
      given.push(request);
      return Promise.resolve({ holds: false, lost: "eu~1" });
    },
  };
  const desk: RegionDesk = new RegionDesk(service, (message) => remote.onMessage(message));
  const remote: RemoteRegion = new RemoteRegion((message) => desk.onMessage(message));
  expect(await remote.token()).toBe("where it stands");
  const request = { token: "t", timeoutMs: 5 };
  expect(await remote.waitForToken(request, new AbortController().signal)).toEqual({ holds: false, lost: "eu~1" });
  expect(given).toEqual([request]);
});

test("who leaves, or is gone with the process, waits no more", async () => {
  const { asked, desk, remote } = world();
  const leaving = new AbortController();
  const left = remote.waitForRegions({ regions: 1, timeoutMs: 0 }, leaving.signal);
  leaving.abort();
  expect(await left).toBe(0);
  void remote.waitForRegions({ regions: 1, timeoutMs: 0 }, new AbortController().signal);
  desk.close();
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
});

test("the section of INFO is told when it is another", () => {
  const { told, desk, remote, say } = world();
  desk.tellSection();
  desk.tellSection();
  expect(remote.infoSection()).toBe("one");
  say("two");
  desk.tellSection();
  expect(remote.infoSection()).toBe("two");
  expect(told).toEqual(["section", "section"]);
});
