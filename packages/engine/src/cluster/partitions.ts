/**
 * Partitions of slots are made ready for use: configured, and with the region's list of members.
 *
 * The list is changed in the control partition (packages/core/src/state/membership.ts), under a revision that only grows. The other
 * partitions follow it: a slot is up only while its partition has the list of that revision, or had it when it came up and is being
 * given the next one.
 */
import { CONTROL_SLOT, rootOfSlot } from "@meridian/core";
import { EngineError, textOf } from "../errors.js";
import { redirectOf } from "./redirect.js";

/** As `members` tells it of the control partition. */
export interface MembersList {
  /** "0": nothing was agreed upon yet, and the list is that of the configuration. */
  readonly revision: string;
  /** All places in their order, as in the core. */
  readonly regions: string;
  readonly gone: string;
  readonly closed: string;
}

export interface PartitionSetup {
  readonly region: string;
  /** Of the configuration. */
  readonly regions: readonly string[];
  readonly joins: boolean;
}

export interface PartitionCalls {
  call(slot: number, command: string, ...args: string[]): Promise<unknown>;
  command(slot: number, name: string, ...args: string[]): Promise<unknown>;
}

/** Arguments of `configure`. */
export function configuration({ region, regions, joins }: PartitionSetup, isSlots: boolean): string[] {
  const joining = joins ? "joining" : "";
  if (isSlots) return [region, regions.join(","), joining, "slots"];
  return joins ? [region, regions.join(","), joining] : [region, regions.join(",")];
}

/** False: it can't be done now, for the slot is on its way to another node. Idempotent. */
export async function preparePartition(
  slot: number,
  calls: PartitionCalls,
  setup: PartitionSetup,
  list: MembersList,
): Promise<boolean> {
  try {
    const stored = await calls.command(slot, "HMGET", rootOfSlot(slot), "region", "revision");
    const [region, revision] = stored as (string | null)[];
    if (region !== setup.region) await calls.call(slot, "configure", ...configuration(setup, true));
    if (list.revision !== "0" && revision !== list.revision) await followMembers(slot, calls, list);
    return true;
  } catch (error) {
    if (redirectOf(error) !== undefined) return false;
    throw error;
  }
}

/** Again, or where the partition has a newer one: no effect. */
export async function followMembers(
  slot: number,
  { call }: Pick<PartitionCalls, "call">,
  { revision, regions, gone, closed }: MembersList,
): Promise<void> {
  if (slot === CONTROL_SLOT) return; // where it comes from
  await call(slot, "follow", revision, regions, gone, closed);
}

export function membersIn(reply: unknown): MembersList {
  const [revision = "0", , regions = "", gone = "", closed = ""] = reply as string[];
  return { revision, regions, gone, closed };
}

/** What the core says against a partition, as the error of the engine. */
export function refusal(error: unknown, { region, regions }: PartitionSetup, address: string): unknown {
  const reason = textOf(error);
  if (!/^MERIDIAN_(OTHERREGION|BADREGION|FORMAT|PARTITIONS)/.test(reason)) return error;
  return new EngineError("MERIDIAN_CONFIGURE", { address, region, regions: regions.join(","), reason }, error);
}
