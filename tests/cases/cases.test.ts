/** The worked cases over model regions: all of them, those that need a clock of their own too. */
import { expect, test } from "vitest";
import { readCases } from "./case.js";
import { ModelRegions } from "./model-regions.js";
import { play } from "./play.js";

test.each(readCases())("$id: $rule", async (worked) => {
  const outcome = (await play(new ModelRegions(), [worked])).get(worked.id);
  expect(outcome?.problems, `\n${outcome?.lines.join("\n")}\n`).toEqual([]);
});
