/** Which agent replicates, from the answers that each gets; the rule is lease.ts's, the answers are those of a model server. */
import { seededRandom, testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import { Lease, type AgentSeen, type BeatAnswer } from "./lease.js";
import { agentsLimits } from "./limits.js";

const { beatEveryMs, activeMs, beatsUnmovedMax } = agentsLimits;

/** As the core's agents.ts. */
class ModelSeat {
  private holder = "";
  private wasLeft = false;
  private serial = 1000;
  private heardMs = new Map<string, number>();

  beat(id: string, claim: string, nowMs: number): BeatAnswer {
    if (this.holder === id || claim === String(this.serial)) {
      this.holder = id;
      this.wasLeft = false;
      this.serial++;
    }
    this.heardMs.set(id, nowMs);
    const agents = [...this.heardMs].map(([name, atMs]): AgentSeen => ({ id: name, about: name, agoMs: nowMs - atMs }));
    return { holder: this.holder, wasLeft: this.wasLeft, serial: String(this.serial), agents };
  }

  leave(id: string): void {
    this.heardMs.delete(id);
    if (this.holder !== id) return;
    this.holder = "";
    this.wasLeft = true;
    this.serial++;
  }

  restart(): void {
    this.holder = "";
    this.wasLeft = false;
    this.serial += 1_000_000;
    this.heardMs.clear();
  }
}

const nobodyEnded = (): boolean => false;

/** A sign of life, and a second one where the first answer lets it claim the place. */
function beat(lease: Lease, seat: ModelSeat, nowMs: number): void {
  lease.answered(seat.beat(lease.id, "", nowMs), nowMs);
  const { claim } = lease;
  if (claim !== "") lease.answered(seat.beat(lease.id, claim, nowMs), nowMs);
}

function pair(hasEnded: (about: string) => boolean = nobodyEnded) {
  const seat = new ModelSeat();
  const [one, other] = [new Lease("one", nobodyEnded), new Lease("other", hasEnded)];
  beat(one, seat, 0);
  beat(other, seat, 0);
  beat(one, seat, beatEveryMs);
  return { seat, one, other };
}

test("the first one replicates at once, a second stands by for as long as that one lives", () => {
  const { seat, one, other } = pair();
  for (let beats = 2; beats < 50; beats++) {
    beat(one, seat, beats * beatEveryMs);
    beat(other, seat, beats * beatEveryMs);
    expect([one.isActive(beats * beatEveryMs), other.isActive(beats * beatEveryMs)]).toEqual([true, false]);
  }
  expect([one.others, other.others, other.holder]).toEqual([1, 1, "one"]);
});

test("of one that is silent the other takes the place, and not before that has stood down", () => {
  const { seat, one, other } = pair();
  let nowMs = beatEveryMs;
  while (!other.isActive(nowMs)) {
    nowMs += beatEveryMs;
    beat(other, seat, nowMs);
  }
  expect(nowMs).toBeGreaterThanOrEqual(beatEveryMs + activeMs);
  expect(nowMs).toBeLessThanOrEqual(beatEveryMs * (beatsUnmovedMax + 3));
  expect(one.isActive(nowMs)).toBe(false);
  beat(one, seat, nowMs);
  expect([one.isActive(nowMs), other.isActive(nowMs)]).toEqual([false, true]);
});

test("who left, or whose process has ended, is followed at once", () => {
  const left = pair();
  left.seat.leave("one");
  left.one.left();
  beat(left.other, left.seat, 600);
  expect([left.one.isActive(600), left.other.isActive(600)]).toEqual([false, true]);
  const killed = pair((about) => about === "one");
  beat(killed.other, killed.seat, 600);
  expect(killed.other.isActive(600)).toBe(true);
});

test("a server that starts anew is left to whoever was active, for a while", () => {
  const { seat, one, other } = pair();
  seat.restart();
  beat(other, seat, 1000);
  beat(one, seat, 1100);
  beat(other, seat, 1500);
  expect([one.isActive(1500), other.isActive(1500)]).toEqual([true, false]);
  seat.restart();
  for (let nowMs = 2000; nowMs < 3600; nowMs += beatEveryMs) beat(other, seat, nowMs);
  expect(other.isActive(3500)).toBe(true);
});

test("an agent alone works on while its server is away", () => {
  const seat = new ModelSeat();
  const lease = new Lease("one", nobodyEnded);
  beat(lease, seat, 0);
  expect(lease.isActive(1_000_000)).toBe(true);
});

test(`however late answers are, two are never active at once, and one is when all is calm (SEED=${testSeed()})`, () => {
  const random = seededRandom(testSeed());
  const seat = new ModelSeat();
  const all = ["a", "b", "c"].map((id) => ({ lease: new Lease(id, nobodyEnded), nextMs: 0, asleepUntilMs: 0 }));
  let moves = 0;
  let before: string | undefined;
  for (let nowMs = 0; nowMs < 160_000; nowMs += 10) {
    for (const agent of all) {
      const isStorm = nowMs < 140_000;
      if (isStorm && random.chance(0.001)) agent.asleepUntilMs = nowMs + random.integer(0, 9000);
      if (nowMs < agent.nextMs || nowMs < agent.asleepUntilMs) continue;
      // The answer may come late; what it says was so when the server answered.
      const lateMs = isStorm && random.chance(0.05) ? random.integer(0, 2000) : 0;
      beat(agent.lease, seat, nowMs);
      agent.nextMs = nowMs + lateMs + beatEveryMs;
    }
    const active = all.filter(({ lease, asleepUntilMs }) => asleepUntilMs <= nowMs && lease.isActive(nowMs));
    // Who was taken over from learns of it with its next sign of life: until then it may only be one that was late.
    expect(active.length, `at ${nowMs} ms`).toBeLessThanOrEqual(1);
    const [now] = active.map(({ lease }) => lease.id);
    if (now !== undefined && now !== before) moves++;
    before = now ?? before;
  }
  expect(all.filter(({ lease }) => lease.isActive(160_000))).toHaveLength(1);
  expect(moves).toBeGreaterThan(5);
});
