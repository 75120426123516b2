/**
 * This agent among those of its region: signs of life to the region's server, which one replicates, and what that one
 * tells the others. All I/O of `lease.ts`.
 *
 * 1. One sign of life at a time; the next one a while after the answer.
 * 2. Nothing here is needed for data to be right: two that are active at once do work twice.
 */
import type { Engine } from "@meridian/engine";
import { aboutOf, answerOf, type AgentAbout } from "./about.js";
import type { AgentPresence, Agents } from "./agents.js";
import { Lease, type AgentSeen } from "./lease.js";
import { agentsLimits } from "./limits.js";
import { hasEnded, ownMachine } from "./own-process.js";

export interface RegionAgentsOptions {
  readonly engine: Engine;
  readonly id: string;
  /** Of this agent. */
  readonly admin: string | undefined;
  readonly link: string;
  /** Active, or not any more. */
  readonly changed: (isActive: boolean) => void;
  /** What the active agent tells the others. */
  readonly tell: () => string;
}

export class RegionAgents implements Agents {
  /** What the active agent told last. */
  told: readonly string[] = [];
  private readonly lease: Lease;
  private readonly about: string;
  private timer: NodeJS.Timeout | undefined;
  private readonly look: NodeJS.Timeout;
  private isBeating = false;
  private wasActive = false;
  private stopped = false;

  constructor(private readonly options: RegionAgentsOptions) {
    const { admin = null, link, id } = options;
    const about: AgentAbout = { admin, link, machine: ownMachine(), pid: process.pid };
    this.about = JSON.stringify(about);
    this.lease = new Lease(id, (text) => {
      const { machine = null, pid = 0 } = aboutOf(text);
      return hasEnded(machine, pid);
    });
    this.look = setInterval(() => this.isActive, agentsLimits.lookEveryMs);
    this.look.unref();
  }

  get id(): string {
    return this.options.id;
  }

  /** Asked before each thing that only the active agent does. */
  get isActive(): boolean {
    const isActive = !this.stopped && this.lease.isActive(performance.now());
    if (isActive !== this.wasActive) {
      this.wasActive = isActive;
      this.options.changed(isActive);
    }
    return isActive;
  }

  get others(): number {
    return this.lease.others;
  }

  /** Whether the server was heard lately, and so whether this agent may offer itself to other regions. */
  get hearsServer(): boolean {
    return this.lease.silentMs(performance.now()) < agentsLimits.activeMs;
  }

  list(): readonly AgentPresence[] {
    const silentMs = Math.max(0, Math.round(this.lease.silentMs(performance.now())));
    const view = ({ id, about, agoMs }: AgentSeen): AgentPresence => {
      const role = id === this.lease.holder ? "active" : "standby";
      return { id, role, admin: aboutOf(about).admin ?? null, heardMs: id === this.id ? 0 : agoMs + silentMs };
    };
    const own = view({ id: this.id, about: this.about, agoMs: 0 });
    const present = this.lease.agents.filter(({ id, agoMs }) => {
      return id !== this.id && agoMs + silentMs <= agentsLimits.presentMs;
    });
    return [{ ...own, role: this.isActive ? "active" : "standby" }, ...present.map(view)];
  }

  async start(): Promise<void> {
    this.options.engine.on("up", this.onUp);
    await this.beat();
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.look);
    this.options.engine.off("up", this.onUp);
    this.lease.left();
    const late = new Promise<void>((resolve) => setTimeout(resolve, agentsLimits.beatEveryMs).unref());
    await Promise.race([this.options.engine.call("agents", "leave", this.id).catch(() => undefined), late]);
  }

  private readonly onUp = (): void => void this.beat();

  private async beat(): Promise<void> {
    clearTimeout(this.timer);
    if (this.isBeating || this.stopped) return;
    this.isBeating = true;
    try {
      await this.ask("");
      for (let claim = this.lease.claim; claim !== ""; claim = this.lease.claim) {
        await this.ask(claim);
        if (this.lease.holder !== "") break; // this one, or one that was quicker
      }
    } catch {
      // the server is lost, or refuses: the engine says so, and time tells
    }
    this.isBeating = false;
    if (this.stopped) return;
    void this.isActive;
    this.timer = setTimeout(() => void this.beat(), agentsLimits.beatEveryMs);
  }

  private async ask(claim: string): Promise<void> {
    const { engine, id, tell } = this.options;
    const text = this.isActive && this.others > 0 ? tell() : "";
    const told = Buffer.byteLength(text) <= agentsLimits.toldBytesMax ? text : "";
    const sentMs = performance.now();
    const reply = await engine.call("agents", "beat", id, this.about, claim, told);
    const answer = answerOf(reply);
    if (answer.holder !== id) this.told = answer.told === "" ? [] : [answer.told];
    if (!this.stopped) this.lease.answered(answer, sentMs);
  }
}
