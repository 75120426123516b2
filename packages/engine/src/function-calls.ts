/** Which function of the library a command is called by, and what it means when that fails before the library has its say. */
import { freeing } from "@meridian/core";

/** What frees memory, and what an agent must see of a full server, has a function that works there too; so has what writes nothing. */
export function functionOf(command: string): string {
  if (command === "agents") return "mer_agents";
  return freeing[command] === true ? "mer_free" : "mer";
}

/** All data is gone, or was never there. */
export function isUnconfigured(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("MERIDIAN_NOTCONFIGURED");
}

/** The library is not there: nothing was done. */
export function isMissingFunction(error: unknown): boolean {
  return error instanceof Error && error.message === "ERR Function not found";
}
