/** Commands to a region's gateway: one connection for this page and each region, so that MULTI and WATCH work. */
import type { CommandsDocument } from "@meridian/agent/api";
import { post } from "./client.js";

const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(
  "",
);

export async function sendLine(region: string, line: string): Promise<CommandsDocument> {
  return await post<CommandsDocument>("/api/commands", { page, region, line });
}
