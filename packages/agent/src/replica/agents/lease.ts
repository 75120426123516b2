/**
 * Whether this agent is the one of its region that replicates: what it makes of the answers to its signs of life (the
 * core's `agents beat`). Pure: times are given, and are those of a steady clock.
 *
 * 1. It takes a place that is free, that was left, or that stood still for a number of answers: a server that is held up
 *    answers nobody, and then nobody is late.
 * 2. It stands down where another has the place, and, as long as there are others, where its own last sign of life that
 *    was answered is too old: before another can have taken its place.
 */
import { agentsLimits } from "./limits.js";

export interface AgentSeen {
  readonly id: string;
  /** What it says about itself. */
  readonly about: string;
  /** Since it was heard, by the server's clock. */
  readonly agoMs: number;
}

export interface BeatAnswer {
  /** "": nobody. */
  readonly holder: string;
  readonly wasLeft: boolean;
  readonly serial: string;
  readonly agents: readonly AgentSeen[];
}

export class Lease {
  /** As of the last answer. */
  isHolder = false;
  private answeredSentMs = Number.NEGATIVE_INFINITY;
  private heldSentMs = Number.NEGATIVE_INFINITY;
  private last: BeatAnswer | undefined;
  /** For so many answers the place has stood still. */
  unmoved = 0;
  private knewSomebody = false;
  /** Nobody has had the place after it. */
  heldLast = false;

  constructor(
    readonly id: string,
    /** Whether the agent that says this about itself is known to have ended. */
    private readonly hasEnded: (about: string) => boolean,
  ) {}

  /** Who has the place, as of the last answer; "": nobody, or not known. */
  get holder(): string {
    return this.last?.holder ?? "";
  }

  get agents(): readonly AgentSeen[] {
    return this.last?.agents ?? [];
  }

  /** Agents of the region beside this one. */
  get others(): number {
    return this.agents.filter(({ id, agoMs }) => id !== this.id && agoMs <= agentsLimits.presentMs).length;
  }

  isActive(nowMs: number): boolean {
    return this.isHolder && (nowMs - this.heldSentMs < agentsLimits.activeMs || this.others === 0);
  }

  /** How old the last sign of life is that was answered: what is known of the region is as old. */
  silentMs(nowMs: number): number {
    return nowMs - this.answeredSentMs;
  }

  /** The serial at which the next sign of life takes the place; "": it doesn't. */
  get claim(): string {
    const { last } = this;
    if (last === undefined || last.holder === this.id) return "";
    const isFree =
      last.holder === ""
        ? last.wasLeft || this.heldLast || !this.knewSomebody || this.unmoved >= agentsLimits.beatsUnknownMax
        : this.unmoved >= agentsLimits.beatsUnmovedMax || this.isGone(last.holder);
    return isFree ? last.serial : "";
  }

  /** To a sign of life that was sent at the given time. */
  answered(answer: BeatAnswer, sentMs: number): void {
    const isSame = answer.serial === this.last?.serial && answer.holder === this.last.holder;
    this.unmoved = isSame ? this.unmoved + 1 : 0;
    this.last = answer;
    this.isHolder = answer.holder === this.id;
    if (answer.holder !== "") {
      this.knewSomebody = true;
      this.heldLast = this.isHolder;
    }
    this.answeredSentMs = sentMs;
    if (this.isHolder) this.heldSentMs = sentMs;
  }

  /** It gives the place up. */
  left(): void {
    this.isHolder = false;
  }

  private isGone(holder: string): boolean {
    const about = this.agents.find(({ id }) => id === holder)?.about;
    return about !== undefined && this.hasEnded(about);
  }
}
