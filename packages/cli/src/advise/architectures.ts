/** The architectures there are to choose from, in plain words, and the numbers that each has with the facts at hand. */
import type { When } from "./conditions.js";

export type ArchitectureId =
  | "one-region"
  | "regional"
  | "active-passive"
  | "active-active"
  | "owned-keys"
  | "transactional-database";

export interface Architecture {
  id: ArchitectureId;
  title: string;
  /** What it is, in one sentence. */
  is: string;
  /** The same two where there is one region only. */
  alone?: { title: string; is: string };
}

interface Figure {
  what: string;
  value: string;
  when?: When;
}

export const architectures: readonly Architecture[] = [
  {
    id: "one-region",
    title: "one region",
    is: "one Redis or Valkey, in {centre}; the other regions ask it",
    alone: { title: "one region", is: "one Redis or Valkey with a replica, and nothing between regions" },
  },
  {
    id: "regional",
    title: "one server a region, not replicated",
    is: "each region has a Redis or Valkey of its own, and they know nothing of each other",
  },
  {
    id: "active-passive",
    title: "active-passive, by Meridian",
    is: "{centre} takes the writes, the others follow it by Redis's own replication and answer reads; Meridian sends each command where it belongs",
  },
  {
    id: "active-active",
    title: "active-active, by Meridian",
    is: "every region reads and writes its own server, and Meridian merges",
  },
  {
    id: "owned-keys",
    title: "each key written by its owner region only",
    is: "the application sends each write to the region that owns the key; Meridian brings copies to the others",
  },
  {
    id: "transactional-database",
    title: "a database with cross-region transactions",
    is: "no Redis for this: a database that commits by a majority, such as Spanner, CockroachDB or YugabyteDB",
    alone: {
      title: "a database with transactions",
      is: "no Redis for this: an ordinary database with transactions, such as PostgreSQL with a synchronous standby",
    },
  },
];

const inRegion = "within the region";

/** Milliseconds are lower bounds: what the way takes, without the servers. */
export const figures: Readonly<Record<ArchitectureId, readonly Figure[]>> = {
  "one-region": [
    { what: "a read or write in {centre}", value: inRegion },
    { what: "from the farthest region", value: "{centreMs} or more", when: { severalRegions: true } },
    {
      what: "lost when the server fails",
      value: "up to about 1 s of writes (appendfsync everysec)",
      when: { lostWrites: ["seconds", "any"] },
    },
    {
      what: "lost when the server fails",
      value: "nothing that was acknowledged (appendfsync always)",
      when: { lostWrites: ["none"] },
    },
    {
      what: "lost when {centre} is gone for good",
      value: "all that no other place holds",
      when: { severalRegions: true },
    },
  ],
  regional: [
    { what: "a read or write", value: inRegion },
    { what: "a read may be out of date by", value: "its time to live: {stalenessMs}", when: { kinds: ["cache"] } },
    { what: "lost when a region fails", value: "all that it had" },
  ],
  "active-passive": [
    { what: "a read", value: inRegion },
    { what: "a write in {centre}", value: inRegion },
    { what: "a write from the farthest region", value: "{centreMs} or more" },
    { what: "a write shows elsewhere after", value: "half a round trip or more; as long as a cut lasts during one" },
    {
      what: "a write that waits for one other region (WAIT 1)",
      value: "{centreWaitMs} or more in {centre}",
      when: { lostWrites: ["none"] },
    },
    {
      what: "lost when {centre} fails",
      value: "what had not reached the region that takes over; how much that is, is told before it does",
      when: { lostWrites: ["seconds", "any"] },
    },
  ],
  "active-active": [
    { what: "a read or write", value: inRegion },
    {
      what: "a write shows everywhere after",
      value:
        "{copyMs} or more (half of the longest round trip and {agentsMs}, or as measured); as long as a cut lasts during one",
    },
    {
      what: "a write that waits for one other region (WAIT 1)",
      value: "{waitMs} or more",
      when: { lostWrites: ["none"] },
    },
    {
      what: "lost when a region is gone for good",
      value: "its writes of about the last {copyMs}, or since the cut",
      when: { lostWrites: ["seconds", "any"] },
    },
    { what: "memory beside the values", value: "about 50 bytes a key, 35 a field or member, and the log" },
  ],
  "owned-keys": [
    { what: "a write of a key of this region", value: inRegion },
    { what: "a write of a key of another region", value: "up to {farthestMs} or more" },
    { what: "a read that shows the last write", value: "up to {farthestMs} or more: it asks the owner" },
    { what: "lost when a region is gone for good", value: "its writes of about the last {copyMs}, or since the cut" },
  ],
  "transactional-database": [
    { what: "a write, at its fastest", value: "{commitMs} or more", when: { severalRegions: true } },
    { what: "a write from the farthest region", value: "{commitFarthestMs} or more", when: { severalRegions: true } },
    { what: "lost when a region fails", value: "nothing that was acknowledged", when: { severalRegions: true } },
    { what: "a write", value: "within the region, once a second server has it", when: { severalRegions: false } },
  ],
};
