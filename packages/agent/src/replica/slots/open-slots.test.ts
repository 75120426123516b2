/** What peers are asked about open slots, without servers: a question is repeated until the peer has said where it stands. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { replicaLimits } from "../limits.js";
import { slotLimits, slotReplicaLimits } from "./limits.js";
import { OpenSlots } from "./open-slots.js";
import type { SlotContext } from "./slot-machine.js";

const SLOT = 77;
const OWN = "a~1";
const asked: string[] = [];
let open: OpenSlots | undefined;

afterEach(() => {
  open?.stop();
  asked.length = 0;
});

/** Of region a, which sends to b and c; what it would do elsewhere is only noted. */
function openSlots(): OpenSlots {
  const context = {
    slots: { call: () => Promise.resolve(["", "", OWN, "", "1000", [OWN, "5"]]) },
    links: { offer: (peer: string, slots: readonly number[]) => asked.push(`${peer} ${slots.join(" ")}`) },
    region: "a",
    limits: { ...replicaLimits, ...slotReplicaLimits },
    buckets: 1,
    regions: () => ["a", "b", "c"],
    mayWork: () => true,
    onEvent: () => undefined,
    raise: () => undefined,
    moved: () => undefined,
    ready: () => undefined,
    onProgress: () => undefined,
  };
  open = new OpenSlots(context as unknown as SlotContext, {
    sourcesOf: () => [],
    peersOf: () => ["b", "c"],
    share: () => 1,
    closed: () => undefined,
  });
  return open;
}

test("a peer is asked again as long as it has not said where it stands, also where nothing is known of it", async () => {
  const slots = openSlots();
  const machine = slots.open(SLOT);
  machine.peers.set("c", false);
  let nowMs = machine.askedMs;
  for (let times = 0; times < 2; times++) {
    nowMs += slotLimits.offerAfterMs + slotLimits.idleTickMs;
    slots.tick(nowMs);
    await nextTurn();
    expect(asked.splice(0).toSorted()).toEqual([`b ${SLOT}`, `c ${SLOT}`]);
  }
  machine.peers.set("b", true).set("c", true);
  slots.tick(nowMs + slotLimits.offerAfterMs + slotLimits.idleTickMs);
  await nextTurn();
  expect(asked).toEqual([]);
});
