/** What would go wrong with each architecture that is not recommended: of each, the first objection that holds. */
import type { ArchitectureId } from "./architectures.js";
import type { When } from "./conditions.js";

export interface Objection {
  when: When;
  text: string;
}

const ALONE: Objection = { when: { severalRegions: false }, text: "there is only one region: nothing to gain" };

export const objections: Readonly<Record<ArchitectureId, readonly Objection[]>> = {
  "one-region": [
    {
      when: { kinds: ["balance"] },
      text: "Redis acknowledges a write before a replica has it, so a failover takes back money that was acknowledged",
    },
    {
      when: { lostWrites: ["none"] },
      text: "when {centre} is gone for good, all that no other region holds is gone with it",
    },
    { when: { kinds: ["cache"] }, text: "a cache that is {centreMs} away saves little" },
    {
      when: { kinds: ["queue"] },
      text: "handing in a job takes {centreMs} or more from elsewhere, and no job can be handed in while {centre} is away",
    },
    {
      when: {},
      text: "each request from elsewhere takes up to {centreMs} or more, and every region stands still while {centre} is away",
    },
  ],
  regional: [
    ALONE,
    { when: { kinds: ["balance"] }, text: "each region has a balance of its own, and the whole can be spent in each" },
    {
      when: { kinds: ["stock"] },
      text: "each region sells a stock of its own: the whole in each is sold twice, and of shares one sells out while another has some left",
    },
    { when: { kinds: ["counter", "leaderboard"] }, text: "each region knows its own numbers only; nobody has the sum" },
    {
      when: { kinds: ["flag"] },
      text: "a flag has to be set in each region, and the one that is missed stays as it was",
    },
    {
      when: { kinds: ["session"] },
      text: "who is sent to another region is logged out, and so is everybody of a region that fails",
    },
    { when: { kinds: ["queue"] }, text: "the jobs of a region that fails wait until it is back, or are gone with it" },
    {
      when: { kinds: ["cache"] },
      text: "nobody tells a region what changed in another: it shows the old value until it expires",
    },
  ],
  "active-passive": [
    ALONE,
    {
      when: { kinds: ["balance"] },
      text: "the replica that is promoted lacks the last writes: money that was acknowledged is gone",
    },
    {
      when: { kinds: ["stock"], lostWrites: ["none"] },
      text: "the replica that is promoted may lack the last sales: they are sold again",
    },
    {
      when: { kinds: ["cache"] },
      text: "each fill from another region is a write to {centre}, {centreMs} or more away",
    },
    {
      when: { kinds: ["queue"] },
      text: "taking a job is a write: workers elsewhere wait {centreMs} or more for each, and replicas help nobody",
    },
    {
      when: { freshness: ["now"] },
      text: "a replica shows a write after half a round trip or more, and during a cut not at all",
    },
    {
      when: { writtenIn: "all" },
      text: "a write from elsewhere takes {centreMs} or more, and none is possible while {centre} is away, until another region takes over",
    },
    { when: {}, text: "a server in each region, for reads that can as well go to {centre}" },
  ],
  "active-active": [
    ALONE,
    {
      when: { kinds: ["balance"] },
      text: "two regions may spend the same money at once: each sees enough, and after the merge the balance is below zero",
    },
    {
      when: { kinds: ["stock"], writtenIn: "all" },
      text: "a sale that had not left its region is forgotten with it, and sold again; and a region sells out while another has some of its share left",
    },
    {
      when: { freshness: ["now"] },
      text: "a write shows elsewhere after {copyMs} at the earliest: a read before that misses it",
    },
    { when: { kinds: ["cache"] }, text: "an agent, metadata and a log in each region, for what can be filled again" },
    { when: { budget: ["low"] }, text: "a server and an agent in each region: more than the budget is for" },
    {
      when: { budget: ["medium"], reach: ["near"] },
      text: "it answers within each region, also while another is away; but where a request may wait for {centre}, a server and an agent in each region are more than is needed",
    },
    { when: { writtenIn: "one" }, text: "it works, but with one region that writes there is nothing to merge" },
    {
      when: { kinds: ["queue"] },
      text: "workers in two regions may take the same job at once: at least once, not exactly once",
    },
    { when: {}, text: "a server and an agent in each region, to keep what may as well be lost" },
  ],
  "owned-keys": [
    ALONE,
    {
      when: { kinds: ["balance"] },
      text: "a transfer between two owners is two steps that may be torn, and a region that takes over lacks the last writes",
    },
    {
      when: {
        lostWrites: ["none"],
        kinds: ["session", "stock", "counter", "flag", "leaderboard", "queue"],
        freshness: ["now"],
      },
      text: "a region that takes over for an owner that failed may lack its last writes",
    },
    {
      when: { kinds: ["stock"], lostWrites: ["none"] },
      text: "a region that takes over for an owner that failed may lack its last sales: they are sold again",
    },
    {
      when: { kinds: ["stock"], budget: ["high"] },
      text: "the items of an owner that is away can't be sold, or may be sold twice when another takes over",
    },
    {
      when: { kinds: ["stock"], writtenIn: "all", freshness: ["soon", "later"] },
      text: "a sale from elsewhere takes up to {farthestMs} or more, and the items of an owner that is away can't be sold",
    },
    { when: { kinds: ["cache"] }, text: "asking the owner, {farthestMs} away, costs as much as asking the source" },
    { when: { budget: ["low"] }, text: "a server and an agent in each region: more than the budget is for" },
    { when: { writtenIn: "one" }, text: "with one region that writes, that region owns everything already" },
    {
      when: { kinds: ["queue"] },
      text: "it is what workers in one region are, with routing in the application on top",
    },
    {
      when: { kinds: ["counter"] },
      text: "increments need no owner to sum up, and a counter whose owner is away can't be counted up",
    },
    { when: { kinds: ["leaderboard"] }, text: "a leaderboard is one key: all its writes would go to one region" },
    { when: { kinds: ["flag"] }, text: "a flag could not be turned off while its owner is away" },
    {
      when: { kinds: ["session"] },
      text: "a user who moves writes to the home region, up to {farthestMs} or more away",
    },
    { when: {}, text: "routing in the application, for what one region can decide by itself" },
  ],
  "transactional-database": [
    { when: { severalRegions: false }, text: "slower, and another system to run, for what Redis does here" },
    {
      when: { kinds: ["cache"] },
      text: "each fill is a commit of {commitMs} to {commitFarthestMs} or more, for what can be filled again",
    },
    { when: { budget: ["low"] }, text: "a cluster across regions: more than the budget is for" },
    {
      when: { kinds: ["queue"] },
      text: "handing in and taking a job are commits of {commitMs} to {commitFarthestMs} or more",
    },
    {
      when: {},
      text: "each write waits {commitMs} to {commitFarthestMs} or more for a majority of regions, and it is another system to run",
    },
  ],
};
