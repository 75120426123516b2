/**
 * What happens in a storm: faults in random order, by a seed. Two go on at a time: one of processes and clocks, one of
 * lines. Each kind comes once before any comes again; where there are clusters, those of slots come first.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { SeededRandom } from "@meridian/testkit";
import type { Book } from "./book.js";
import type { FaultyRegion } from "./deployment.js";
import type { Ground } from "./ground.js";

type Fault = (random: SeededRandom) => Promise<void>;
type Span = { readonly min: number; readonly max: number };

const HOUR_MS = 3_600_000;
const HELD_MS: Span = { min: 500, max: 3000 };
const LINE_MS: Span = { min: 300, max: 2500 };
const PAUSE_MS: Span = { min: 100, max: 800 };
const LOST_MS: Span = { min: 200, max: 1200 };
const LOSS_RATE = 0.2;
const SLOW_BYTES_PER_SECOND = 20_000;

export class Weather {
  private readonly stopping = new AbortController();
  private readonly lanes: Promise<void>[] = [];
  private failure: unknown;

  /** `tell`: of each fault as it begins, of what kind, and where. */
  constructor(
    private readonly ground: Ground,
    private readonly book: Book,
    private readonly random: SeededRandom,
    private readonly tell: (kind: string, where: string) => void,
  ) {}

  begin(): void {
    const ofProcesses = [this.ofSlots(), this.ofProcesses()];
    this.lanes.push(this.run(ofProcesses, this.random.fork()), this.run([this.ofLines()], this.random.fork()));
  }

  /** Ends with everything mended, running, and all clocks the same. */
  async end(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.lanes);
    if (this.failure !== undefined) throw this.failure as Error;
    this.ground.deployment.mendAll();
  }

  private async run(kinds: readonly (readonly Fault[])[], random: SeededRandom): Promise<void> {
    try {
      while (!this.stopping.signal.aborted) {
        for (const fault of kinds.flatMap((faults) => random.shuffle(faults))) {
          if (this.stopping.signal.aborted) return;
          await fault(random);
          await this.rest(random, PAUSE_MS);
        }
      }
    } catch (error) {
      this.failure ??= error;
    }
  }

  /** Shorter where the storm ends. */
  private async rest(random: SeededRandom, { min, max }: Span): Promise<void> {
    await delay(random.integer(min, max), undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private aRegion(random: SeededRandom): FaultyRegion {
    return random.pick(this.ground.deployment.regions);
  }

  private ofProcesses(): Fault[] {
    const faults: Fault[] = [
      (random) => this.killServer(random, 0),
      (random) => this.killServer(random, random.integer(LOST_MS.min, LOST_MS.max)),
      (random) => this.holdUp(random, "server"),
      (random) => this.killAgent(random),
      (random) => this.holdUp(random, "agent"),
    ];
    if (!this.ground.hasClocks) return faults;
    return [...faults, (random) => this.clockBack(random), (random) => this.clockAhead(random)];
  }

  private async killServer(random: SeededRandom, lostMs: number): Promise<void> {
    const { ground, book } = this;
    const region = this.aRegion(random);
    const victim = random.pick(await ground.victims(region));
    const killedMs = performance.now();
    const lost = await victim.powerCut(lostMs);
    this.tell(lostMs === 0 ? "server killed" : "power cut", `${victim.text}, ${lost.bytes} bytes lost`);
    const others = ground.deployment.regions.filter((other) => other !== region);
    const survivors = (await Promise.all(others.map((other) => other.primaries()))).flat();
    await book.serverDied(region.name, ground.deathOf(victim, killedMs, lost.sinceMs), survivors);
    await this.rest(random, LINE_MS);
    await victim.restart();
  }

  private async killAgent(random: SeededRandom): Promise<void> {
    const region = this.aRegion(random);
    this.tell("agent killed", region.name);
    await region.killAgent();
    await this.rest(random, PAUSE_MS);
    await region.startAgent();
  }

  private async holdUp(random: SeededRandom, which: "server" | "agent"): Promise<void> {
    const region = this.aRegion(random);
    const victim = random.pick(await this.ground.victims(region));
    const pid = which === "server" ? victim.pid : region.agent.child.pid!;
    this.tell(`${which} held up`, which === "server" ? victim.text : region.name);
    process.kill(pid, "SIGSTOP");
    await this.rest(random, HELD_MS);
    process.kill(pid, "SIGCONT");
    await region.cluster?.settled();
  }

  private ofSlots(): Fault[] {
    const { ground } = this;
    const { clusters, withReplicas } = ground;
    const faults: Fault[] = [];
    if (clusters.length > 0) {
      faults.push(async (random) => this.tell("slots moved", await ground.moveSlots(random.pick(clusters), random)));
    }
    if (withReplicas.length > 0) {
      faults.push(async (random) => this.tell("failover", await ground.failover(random.pick(withReplicas), random)));
    }
    return faults;
  }

  private async clockBack(random: SeededRandom): Promise<void> {
    const { ground } = this;
    const region = this.aRegion(random);
    this.tell("clock an hour back", region.name);
    const before = ground.clockOf(region);
    ground.setClock(region, before - HOUR_MS);
    await this.rest(random, HELD_MS);
    ground.setClock(region, before);
  }

  /** What was stamped ahead is waited for until the hour is over: here, until all other clocks are set to that one. */
  private async clockAhead(random: SeededRandom): Promise<void> {
    const { ground } = this;
    const region = this.aRegion(random);
    this.tell("clock an hour ahead", region.name);
    const ahead = ground.clockOf(region) + HOUR_MS;
    ground.setClock(region, ahead);
    await this.rest(random, HELD_MS);
    for (const other of ground.deployment.regions) ground.setClock(other, ahead);
  }

  private ofLines(): Fault[] {
    const { deployment } = this.ground;
    const both = (a: string, b: string) => [deployment.line(a, b), deployment.line(b, a)];
    const faults: [string, (a: string, b: string, c: string) => void][] = [
      ["line cut", (a, b) => deployment.cut(a, b)],
      ["region cut off", (a, b, c) => [b, c].forEach((other) => deployment.cut(a, other))],
      ["line half open", (a, b) => both(a, b).forEach(({ held }) => held.add("in").add("out"))],
      ["line one way", (a, b) => [deployment.line(a, b).held.add("in"), deployment.line(b, a).held.add("out")]],
      ["line slow", (a, b) => both(a, b).forEach((line) => (line.shape = { bytesPerSecond: SLOW_BYTES_PER_SECOND }))],
      ["line loses packets", (a, b) => both(a, b).forEach((line) => (line.shape = { lossRate: LOSS_RATE }))],
    ];
    return faults.map(([kind, begin]) => async (random) => {
      const [a = "", b = "", c = ""] = random.shuffle(deployment.regions).map(({ name }) => name);
      this.tell(kind, `${a} ${b}`);
      begin(a, b, c);
      await this.rest(random, LINE_MS);
      deployment.mendAll();
    });
  }
}
