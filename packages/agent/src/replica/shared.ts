/** What the parts of the machine share: where this region stands, and the way out for commands. */
import { AlarmGate, alarmOf, type Alarm, type AlarmCode } from "./alarms.js";
import type { ReplicaLimits } from "./limits.js";
import type { Command, Payload, Standing } from "./protocol.js";
import { Held } from "./receiver-held.js";
import { highest } from "./vector.js";

export class Shared<P extends Payload> {
  readonly region: string;
  /** All regions that there are, in their order; those that are gone are none. */
  regions: readonly string[] = [];
  peers: readonly string[] = [];
  readonly limits: ReplicaLimits;
  /** Where this region stands; the origin that writes now stands at least there. */
  readonly vector = new Map<string, number>();
  /** What of it outlives a crash of the server. */
  durable: ReadonlyMap<string, number> = new Map();
  /** Where the state stands that is taken in: others are to keep their logs from there on. Empty: none is. */
  pinned: ReadonlyMap<string, number> = new Map();
  /** A state is needed, or taken in. */
  isCatchingUp = false;
  /** What has come and waits. */
  readonly held = new Held();
  /** The regions that we receive from right now. */
  readonly sources = new Set<string>();
  /** "" until the server's state is known. */
  ownOrigin = "";
  serverUp = false;
  /** The server's clock at its latest `state`. */
  serverNowMs = 0;
  commands: Command<P>[] = [];
  private readonly gate: AlarmGate;
  private identity = 0;

  constructor(region: string, regions: readonly string[], limits: ReplicaLimits) {
    this.region = region;
    this.setRegions(regions);
    this.limits = limits;
    this.gate = new AlarmGate(limits.alarmRepeatMs);
  }

  setRegions(regions: readonly string[]): void {
    this.regions = regions;
    this.peers = regions.filter((name) => name !== this.region);
  }

  /** For reads and applies: an answer to an older one is known by it. */
  nextId(): number {
    return ++this.identity;
  }

  standing(): Standing {
    return {
      ownOrigin: this.ownOrigin,
      applied: new Map(this.vector),
      durable: this.held.lower(this.pinned.size === 0 ? this.durable : highest(this.durable, this.pinned)),
      sources: [...this.sources],
    };
  }

  alarm(code: AlarmCode, about: { peer?: string; origin?: string }, detail: string, nowMs: number): Alarm {
    const alarm = alarmOf(code, about, detail);
    if (this.gate.admits(alarm, nowMs)) this.commands.push({ kind: "alarm", alarm });
    return alarm;
  }
}
