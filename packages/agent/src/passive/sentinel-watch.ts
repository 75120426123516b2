/**
 * The Sentinels of a region: which server they name as the region's own, and whether they may put another one in its place.
 *
 * 1. They may while the region takes the writes. A region's server that follows another region's says that it is a replica, which
 *    Sentinels take for a primary that is gone: so there the quorum is raised beyond any number of Sentinels, and brought back when
 *    the region takes the writes. The quorum itself says which of the two it is, so nothing else need be kept.
 * 2. What the Sentinel of the highest configuration epoch says counts; a lower one than was heard before does not.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Address, Asker, newestOf, parseServerUrl, type Said, saidOf } from "@meridian/engine";
import type { AgentSettings } from "../agent.js";
import { passiveLimits } from "./limits.js";

type AttachedServer = Extract<AgentSettings["server"], { url: string }>;
type SentinelPlace = Extract<ReturnType<typeof parseServerUrl>, { kind: "sentinel" }>;

export class SentinelWatch {
  /** The region takes the writes; undefined: that is not known yet, and the Sentinels are left as they are. */
  isInCharge: boolean | undefined;
  /** Of a look: most of them answered. */
  isSure = false;
  problem = "";
  private readonly asker = new Asker();
  private readonly halt = new AbortController();
  private epoch = 0;
  private named: Address | undefined;

  constructor(private readonly place: SentinelPlace) {}

  /** Undefined: the address is that of a server. */
  static of({ url, tls, sentinelUsername, sentinelPassword, sentinelTls }: AttachedServer): SentinelWatch | undefined {
    const access = { username: sentinelUsername, password: sentinelPassword, tls: sentinelTls, serverTls: tls };
    const place = parseServerUrl(url, access);
    return place.kind === "sentinel" ? new SentinelWatch(place) : undefined;
  }

  get text(): string {
    const { name, sentinels } = this.place;
    return `${name} of the Sentinels ${sentinels.map(({ host, port }) => `${host}:${port}`).join(",")}`;
  }

  /** For the status; undefined: nothing is wrong. */
  get finding(): string | undefined {
    return this.problem === "" ? undefined : `not every Sentinel answers (${this.problem})`;
  }

  /** The server that they name; undefined: none of them says anything new. */
  async look(): Promise<Address | undefined> {
    const { sentinels, login } = this.place;
    const said: Said[] = [];
    const silent: string[] = [];
    await Promise.all(
      sentinels.map(async (sentinel) => {
        const answer = await this.asker.ask(sentinel, (redis) => this.ask((...words) => redis.call("SENTINEL", words)));
        if ("value" in answer) said.push(answer.value);
        else silent.push(`${sentinel.host}:${sentinel.port}: ${answer.problem}`);
      }),
    );
    this.problem = silent.join(", ");
    this.isSure = said.length > sentinels.length / 2;
    const newest = newestOf(said, { epoch: this.epoch, address: this.named }, silent.length === 0);
    if (newest === undefined) return undefined;
    this.epoch = newest.epoch;
    this.named = { host: newest.host, port: newest.port, ...login };
    return this.named;
  }

  /** Again and again until it is stopped. */
  async follow(take: (named: Address) => void): Promise<void> {
    const { signal } = this.halt;
    while (!signal.aborted) {
      const named = await this.look();
      if (named !== undefined && !signal.aborted) take(named);
      await delay(passiveLimits.lookEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.halt.abort();
    this.asker.stop();
  }

  private async ask(call: (...words: string[]) => Promise<unknown>): Promise<Said> {
    const { name } = this.place;
    const [fields, place] = await Promise.all([call("MASTER", name), call("GET-MASTER-ADDR-BY-NAME", name)]);
    const said = saidOf(fields, place);
    const quorum = quorumFor(this.isInCharge, fieldOf(fields as unknown[], "quorum"));
    if (quorum !== undefined) await call("SET", name, "quorum", String(quorum));
    return said;
  }
}

/** Undefined: it is right as it is. */
export function quorumFor(isInCharge: boolean | undefined, quorum: number): number | undefined {
  const { quorumRaise } = passiveLimits;
  const isRaised = quorum > quorumRaise;
  if (isInCharge === undefined || !Number.isSafeInteger(quorum) || isRaised !== isInCharge) return undefined;
  return isRaised ? quorum - quorumRaise : quorum + quorumRaise;
}

function fieldOf(fields: readonly unknown[], name: string): number {
  return Number(fields[fields.indexOf(name) + 1]);
}
