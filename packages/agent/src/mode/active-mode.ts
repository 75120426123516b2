/** The mode of a region that writes, and making it ready to follow another one. */
import type { Engine } from "@meridian/engine";
import type { ModeRequest, ModeView } from "./documents.js";

/** Without a request nothing is changed. */
export async function activeMode(engine: Engine, request: ModeRequest | undefined): Promise<ModeView> {
  if (request !== undefined) {
    const args = request.primary === null ? ["stay"] : ["follow", request.primary];
    await engine.call("mode", ...args);
  }
  const [region, primary, closed] = (await engine.call("mode")) as [string, string, string];
  const [, , , , , flat] = (await engine.call("state")) as [unknown, unknown, unknown, unknown, unknown, string[]];
  const vector: Record<string, number> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) vector[flat[at]!] = Number(flat[at + 1]);
  return {
    region,
    mode: "active-active",
    primary: primary === "" ? null : primary,
    closed: closed === "passive",
    vector,
    problem: null,
  };
}
