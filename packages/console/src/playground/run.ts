/** Runs a line in a region, as typed: its answer goes under it, and the key that it is about is watched from then on. */
import { sendLine } from "../api/commands.js";
import { keyOf } from "./completion.js";
import { playground } from "./store.js";

export async function runLine(region: string, line: string): Promise<void> {
  const key = keyOf(line);
  if (key !== undefined) playground.watch(key);
  const id = playground.begin(region, line);
  try {
    const { reply, tookMs, inTransaction } = await sendLine(region, line);
    playground.end(region, id, { reply, tookMs, inTransaction });
  } catch (error) {
    playground.end(region, id, { problem: error instanceof Error ? error.message : String(error) });
  }
}
