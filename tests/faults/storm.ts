/**
 * Checked clients write in all regions while everything breaks: processes are killed and stopped, lines are cut, held, one
 * way only and lossy. Then all is mended, and what is left is held against what was acknowledged.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { SeededRandom } from "@meridian/testkit";
import { faultsIn, unitsIn } from "./checks.js";
import { contentOf } from "./content.js";
import type { Deployment, FaultyRegion } from "./deployment.js";
import { Writer, type Acknowledged } from "./writers.js";

/** With "everysec" a server that is killed may have lost what it wrote for so long, and what reached nobody is gone. */
const UNSYNCED_MS = 3000;
/** Between two kills of servers: what one lost, another one has on its disk by then. */
const BETWEEN_KILLS_MS = 6000;

export interface StormReport {
  readonly events: ReadonlyMap<string, number>;
  readonly acknowledged: number;
  readonly failures: number;
  /** Acknowledged shortly before the server was killed that took them, and known to nobody. */
  readonly lost: number;
  /** Everything that is wrong. */
  readonly faults: readonly string[];
}

interface Kill {
  readonly region: string;
  readonly atMs: number;
  /** Of its own units, those that others showed when it was dead. */
  readonly survivors: ReadonlySet<string>;
}

type Fault = readonly [name: string, run: () => Promise<void>];

export class Storm {
  readonly events = new Map<string, number>();
  private readonly kills: Kill[] = [];
  private readonly writers = new Map<string, Writer>();
  private killedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly deployment: Deployment,
    private readonly random: SeededRandom,
    /** What happens, as it does. */
    private readonly tell: (what: string) => void = () => undefined,
  ) {}

  async run(forMs: number): Promise<StormReport> {
    const { deployment, random } = this;
    for (const region of deployment.regions) {
      this.writers.set(region.name, new Writer(region.client(), region.name, random));
    }
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs) {
      await delay(random.integer(100, 500));
      const [name, run] = this.fault();
      this.events.set(name, (this.events.get(name) ?? 0) + 1);
      this.tell(name);
      await run();
    }
    deployment.mendAll();
    await deployment.linksUp();
    for (const writer of this.writers.values()) await writer.stop();
    const content = await deployment.agreed();
    return this.report(content);
  }

  private fault(): Fault {
    const { random, deployment } = this;
    const region = random.pick(deployment.regions);
    const other = random.pick(deployment.regions.filter((one) => one !== region));
    const pauseMs = random.integer(200, 1500);
    const faults: Fault[] = [
      ["an agent is killed", () => this.killAgent(region, pauseMs)],
      ["an agent stands still", () => stopped(region.agent.child.pid!, pauseMs)],
      ["a server stands still", () => stopped(region.server.pid, pauseMs)],
      ["a line is cut", () => this.lineFault(region, other, pauseMs, (a, b) => this.deployment.cut(a, b))],
      ["a line is half open", () => this.lineFault(region, other, pauseMs, (a, b) => this.hold(a, b, ["in", "out"]))],
      ["a line carries one way", () => this.lineFault(region, other, pauseMs, (a, b) => this.hold(a, b, ["in"]))],
      ["a line loses packets", () => this.lineFault(region, other, pauseMs, (a, b) => this.lose(a, b))],
    ];
    if (performance.now() - this.killedAtMs > BETWEEN_KILLS_MS) {
      for (let weight = 0; weight < 3; weight++) {
        faults.push(["a server is killed", () => this.killServer(region, pauseMs)]);
      }
    }
    return random.pick(faults);
  }

  private async killAgent(region: FaultyRegion, pauseMs: number): Promise<void> {
    await region.killAgent();
    await delay(pauseMs);
    await region.startAgent();
  }

  private async killServer(region: FaultyRegion, pauseMs: number): Promise<void> {
    this.killedAtMs = performance.now();
    await region.server.kill9();
    const others = this.deployment.regions.filter((one) => one !== region);
    const survivors = new Set<string>();
    for (const other of others) {
      for (const unit of unitsIn(await contentOf(other.native()))) survivors.add(unit);
    }
    this.kills.push({ region: region.name, atMs: this.killedAtMs, survivors });
    await delay(pauseMs);
    await region.server.restart();
    this.killedAtMs = performance.now();
  }

  /** Lasts a while, and then the line is as it was. */
  private async lineFault(
    region: FaultyRegion,
    other: FaultyRegion,
    forMs: number,
    begin: (a: string, b: string) => void,
  ): Promise<void> {
    begin(region.name, other.name);
    await delay(forMs);
    this.deployment.mend(region.name, other.name);
  }

  private hold(a: string, b: string, directions: readonly ("in" | "out")[]): void {
    for (const direction of directions) this.deployment.line(a, b).held.add(direction);
    if (directions.length > 1) for (const direction of directions) this.deployment.line(b, a).held.add(direction);
  }

  private lose(a: string, b: string): void {
    for (const line of [this.deployment.line(a, b), this.deployment.line(b, a)]) line.shape = { lossRate: 0.2 };
  }

  private report(content: ReadonlyMap<string, unknown>): StormReport {
    const there = unitsIn(content);
    const faults = faultsIn(content);
    let [acknowledged, failures, lost] = [0, 0, 0];
    for (const [name, writer] of this.writers) {
      failures += writer.failures;
      acknowledged += writer.acknowledged.length;
      for (const one of writer.acknowledged) {
        if (there.has(one.unit)) continue;
        if (this.mayBeLost(name, one)) lost++;
        else faults.push(`${one.unit} was acknowledged, and is not there`);
      }
    }
    return { events: this.events, acknowledged, failures, lost, faults };
  }

  private mayBeLost(region: string, { unit, atMs }: Acknowledged): boolean {
    return this.kills.some(
      (kill) =>
        kill.region === region && kill.atMs >= atMs && kill.atMs - atMs < UNSYNCED_MS && !kill.survivors.has(unit),
    );
  }
}

async function stopped(pid: number, forMs: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await delay(forMs);
  process.kill(pid, "SIGCONT");
}
