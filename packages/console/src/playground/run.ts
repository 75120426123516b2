/** Runs a line in a region, as typed: its answer goes under it, and the key that it is about is watched from then on. */
import type { KeyDocument } from "@meridian/agent/api";
import { post } from "../api/client.js";
import { sendLine } from "../api/commands.js";
import { base64OfText } from "../bytes.js";
import { limits } from "../limits.js";
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

/** Until every region shows the key alike, or for a while. */
export async function whenSame(key: string): Promise<void> {
  const deadline = performance.now() + limits.sameMsMax;
  while (performance.now() < deadline) {
    const { differences } = await post<KeyDocument>("/api/key", { keyBase64: base64OfText(key) });
    if (differences.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, limits.sameEveryMs));
  }
}
