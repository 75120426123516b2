/** Which groups an agent says that it holds, where the answers to its signs of life come late. */
import { SLOTS } from "@meridian/core";
import type { Slots } from "@meridian/engine";
import { afterEach, expect, test, vi } from "vitest";
import { ALL_GROUPS, firstSlotOf, NO_GROUPS, setOf, type GroupSet } from "../../link/index.js";
import { GroupAgents } from "./group-agents.js";
import { agentsLimits } from "./limits.js";

let agents: GroupAgents | undefined;
/** To signs of life, by the slot that they are for. */
const answers = new Map<unknown, () => void>();

afterEach(async () => {
  const stopped = agents?.stop();
  for (const answer of answers.values()) answer();
  await stopped;
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** It has every place, and there is another agent. */
const ANSWER = ["one", 0, "1", "", ["one", "{}", 0, "two", "{}", 0]];

function slots(): Slots {
  const call = (slot: unknown, _name: string, command: string): Promise<unknown> =>
    command === "beat"
      ? new Promise((resolve) => answers.set(slot, () => resolve(ANSWER)))
      : Promise.resolve(undefined);
  const nothing = (): void => undefined;
  return { call, on: nothing, off: nothing, upCount: SLOTS, isUp: () => true } as unknown as Slots;
}

test("a group that is given up and held again at once was given up: what was let by in between is done anew", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  let nowMs = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  const told: GroupSet[] = [];
  const changed = (held: GroupSet): void => void told.push(held);
  agents = new GroupAgents({ slots: slots(), id: "one", admin: undefined, link: "", changed, tell: () => "" });
  const started = agents.start();
  for (const answer of answers.values()) answer();
  await started;
  expect(told.splice(0).at(-1)).toBe(ALL_GROUPS);

  nowMs += agentsLimits.activeMs / 2;
  vi.advanceTimersByTime(agentsLimits.beatEveryMs);
  nowMs += agentsLimits.activeMs / 2;
  // The answer of the first group's server is there, and something is done before and after it is read.
  answers.get(firstSlotOf(0))!();
  queueMicrotask(() => expect(agents?.holds(0)).toBe(true));
  expect(agents.holds(0)).toBe(false);
  await new Promise(setImmediate);
  expect(told).toEqual([NO_GROUPS, setOf(0)]);
});
