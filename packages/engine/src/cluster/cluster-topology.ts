/**
 * The primaries of a cluster, asked for again and again: of the primaries themselves, and where none of them finds the cluster
 * well, of every node that was heard of.
 */
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { CONTROL_SLOT } from "@meridian/core";
import { addressText, connectTo, type Address } from "../address.js";
import { EngineError } from "../errors.js";
import { limits } from "../limits.js";
import { Asker, type Silence } from "../primary/asker.js";
import type { Finding } from "../requirements.js";
import { askView, ownersBy, type ClusterView } from "./cluster-view.js";
import type { Place, Topology } from "./topology.js";

const WAITS_MS = { silent: limits.answerMsMax, loading: limits.loadMsMax, refused: 0 } as const;

export class ClusterTopology extends EventEmitter implements Topology {
  places: readonly Place[] = [];
  private known: Address[];
  private readonly asker = new Asker();
  private readonly halt = new AbortController();
  private looking: Promise<void> | undefined;
  private key = "";
  /** Of the latest look that found nothing. */
  private failure: { problem: string; why: Silence } | undefined;
  private isReported = false;

  private constructor(private readonly seeds: readonly Address[]) {
    super();
    this.known = [...seeds];
  }

  /** Rejects where no node tells of a primary: MERIDIAN_NOPRIMARY. */
  static async start(seeds: readonly Address[]): Promise<ClusterTopology> {
    const topology = new ClusterTopology(seeds);
    try {
      await topology.find();
    } catch (error) {
      topology.stop();
      throw error;
    }
    void topology.follow();
    return topology;
  }

  /** One look at a time: who asks meanwhile gets the next one, for the one under way may have begun too early. */
  async look(): Promise<void> {
    if (this.looking !== undefined) await this.looking;
    if (this.halt.signal.aborted) return;
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    await this.looking;
  }

  connect({ address }: Place): Redis {
    return connectTo(address);
  }

  findings(): Finding[] {
    return [];
  }

  stop(): void {
    this.halt.abort();
    this.asker.stop();
    this.removeAllListeners();
  }

  private async find(): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      await this.look();
      const hasControl = this.places.some(({ slots }) => slots.includes(CONTROL_SLOT));
      if (hasControl) return;
      const { problem, why } = this.failure ?? { problem: `nobody has hash slot ${CONTROL_SLOT}`, why: "silent" };
      if (performance.now() - startedAt > WAITS_MS[why]) throw this.error(problem);
      await delay(limits.primaryLookMs);
    }
  }

  private async follow(): Promise<void> {
    const { signal } = this.halt;
    while (!signal.aborted) {
      const everyMs = this.failure === undefined ? limits.topologyLookMs : limits.primaryLookMs;
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.look();
    }
  }

  private async lookOnce(): Promise<void> {
    const problems: string[] = [];
    let why: Silence = "refused";
    const ask = async (address: Address): Promise<ClusterView[]> => {
      const answer = await this.asker.ask(address, (redis) => askView(redis, address));
      if ("value" in answer) return [answer.value];
      problems.push(`${addressText(address)} does not say (${answer.problem})`);
      if (answer.why !== "refused" && !isRefusal(answer.problem)) why = answer.why;
      return [];
    };
    const primaries = this.places.map(({ address }) => address);
    let views = (await Promise.all(primaries.map(ask))).flat();
    if (!views.some(({ isWell }) => isWell)) {
      const asked = new Set(primaries.map(addressText));
      const others = this.known.filter((address) => !asked.has(addressText(address)));
      views = [...views, ...(await Promise.all(others.map(ask))).flat()];
    }
    if (this.halt.signal.aborted) return;
    this.take(views, problems.join("; "), why);
  }

  private take(views: readonly ClusterView[], problem: string, why: Silence): void {
    const places = placesBy(views);
    if (places.length === 0) {
      const none = views.length === 0 ? problem : "no node of the cluster has slots";
      this.failure = { problem: none, why: views.length === 0 ? why : "silent" };
      if (this.places.length > 0 && !this.isReported) this.emit("problem", this.error(none));
      this.isReported = true;
      return;
    }
    this.failure = undefined;
    this.isReported = false;
    this.remember(views);
    const key = places.map(({ id, slots }) => `${id} ${slots.join()}`).join("\n");
    if (key === this.key) return;
    this.key = key;
    this.places = places;
    this.emit("changed");
  }

  /** Whom to ask when the primaries are silent. */
  private remember(views: readonly ClusterView[]): void {
    const all = [...this.seeds, ...views.flatMap(({ addresses }) => addresses)];
    this.known = [...new Map(all.map((address) => [addressText(address), address])).values()];
    this.asker.keepOnly(this.known);
  }

  private error(problem: string): EngineError {
    return new EngineError("MERIDIAN_NOPRIMARY", { servers: this.seeds.map(addressText).join(","), problem });
  }
}

/** It stays so, however long one waits. */
function isRefusal(problem: string): boolean {
  return problem.startsWith("ERR ");
}

function placesBy(views: readonly ClusterView[]): Place[] {
  const addresses = new Map<string, Address>();
  for (const { id, primaries } of views) {
    for (const [primary, address] of primaries) {
      if (primary === id || !addresses.has(primary)) addresses.set(primary, address);
    }
  }
  const slots = new Map<string, number[]>();
  for (const [slot, owner] of ownersBy(views).entries()) {
    if (owner === undefined) continue;
    const own = slots.get(owner);
    if (own === undefined) slots.set(owner, [slot]);
    else own.push(slot);
  }
  return [...slots].map(([id, own]) => {
    const address = addresses.get(id)!;
    return { id: `${id}@${addressText(address)}`, address, slots: own };
  });
}
