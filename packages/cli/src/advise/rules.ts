/**
 * What is recommended, and why: the first rule that holds decides. Only what exists is recommended; where this version of Meridian
 * has no part for it, the rule's warnings say so. Each rule has a case in rules.test.ts.
 */
import type { ArchitectureId } from "./architectures.js";
import type { When } from "./conditions.js";

export interface Rule {
  id: string;
  when: When;
  architecture: ArchitectureId;
  why: string;
}

/** Without caches, which can be filled again. */
const KEPT = ["session", "counter", "stock", "flag", "leaderboard", "queue"] as const;
const SHARED = ["counter", "flag", "leaderboard"] as const;

export const rules: readonly Rule[] = [
  {
    id: "balance",
    when: { kinds: ["balance"], severalRegions: true },
    architecture: "transactional-database",
    why: "what may never be spent twice, nor lost when a server fails, needs a transaction that a majority of regions agrees to before it is acknowledged",
  },
  {
    id: "balance-alone",
    when: { kinds: ["balance"], severalRegions: false },
    architecture: "transactional-database",
    why: "money must survive a failover, and Redis acknowledges a write before a replica has it",
  },
  {
    id: "alone",
    when: { severalRegions: false },
    architecture: "one-region",
    why: "where all that uses the data is in one region there is nothing to replicate between regions",
  },
  {
    id: "cache-expires",
    when: { kinds: ["cache"], freshness: ["later"] },
    architecture: "regional",
    why: "a regional cache is enough: it can be filled again, and a time to live keeps it within {stalenessMs}",
  },
  {
    id: "cache-told",
    when: { kinds: ["cache"], freshness: ["soon"] },
    architecture: "active-active",
    why: "a time to live under a second makes a poor cache: let each region's DEL or SET reach the others instead, in about {copyMs}",
  },
  {
    id: "cache-now",
    when: { kinds: ["cache"], freshness: ["now"] },
    architecture: "one-region",
    why: "no copy in another region can be that fresh: a cache helps only beside the source of its data",
  },
  {
    id: "fresh-and-lossless",
    when: { kinds: KEPT, freshness: ["now"], lostWrites: ["none"] },
    architecture: "transactional-database",
    why: "every read shows the last write and no failure takes one back: that takes agreement of a majority of regions on each write",
  },
  {
    id: "few-servers",
    when: { kinds: KEPT, budget: ["low"], lostWrites: ["seconds", "any"], reach: ["near", "unknown"] },
    architecture: "one-region",
    why: "the fewest servers, and no two versions of anything; a request from another region takes {centreMs} or more",
  },
  {
    id: "near-enough",
    when: { kinds: KEPT, budget: ["medium"], reach: ["near"], lostWrites: ["seconds", "any"] },
    architecture: "one-region",
    why: "a request may wait the {centreMs} to {centre}, so one region is enough, and nobody has two versions of anything",
  },
  {
    id: "fresh-and-near",
    when: { kinds: KEPT, freshness: ["now"], reach: ["near"], lostWrites: ["seconds", "any"] },
    architecture: "one-region",
    why: "all see the last write, and the {centreMs} to {centre} are within what a request may take",
  },
  {
    id: "session-may-end",
    when: { kinds: ["session"], lostWrites: ["any"] },
    architecture: "regional",
    why: "if a user may have to log in again after a move to another region, sessions need not travel",
  },
  {
    id: "session-now",
    when: { kinds: ["session"], freshness: ["now"] },
    architecture: "owned-keys",
    why: "a user's home region has the last write of the session; who is kept there reads and writes without leaving it",
  },
  {
    id: "stock-lossless",
    when: { kinds: ["stock"], lostWrites: ["none"] },
    architecture: "transactional-database",
    why: "a sale that is forgotten is sold again; if that may never be, a majority of regions has to agree to each",
  },
  {
    id: "stock-budget",
    when: { kinds: ["stock"], budget: ["high"], writtenIn: "all" },
    architecture: "transactional-database",
    why: "every region sells the last item once, in any failure, without a region being its owner",
  },
  {
    id: "queue-one-region",
    when: { kinds: ["queue"], writtenIn: "one", lostWrites: ["seconds", "any"] },
    architecture: "one-region",
    why: "jobs are made in one region: let them be worked on there, each once",
  },
  {
    id: "queue-may-end",
    when: { kinds: ["queue"], lostWrites: ["any"] },
    architecture: "regional",
    why: "jobs are worked on where they were made, each once; those of a region that fails may be lost",
  },
  {
    id: "queue-now",
    when: { kinds: ["queue"], freshness: ["now"] },
    architecture: "one-region",
    why: "workers that must all see the same queue at every moment must ask the same server",
  },
  {
    id: "queue-survives",
    when: { kinds: ["queue"] },
    architecture: "active-active",
    why: "each region hands in jobs without waiting, and when the region of the workers fails the jobs are in the others",
  },
  {
    id: "one-writer-now",
    when: { kinds: [...SHARED, "stock"], writtenIn: "one", freshness: ["now"] },
    architecture: "one-region",
    why: "only the region that writes can show the last write: a copy elsewhere is {copyMs} old or more",
  },
  {
    id: "one-writer-few-reads",
    when: { kinds: [...SHARED, "session"], writtenIn: "one", readsBelow: 50, lostWrites: ["seconds", "any"] },
    architecture: "one-region",
    why: "most requests are writes, and those are made in one region anyway: copies elsewhere would serve few",
  },
  {
    id: "one-writer",
    when: { kinds: [...SHARED, "session", "stock"], writtenIn: "one" },
    architecture: "active-passive",
    why: "one region writes, so there is nothing to merge: the others follow it and answer reads without leaving the region",
  },
  {
    id: "stock-now",
    when: { kinds: ["stock"], freshness: ["now"] },
    architecture: "owned-keys",
    why: "one region decides about each item, so the last one is sold once, and who asks there sees what is left now",
  },
  {
    id: "stock",
    when: { kinds: ["stock"] },
    architecture: "active-active",
    why: "each region sells from a share of its own (MERIDIAN.BOUNDED), at once and also during a cut, and the sum of all sales never passes the stock",
  },
  {
    id: "shared-now",
    when: { kinds: SHARED, freshness: ["now"] },
    architecture: "one-region",
    why: "a read that shows every write of every region has to go where all of them are made",
  },
  {
    id: "session",
    when: { kinds: ["session"] },
    architecture: "active-active",
    why: "a user who is sent to another region is logged in there, about {copyMs} after the last write, and stays so when a region fails",
  },
  {
    id: "counter",
    when: { kinds: ["counter"] },
    architecture: "active-active",
    why: "every region counts without waiting, and all increments sum, also those made during a cut",
  },
  {
    id: "leaderboard",
    when: { kinds: ["leaderboard"] },
    architecture: "active-active",
    why: "every region adds members and scores without waiting; ZINCRBYs sum, members unite",
  },
  {
    id: "flag",
    when: { kinds: ["flag"] },
    architecture: "active-active",
    why: "a flag can be turned off from any region, also while another is away; of two changes at once the later shows everywhere",
  },
];
