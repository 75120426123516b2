/** What several processes count, as one. */
import { expect, test } from "vitest";
import { newStats } from "../stats.js";
import { retired, sumStats } from "./sum-stats.js";

test("numbers are added, and those by name for each name", () => {
  const one = { ...newStats(), commandsWritten: 2, refusedByName: { MOVE: 1, WAIT: 2 } };
  const two = { ...newStats(), commandsWritten: 3, clientsConnected: 4, refusedByName: { WAIT: 5 } };
  expect(sumStats([one, two])).toEqual({
    ...newStats(),
    commandsWritten: 5,
    clientsConnected: 4,
    refusedByName: { MOVE: 1, WAIT: 7 },
  });
});

test("a process that has ended leaves what it counted, and no clients", () => {
  const ended = { ...newStats(), commandsWritten: 2, clientsTotal: 3, clientsConnected: 1, clientsWaiting: 1 };
  expect(retired(ended)).toEqual({ ...newStats(), commandsWritten: 2, clientsTotal: 3 });
});
