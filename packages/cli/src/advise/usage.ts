/** What the application does with a kind of data in the architecture that is recommended: every line that holds. */
import type { When } from "./conditions.js";

export interface Usage {
  when: When;
  lines: readonly string[];
}

export const usages: readonly Usage[] = [
  {
    when: { kinds: ["cache"], architecture: ["regional", "active-active", "one-region"] },
    lines: ["SET cache:KEY VALUE PX TIME          with a time to live, always"],
  },
  {
    when: { kinds: ["cache"], architecture: ["active-active"] },
    lines: ["DEL cache:KEY                        where the source changes: it travels"],
  },
  {
    when: {
      kinds: ["session"],
      architecture: ["one-region", "regional", "active-passive", "active-active", "owned-keys"],
    },
    lines: ["SET session:ID VALUE EX 3600"],
  },
  {
    when: { kinds: ["counter"], architecture: ["one-region", "active-passive", "active-active"] },
    lines: ["INCRBY counter:NAME 1                never GET and SET"],
  },
  {
    when: { kinds: ["leaderboard"], architecture: ["one-region", "active-passive", "active-active"] },
    lines: ["ZINCRBY board POINTS PLAYER"],
  },
  {
    when: { kinds: ["flag"], architecture: ["one-region", "active-passive", "active-active"] },
    lines: ["SET flag:NAME on                     a key for each flag"],
  },
  {
    when: { kinds: ["queue"], architecture: ["one-region", "regional", "active-active"] },
    lines: ["RPUSH jobs JOB                       BLPOP jobs 5 by the workers"],
  },
  {
    when: { kinds: ["stock"], architecture: ["one-region", "active-passive", "owned-keys"] },
    lines: [
      "EVAL \"local n = tonumber(redis.call('GET', KEYS[1]) or '0')",
      "  if n < tonumber(ARGV[1]) then return -1 end",
      "  return redis.call('DECRBY', KEYS[1], ARGV[1])\" 1 stock:ITEM 1",
    ],
  },
  {
    when: { kinds: ["stock"], architecture: ["active-active"] },
    lines: [
      "MERIDIAN.BOUNDED CREATE stock:ITEM 100   once, in one region",
      "MERIDIAN.BOUNDED TAKE stock:ITEM 1       an error MERIDIAN_SOLDOUT says what is left elsewhere",
    ],
  },
  {
    when: { architecture: ["owned-keys"] },
    lines: [
      "owner of KEY = the region whose hash of REGION + KEY is the greatest (rendezvous hashing),",
      "or the home region that stands in the key; write at the owner's gateway only",
    ],
  },
  {
    when: { architecture: ["owned-keys"], freshness: ["now"] },
    lines: ["read at the owner's gateway as well: a copy may be older than you allow"],
  },
  {
    when: { architecture: ["active-passive"] },
    lines: ["everything to the gateway of the region: it sends writes to {centre}, wherever the primary is"],
  },
  {
    when: {
      architecture: ["active-active", "active-passive"],
      lostWrites: ["none"],
      kinds: ["session", "counter", "stock", "flag", "leaderboard", "queue"],
    },
    lines: ["WAIT 1 1000                          after a write, on the same connection"],
  },
];
