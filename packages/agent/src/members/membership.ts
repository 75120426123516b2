/**
 * The members of the deployment, as this region's agent keeps them: told to all others and heard from them, changed when an
 * operator says so, and carried out. Everything that matters lies in the server; an agent that takes over goes on.
 */
import { randomBytes } from "node:crypto";
import type { Engine } from "@meridian/engine";
import { AgentError, textOf } from "../errors.js";
import type { Logger } from "../logger.js";
import { stampIn, untilOnDisk } from "../replica/index.js";
import { changeText, refusalOfChange } from "./changes.js";
import { membersLimits } from "./limits.js";
import { readMembers } from "./members-text.js";
import { isMadeBy, needsSilence, Silence } from "./silence.js";
import { MembersStore, type Closed, type Stored } from "./store.js";
import {
  committed,
  goneOf,
  isContradiction,
  livingOf,
  merged,
  placeOf,
  proposed,
  seedOf,
  textOfMembers,
  type Change,
  type Members,
  type Place,
} from "./table.js";

export interface Seed {
  readonly name: string;
  /** host:port of its agent, or of each of several. */
  readonly link: string | readonly string[];
}

/** What the replication is to work with. */
export interface MembersView {
  readonly regions: readonly string[];
  readonly gone: ReadonlyMap<string, "removed" | "forgotten">;
  readonly peers: readonly { region: string; address: readonly string[] }[];
}

/** What the replication knows and does for it. */
export interface MembersPeers {
  /** Tells a peer what is known here; its answer. */
  ask(peer: string, addresses: readonly string[], text: Uint8Array): Promise<Uint8Array>;
  /** Whether this agent works for the region; the others only read. */
  isActive(): boolean;
  isLinked(peer: string): boolean;
  /** Where the region stands, as last heard; `durable` outlives a crash of its server. */
  /** Where partitions are many: all were looked at, and what nothing is known of is held by everybody. */
  isComplete(): boolean;
  /** Where this region stands by now. Rejects where its server does not answer. */
  ends(): Promise<ReadonlyMap<string, number>>;
  vectorsOf(region: string): { applied: ReadonlyMap<string, number>; durable: ReadonlyMap<string, number> } | undefined;
  setMembers(view: MembersView): void;
  alarm(code: "REPLICA_MEMBERS_DIFFER" | "REPLICA_REGION_FORGOTTEN", peer: string, detail: string): void;
}

export interface MembershipOptions {
  readonly engine: Engine;
  readonly region: string;
  /** Of the configuration: the list of the first start, and addresses as they are seen from here. */
  readonly seed: readonly Seed[];
  readonly log: Pick<Logger, "info">;
}

