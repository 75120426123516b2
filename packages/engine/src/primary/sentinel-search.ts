/**
 * The primary by what Redis Sentinels say.
 *
 * 1. Of what they say that with the highest configuration epoch counts: a Sentinel that was cut off still names the primary
 *    from before a failover. One that is lower than what was heard before counts only when all Sentinels have answered (they were
 *    set up anew).
 * 2. The one that they name is used only while it says itself that it is a primary. Another one than the one in use means that
 *    this is left at once, whatever it says of itself.
 * 3. While none answers, the one in use stays in use.
 */
import { addressText, type Address } from "../address.js";
import type { Finding } from "../requirements.js";
import { Asker, type Silence } from "./asker.js";
import { seenText, seeRole } from "./role.js";
import { isSame, type Search, type Verdict } from "./search.js";
import type { ServerLogin } from "./server-url.js";

export interface Said {
  readonly epoch: number;
  readonly host: string;
  readonly port: number;
}

export interface SentinelSearchOptions {
  readonly sentinels: readonly Address[];
  readonly name: string;
  readonly login: ServerLogin;
}

export class SentinelSearch implements Search {
  readonly text: string;
  private readonly asker = new Asker();
  private epoch = 0;
  private silent: readonly string[] = [];
  private why: Silence = "silent";

  constructor(private readonly options: SentinelSearchOptions) {
    this.text = `${options.name} of the Sentinels ${options.sentinels.map(addressText).join(",")}`;
  }

  async look(current: Address | undefined): Promise<Verdict> {
    const named = await this.named(current);
    if (named !== undefined && current !== undefined && !isSame(named, current)) {
      return { kind: "none", why: "silent", problem: `the Sentinels name ${addressText(named)} now` };
    }
    const target = named ?? current;
    if (target === undefined) return { kind: "stay", why: this.why, problem: this.silent.join(", ") };
    this.asker.keepOnly([...this.options.sentinels, target]);
    const seen = await seeRole(this.asker, target);
    if (seen.role === "primary") return { kind: "use", address: target };
    const kind = seen.role === "replica" || !isSame(target, current) ? "none" : "stay";
    const why = seen.role === "replica" ? "silent" : seen.role;
    return { kind, why, problem: `the Sentinels name ${seenText(seen)}` };
  }

  findings(): Finding[] {
    if (this.silent.length === 0) return [];
    const message = `not every Sentinel tells who is primary (${this.silent.join(", ")}): a failover may not happen, or be seen late; start them, or correct server.url`;
    return [{ code: "SENTINELS", severity: "warning", message }];
  }

  stop(): void {
    this.asker.stop();
  }

  /** Undefined: what they say is nothing new. */
  private async named(current: Address | undefined): Promise<Address | undefined> {
    const { sentinels, name, login } = this.options;
    const silent: string[] = [];
    const said: Said[] = [];
    let areRefused = true;
    await Promise.all(
      sentinels.map(async (sentinel) => {
        const answer = await this.asker.ask(sentinel, async (redis) => {
          const replies = await Promise.all([
            redis.call("SENTINEL", "MASTER", name),
            redis.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name),
          ]);
          return saidOf(...replies);
        });
        if ("value" in answer) said.push(answer.value);
        else silent.push(`${addressText(sentinel)}: ${answer.problem}`);
        if ("why" in answer && answer.why !== "refused") areRefused = false;
      }),
    );
    this.silent = silent;
    this.why = areRefused ? "refused" : "silent";
    const newest = newestOf(said, { epoch: this.epoch, address: current }, silent.length === 0);
    if (newest === undefined) return undefined;
    this.epoch = newest.epoch;
    return { host: newest.host, port: newest.port, ...login };
  }
}

interface Known {
  readonly epoch: number;
  readonly address: Address | undefined;
}

/** Of several with the highest epoch the one in use, for one may say it by name and one by number. */
export function newestOf(said: readonly Said[], known: Known, areAll: boolean): Said | undefined {
  const epoch = Math.max(...said.map((one) => one.epoch));
  if (epoch < known.epoch && !areAll) return undefined;
  const newest = said.filter((one) => one.epoch === epoch);
  return newest.find((one) => isSame(one, known.address)) ?? newest[0];
}

/** MASTER gives fields by name; during a failover the address of the promoted replica is told by the other one first. */
export function saidOf(fields: unknown, place: unknown): Said {
  if (!Array.isArray(fields) || !Array.isArray(place)) throw new Error("it knows no primary of that name");
  const epoch = Number(fields[fields.indexOf("config-epoch") + 1]);
  const [host, port] = place as unknown[];
  if (!Number.isSafeInteger(epoch) || typeof host !== "string") throw new Error("its answer is out of form");
  return { epoch, host, port: Number(port) };
}
