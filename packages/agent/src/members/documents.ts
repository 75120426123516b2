/** What the admin API says of the members, and what it is asked. docs/reference/admin-api.md describes every field. */
import type { PlaceStatus } from "./table.js";

export interface RegionsDocument {
  /** Whose agent answers. */
  region: string;
  /** How many changes were made. */
  epoch: number;
  /** Why this region takes no writes; null: it does. */
  closed: "joining" | "leaving" | "left" | "forgotten" | null;
  /** All places in their order, also of regions that are gone. */
  regions: RegionPlace[];
  /** The change that is under way; null: none is. */
  change: RegionChange | null;
  /** Members that have not been heard to know the list. */
  unaware: string[];
  /** Nothing is under way, all know the list and have of gone regions what the others have. */
  settled: boolean;
}

export interface RegionPlace {
  region: string;
  /** host:port of its agents, with commas between, as it is dialled from here. */
  link: string;
  status: PlaceStatus;
  /** Unix ms since when; null: from the start. */
  sinceMs: number | null;
  /** Of one that leaves, or is gone: members that lack, on their disks, some of what it wrote and this region knows of. */
  lackedBy: string[];
}

export interface RegionChange {
  what: string;
  /** The region that proposed it. */
  by: string;
  sinceMs: number;
  /** Regions that have not been heard to have taken it up, as far as this one knows. */
  waitsFor: string[];
}

export type RegionsRequest =
  | { action: "add"; region: string; link: string }
  | { action: "remove"; region: string }
  /** Without `confirmed` nothing is done but to say what would be lost. */
  | { action: "forget"; regions: string[]; confirmed: boolean };

export interface ForgetDocument {
  /** Nothing was done yet. */
  forget: ForgetPreview[];
}

export interface ForgetPreview {
  region: string;
  /** Unix ms when a link to it was last up; null: not since this agent began. */
  linkedUntilMs: number | null;
  /** The latest of its writes that a surviving region has: what it wrote after that is lost. Null: none is known. */
  latest: { origin: string; stamp: number; atMs: number; heldBy: string } | null;
  /** What each surviving region has of it; null: not heard. */
  survivors: { region: string; latest: { stamp: number; atMs: number } | null }[];
}

export function isForgetDocument(document: RegionsDocument | ForgetDocument): document is ForgetDocument {
  return "forget" in document;
}