export class Membership {
  private readonly store: MembersStore;
  private readonly silence: Silence;
  private stored: Stored = { revision: "0", members: undefined, closed: "" };
  private peers: MembersPeers | undefined;
  /** What each region said last. */
  private readonly heardOf = new Map<string, Members>();
  /** Since when a region that was added is heard. */
  private readonly welcomeMs = new Map<string, number>();
  private readonly asking = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private toldAtMs = Number.NEGATIVE_INFINITY;
  private shown = "";
  private isTicking = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: MembershipOptions) {
    this.store = new MembersStore(options.engine);
    this.silence = new Silence(
      (isOver) => untilOnDisk(options.engine, isOver),
      async () => this.take(await this.store.read()),
    );
  }

  /** Reads what the server keeps. */
  async open(): Promise<MembersView> {
    this.stored = await this.store.read();
    if (isMadeBy(this.options.region, this.members.table)) this.beSilent();
    const view = this.view();
    this.shown = keyOf(view);
    return view;
  }

  start(peers: MembersPeers): void {
    this.peers = peers;
    this.timer = setInterval(() => void this.tick(), membersLimits.tickEveryMs);
  }

  stop(): void {
    clearInterval(this.timer);
    this.silence.stop();
    this.peers = undefined;
  }

  get members(): Members {
    return (
      this.stored.members ??
      seedOf(this.options.seed.map(({ name, link }) => ({ name, link: addressesOf(link).join(",") })))
    );
  }

  get closed(): Closed {
    return this.stored.closed;
  }

  /** What the region said last; undefined: nothing since this agent began. */
  heard(region: string): Members | undefined {
    return this.heardOf.get(region);
  }

  /** A peer tells what it knows; the answer is what is known here then. */
  async told(peer: string, text: Uint8Array): Promise<Uint8Array> {
    await this.hear(peer, text);
    if (this.silence.isKept) throw new AgentError("MERIDIAN_MEMBERSUNSYNCED", { region: this.options.region });
    return Buffer.from(textOfMembers(this.members), "utf8");
  }

  /** Proposes the change; one that is under way, or was made, is taken as it is. Rejects with what speaks against it. */
  async propose(change: Change): Promise<void> {
    const { region } = this.options;
    await this.update((mine) => {
      const refusal = refusalOfChange(
        { own: region, mine, closed: this.closed, isLinked: (peer) => this.peers?.isLinked(peer) ?? false },
        change,
      );
      if (refusal === "done") return mine;
      if (refusal !== undefined) throw refusal;
      this.options.log.info(`members: ${changeText(change)} is proposed`, { event: "members" });
      const id = `${region}-${Date.now().toString(36)}-${randomBytes(4).toString("hex")}`;
      return proposed(mine, { id, epoch: mine.table.epoch + 1, by: region, atMs: Date.now(), change });
    });
    await this.commit();
    this.hurry();
  }

  private view(): MembersView {
    const { region } = this.options;
    const { table, pending } = this.members;
    const gone = goneOf(table);
    if (pending?.change.kind === "forget") for (const name of pending.change.names) gone.set(name, "forgotten");
    const isOut = this.closed === "joining" || this.closed === "forgotten" || gone.has(region);
    const peers = table.places
      .filter(({ name }) => name !== region && !gone.has(name) && !isOut)
      .map((place) => ({ region: place.name, address: this.addressesOf(place) }));
    return { regions: table.places.map(({ name }) => name), gone, peers };
  }

  private hurry(): void {
    this.toldAtMs = Number.NEGATIVE_INFINITY;
  }

  private async tick(): Promise<void> {
    if (this.isTicking) return;
    this.isTicking = true;
    try {
      const nowMs = performance.now();
      const everyMs = this.isSettled() ? membersLimits.tellEveryMs : membersLimits.hurryEveryMs;
      if (nowMs - this.toldAtMs >= everyMs) {
        this.toldAtMs = nowMs;
        this.take(await this.store.read());
        if (this.peers?.isActive() === true && !this.silence.isKept)
          for (const place of this.listeners()) void this.tell(place);
      }
      if (this.peers?.isActive() !== true) return;
      await this.commit();
      await this.welcome(nowMs);
      await this.leave();
    } catch {
      // the server is lost, which the engine reports; it is asked again
    } finally {
      this.isTicking = false;
    }
  }

  /** Nothing is under way, as far as is known here. */
  private isSettled(): boolean {
    const { table, pending } = this.members;
    if (pending !== null || this.closed === "joining" || table.places.some(({ status }) => status === "leaving"))
      return false;
    return this.listeners().every(({ name }) => (this.heardOf.get(name)?.table.epoch ?? 0) >= table.epoch);
  }

  private listeners(): Place[] {
    const { region } = this.options;
    if (this.closed === "forgotten") return [];
    const { table } = this.members;
    const living = livingOf(table);
    return table.places.filter(({ name }) => name !== region && living.includes(name));
  }

  /** As the configuration says it; of regions that it does not name, as they were added. */
  addressesOf({ name, link }: Place): readonly string[] {
    const own = this.options.seed.find((seed) => seed.name === name);
    return addressesOf(own?.link ?? link);
  }

  private async tell(place: Place): Promise<void> {
    const { name } = place;
    if (this.peers === undefined || this.asking.has(name)) return;
    this.asking.add(name);
    try {
      const text = Buffer.from(textOfMembers(this.members), "utf8");
      await this.hear(name, await this.peers.ask(name, this.addressesOf(place), text));
    } catch (error) {
      await this.refused(name, error);
    } finally {
      this.asking.delete(name);
    }
  }

  /** Who can't be reached is told again; who does not know us as a region any more is believed. */
  private async refused(peer: string, error: unknown): Promise<void> {
    const code = (error as { code?: unknown }).code;
    if (code !== "LINK_FORGOTTEN" && code !== "LINK_REMOVED") return;
    const closed = code === "LINK_FORGOTTEN" ? "forgotten" : "left";
    if (this.closed === closed) return;
    await this.update((mine) => mine, closed).catch(() => undefined);
    if (closed === "forgotten") this.peers?.alarm("REPLICA_REGION_FORGOTTEN", peer, textOf(error));
  }

  private async hear(peer: string, bytes: Uint8Array): Promise<void> {
    const theirs = readMembers(Buffer.from(bytes).toString("utf8"));
    this.heardOf.set(peer, theirs);
    if (isContradiction(this.members.table, theirs.table)) {
      const detail = `epoch ${theirs.table.epoch}: ${this.members.table.id} here, ${theirs.table.id} there`;
      this.peers?.alarm("REPLICA_MEMBERS_DIFFER", peer, detail);
      return;
    }
    const { region } = this.options;
    if (this.closed === "joining" && placeOf(theirs.table, region) === undefined) return;
    if (merged(region, this.members, theirs) !== this.members) {
      await this.update((mine) => merged(region, mine, theirs));
    }
    await this.commit();
  }

  private async commit(): Promise<void> {
    const { region } = this.options;
    const { pending } = this.members;
    if (pending?.by !== region) return;
    const voted = new Set(
      [...this.heardOf].filter(([, { pending: their }]) => their?.id === pending.id).map(([name]) => name),
    );
    if (committed(region, this.members, voted) === undefined) return;
    await this.update((mine) => committed(region, mine, voted) ?? mine);
    this.options.log.info(`members: ${changeText(pending.change)} is agreed upon`, { event: "members" });
    this.hurry();
  }

  /** A region that was added and was heard is a member: the first one that may says so, else another. */
  private async welcome(nowMs: number): Promise<void> {
    const { region } = this.options;
    const { table, pending } = this.members;
    if (pending !== null || this.closed !== "" || placeOf(table, region)?.status !== "member") return;
    for (const { name, status } of table.places) {
      const heard = this.heardOf.get(name);
      if (status !== "joining" || heard === undefined || placeOf(heard.table, name) === undefined) continue;
      const sinceMs = this.welcomeMs.get(name) ?? nowMs;
      this.welcomeMs.set(name, sinceMs);
      const isFirst = table.places.find((place) => place.status === "member")?.name === region;
      if (isFirst || nowMs - sinceMs >= membersLimits.welcomeMs) return this.propose({ kind: "joined", name });
    }
  }

  /** Of a region that is being removed: when all that it has is durable in all others, it logs no more; then it is out. */
  private async leave(): Promise<void> {
    const { region } = this.options;
    const { table, pending } = this.members;
    if (placeOf(table, region)?.status !== "leaving") return;
    if (this.closed === "leaving") {
      const applied = this.peers?.vectorsOf(region)?.applied ?? new Map<string, number>();
      const own = [...applied].filter(([origin]) => origin.startsWith(`${region}~`));
      const isKnown = own.length > 0 || this.peers?.isComplete() === true;
      if (isKnown && this.isHeld(new Map(own))) await this.update((mine) => mine, "left");
    } else if (this.closed === "left" && pending === null) {
      const last = await this.peers?.ends();
      if (last !== undefined && this.isHeld(last)) await this.propose({ kind: "removed", name: region });
    }
  }

  /** By all members, on their disks. */
  private isHeld(vector: ReadonlyMap<string, number>): boolean {
    const { region } = this.options;
    const members = this.members.table.places.filter(({ name, status }) => status === "member" && name !== region);
    return members.every(({ name }) => {
      const held = this.peers?.vectorsOf(name)?.durable;
      return held !== undefined && [...vector].every(([origin, stamp]) => stampIn(held, origin) >= stamp);
    });
  }

  /** One change after the other; upon what the server keeps, whichever agent wrote it. */
  private update(change: (mine: Members) => Members, closed?: Closed): Promise<void> {
    const next = this.turn.then(() => this.tryUpdate(change, closed));
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async tryUpdate(change: (mine: Members) => Members, closed: Closed | undefined): Promise<void> {
    for (let attempt = 0; attempt < membersLimits.storeAttemptsMax; attempt++) {
      const mine = this.members;
      const members = change(mine);
      const next = closed ?? closedBy(placeOf(members.table, this.options.region)?.status, this.closed);
      if (members === mine && next === this.closed) return;
      if (await this.store.write(this.stored.revision, members, next)) {
        this.take(await this.store.read());
        return;
      }
      this.take(await this.store.read());
    }
    throw new AgentError("MERIDIAN_INTERNAL", { reason: "the list of members changes all the time" });
  }

  private beSilent(): void {
    this.silence.begin(() => this.hurry());
  }

  private take(stored: Stored): void {
    const before = this.members;
    this.stored = stored;
    if (needsSilence(this.options.region, before, this.members)) this.beSilent();
    const view = this.view();
    const key = keyOf(view);
    if (key === this.shown) return;
    this.shown = key;
    this.options.log.info(`members: ${view.peers.map(({ region }) => region).join(", ")} beside this region`, {
      event: "members",
    });
    this.peers?.setMembers(view);
  }
}

function addressesOf(link: string | readonly string[]): readonly string[] {
  return typeof link === "string" ? link.split(",") : link;
}

function keyOf({ regions, gone, peers }: MembersView): string {
  return JSON.stringify([regions, [...gone], peers]);
}

/** Whether the region takes writes, by what it is now. */
function closedBy(status: Place["status"] | undefined, before: Closed): Closed {
  switch (status) {
    case undefined:
      return before;
    case "joining":
    case "member":
      return before === "forgotten" ? before : "";
    case "leaving":
      return before === "left" ? before : "leaving";
    case "removed":
      return "left";
    case "forgotten":
      return "forgotten";
  }
}
