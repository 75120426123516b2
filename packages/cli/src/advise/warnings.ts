/** What to mind with a recommendation, every one that holds: limits, and what this version of Meridian does not do. */
import type { When } from "./conditions.js";

export interface Warning {
  when: When;
  text: string;
}

export const warnings: readonly Warning[] = [
  {
    when: { architecture: ["transactional-database"], budget: ["low"] },
    text: "it costs more than a low budget is for; nothing that is cheaper is right here",
  },
  {
    when: { architecture: ["transactional-database"], twoRegions: true },
    text: "two regions have no majority when one of them fails: place a third voter in another region",
  },
  {
    when: { architecture: ["transactional-database"], kinds: ["stock"] },
    text: "what a page shows may come from a regional cache; what is sold is decided in the database",
  },
  {
    when: {
      architecture: ["one-region"],
      severalRegions: true,
      kinds: ["session", "counter", "stock", "flag", "leaderboard", "queue"],
    },
    text: "while {centre} is away nobody is served, until a person promotes the plain replica in another region. If that may not be, say --budget high, or a shorter --latency",
  },
  {
    when: { architecture: ["one-region"], severalRegions: false, lostWrites: ["none"] },
    text: "with one region nothing outlives it but a backup elsewhere; WAIT 1 after a write has a replica hold it here",
  },
  {
    when: { architecture: ["one-region"], kinds: ["cache"], severalRegions: true },
    text: "use it in the region of the data's source; elsewhere ask the source itself",
  },
  {
    when: { architecture: ["active-passive"] },
    text: "who writes and reads at once from elsewhere may not find it yet: read within MULTI, which goes to {centre}",
  },
  {
    when: { architecture: ["active-passive"] },
    text: "while {centre} is away nobody writes, until another region takes over: try that out before you need it",
  },
  {
    when: {
      architecture: ["active-active"],
      bounded: true,
      kinds: ["session", "counter", "stock", "flag", "leaderboard"],
    },
    text: "no copy keeps to {stalenessMs} while a link is cut: watch the lag, and decide what to do beyond it",
  },
  {
    when: { architecture: ["active-active", "owned-keys"], twoRegions: true },
    text: "with two regions, one that is away keeps the other's log growing, in its memory, until it is back",
  },
  {
    when: { architecture: ["active-active", "active-passive"], lostWrites: ["none"] },
    text: "WAIT that answers 0 means: written here, held nowhere else yet. The write stays; it is not undone",
  },
  {
    when: { architecture: ["active-active"], kinds: ["session"] },
    text: "let a user stay in one region while it is there. A session is one value: of two versions the later shows. A logout that must be final: SADD revoked SESSION, and look there",
  },
  {
    when: { architecture: ["active-active"], kinds: ["counter"] },
    text: "what must not pass a limit is no counter: regions look at their own number only. MERIDIAN.BOUNDED divides a limit among them",
  },
  {
    when: { architecture: ["active-active"], kinds: ["stock"] },
    text: "a region may be sold out while others have some left: it says so, and agents bring shares to where they are asked for. After a crash its share rests for some ten minutes",
  },
  {
    when: { architecture: ["active-active"], kinds: ["leaderboard"] },
    text: "ZADD GT looks at the score that is here: of two at once the later shows, not the greater. ZINCRBY sums",
  },
  {
    when: { architecture: ["active-active"], kinds: ["queue"] },
    text: "let the workers of a queue run in one region, and in another when that is gone; let the work of a job be the same when it is done twice",
  },
  {
    when: { architecture: ["active-active"], kinds: ["cache"] },
    text: "a server of Meridian may not evict (maxmemory-policy noeviction): give every entry a time to live, and memory for all",
  },
  {
    when: { architecture: ["owned-keys"] },
    text: "Meridian does not route to the owner: the application does. While an owner is away its keys can be read, not written",
  },
  {
    when: { architecture: ["owned-keys"], kinds: ["stock"] },
    text: "let another region take over only when the owner surely sells no more; sales that had not reached it may be sold again.",
  },
  {
    when: { architecture: ["owned-keys"], kinds: ["session"] },
    text: "who takes over for an owner that failed may lack the writes of the last {copyMs}: the user repeats a step or logs in again",
  },
  {
    when: { architecture: ["regional"], kinds: ["cache"], lostWrites: ["none", "seconds"] },
    text: "what is in it is lost with its server: what can't be made again is no cache",
  },
  {
    when: { kinds: ["cache"], readsBelow: 50 },
    text: "it is written more often than it is read: a cache of that kind saves nothing",
  },
];
