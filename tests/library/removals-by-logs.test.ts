/**
 * A removal that looks at what the logs name, and one that looks at each part, leave the same: whole runs of the simulator are
 * made both ways, and replies and states compared after each call, to the last byte. And where something is left out of what
 * the logs name, the comparison notices.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import type * as unseenModule from "../../packages/core/src/log/unseen.js";
import { unseenLimits, type Unseen } from "../../packages/core/src/log/unseen.js";
import type { RunOptions } from "../../sim/src/swarm.js";
import { differences, stateOfModel } from "./normal-form.js";
import { record, type Event } from "./recording.js";
import type { Plain } from "./support.js";

const broken = vi.hoisted<{ isLeftOut: ((unseen: Unseen, own: number) => boolean) | undefined }>(() => ({
  isLeftOut: undefined,
}));

vi.mock("../../packages/core/src/log/unseen.js", async (original) => {
  const real = await original<typeof unseenModule>();
  return {
    ...real,
    unseenOf: (...args: Parameters<typeof real.unseenOf>) => {
      const { isLeftOut } = broken;
      const unseen = real.unseenOf(...args);
      return isLeftOut === undefined ? unseen : unseen?.filter((one) => !isLeftOut(one, args[0].own));
    },
  };
});

const STEPS = 200;
const usual = { ...unseenLimits };

afterEach(() => {
  Object.assign(unseenLimits, usual);
  broken.isLeftOut = undefined;
});

const WHOLE = { partsMin: Infinity };
/** By the logs however small the value, and where little of them may be read. */
const BY_LOGS = { partsMin: 1, rowsPerPart: 10000, bytesPerPart: 1e7, partsPerField: 0, partsPerPlace: 0 };
const BY_SHORT_LOGS = { partsMin: 2, rowsPerPart: 1, bytesPerPart: 100, partsPerField: 1, partsPerPlace: 1 };

function recorded(limits: Partial<typeof usual>, seed: number, options: RunOptions): Map<string, Event[]> {
  Object.assign(unseenLimits, limits);
  return record(seed, STEPS, options);
}

/** Where two runs first differ; undefined where they don't. */
function difference(left: Map<string, Event[]>, right: Map<string, Event[]>): string | undefined {
  for (const [region, events] of left) {
    const others = right.get(region) ?? [];
    for (const [at, event] of events.entries()) {
      const other = others[at];
      if (event.kind !== "call" || other?.kind !== "call") continue;
      const lines = differences(stateOfModel(event.after, event.nowMs), stateOfModel(other.after, other.nowMs));
      if (JSON.stringify(ordered(event)) !== JSON.stringify(ordered(other))) lines.push("the replies");
      if (lines.length > 0) return `${region}, call ${at}: ${JSON.stringify(event.args)}\n${lines.join("\n")}`;
    }
    if (events.length !== others.length) return `${region}: ${events.length} events, and ${others.length}`;
  }
  return undefined;
}

/** What `inspect` and `export` tell of a hash has the order of the hash; what was exported shows in the region that takes it in. */
function ordered({ args, reply }: Event & { kind: "call" }): Plain {
  if (args[0] === "export") return "";
  return args[0] === "inspect" && typeof reply === "string" ? [...reply].toSorted().join("") : reply;
}

const one = { counter: 1, hash: 1, set: 1, zset: 1, list: 1, stream: 1, hll: 0, string: 0.5, bits: 0, geo: 0, sort: 0 };
const mixes: Record<string, RunOptions> = {
  "keys removed all the time": { weights: { ...one, key: 4, ttl: 1, store: 1, flush: 0.3 } },
  "hashes, sets and sorted sets": {
    weights: { ...one, list: 0, stream: 0, hash: 5, set: 5, zset: 5, counter: 3, key: 3, ttl: 1 },
  },
  lists: { weights: { ...one, list: 9, key: 3, ttl: 1 } },
  streams: { weights: { ...one, stream: 9, key: 3, ttl: 1 } },
  "state taken in": { stateSync: true, weights: { ...one, key: 4, ttl: 1 } },
};

describe.each(Object.entries(mixes))("%s", (_name, options) => {
  test.each([1, 2, 3, 4, 5])(
    "seed %d",
    (seed) => {
      const whole = recorded(WHOLE, seed, options);
      expect(difference(whole, recorded(BY_LOGS, seed, options))).toBeUndefined();
      expect(difference(whole, recorded(BY_SHORT_LOGS, seed, options))).toBeUndefined();
    },
    120_000,
  );
});

const leftOut: Record<string, NonNullable<typeof broken.isLeftOut>> = {
  "what was written here": ({ origin }, own) => origin === own,
  "what a third region wrote": ({ origin }, own) => origin !== own,
  "whole values": ({ operation }) => operation[0] === "P",
  increments: ({ operation }) => operation[0] === "I" || operation[0] === "J",
  "insertions into lists": ({ operation }) => operation[0] === "N",
  "entries of streams": ({ operation }) => operation[0] === "a",
};

test.each(Object.entries(leftOut))(
  "notices where the logs are taken not to hold %s",
  (_name, isLeftOut) => {
    const noticed = Object.values(mixes).some((options) =>
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].some((seed) => {
        broken.isLeftOut = undefined;
        const whole = recorded(WHOLE, seed, options);
        broken.isLeftOut = isLeftOut;
        return difference(whole, recorded(BY_LOGS, seed, options)) !== undefined;
      }),
    );
    expect(noticed).toBe(true);
  },
  240_000,
);
