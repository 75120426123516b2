/** WAIT: what it is asked for, and that nobody waits for a client that is gone. */
import { expect, test } from "vitest";
import { BlockedClients } from "./blocked-clients.js";
import { takeApart } from "../commands/command-arguments.js";
import { RegionWait, regionWaitOf, waitCommand } from "./region-wait.js";
import { noRegions } from "../region-service.js";
import { command } from "../test-support/raw-client.js";

function parsed(...args: string[]): unknown {
  const bytes = command("WAIT", ...args);
  return regionWaitOf(takeApart(bytes, bytes.indexOf("$"), args.length + 1));
}

test("numbers are read as strictly as the server reads them; the rest is the server's to refuse", () => {
  expect(parsed("2", "100")).toEqual({ regions: 2, timeoutMs: 100 });
  expect(parsed("-1", "0")).toEqual({ regions: -1, timeoutMs: 0 });
  expect(parsed("9223372036854775807", "0")).toMatchObject({ timeoutMs: 0 });
  for (const args of [
    ["1"],
    ["1", "2", "3"],
    ["+1", "0"],
    ["1", "-1"],
    ["1 ", "0"],
    ["01", "0"],
    ["1.5", "0"],
    ["", "0"],
    ["9223372036854775808", "0"],
  ]) {
    expect(parsed(...args), args.join(" ")).toBeUndefined();
  }
});

test("a client that goes is waited for no more, and gets nothing", async () => {
  const signals: AbortSignal[] = [];
  const replies: (Buffer | undefined)[] = [];
  const blocked = new BlockedClients();
  const region = {
    ...noRegions,
    waitForRegions: (_request: unknown, signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<number>((resolve) => signal.addEventListener("abort", () => resolve(1)));
    },
  };
  const begun = (): RegionWait => {
    const host = {
      slotsWritten: undefined,
      askToWait: () => undefined,
      end: (reply: Buffer | undefined) => replies.push(reply),
    };
    const wait = new RegionWait(waitCommand({ regions: 1, timeoutMs: 0 }), { region, blocked }, host);
    wait.begin();
    return wait;
  };
  const unanswered = begun();
  expect([unanswered.unblock(false), blocked.waitingForRegions]).toEqual([false, 0]);
  const leaver = begun();
  leaver.onTried(false);
  expect(blocked.waitingForRegions).toBe(1);
  leaver.stop();
  const refused = begun();
  refused.onTried(true);
  await Promise.resolve();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect([blocked.waitingForRegions, replies]).toEqual([0, [undefined]]);
});
