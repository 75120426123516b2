/**
 * Checked clients write in all regions while everything breaks: processes are killed and stopped, servers lose what was not on
 * their disk, clocks are an hour wrong, lines are cut, held and lossy. Then all is mended, and what is left is held against
 * what was acknowledged.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type SeededRandom, waitFor } from "@meridian/testkit";
import { meridian } from "../local-start.js";
import { Book } from "./book.js";
import { CheckedClient } from "./checked-clients.js";
import type { Ground } from "./ground.js";
import { judge } from "./verdict.js";
import { Weather } from "./weather.js";

const CLIENTS_EACH = 2;
/** No command is sent twice, and none waits for a connection. */
const ANSWERED_ONCE = { autoResendUnfulfilledCommands: false, enableOfflineQueue: false };
const EMPTY_MS_MAX = 60_000;

export interface StormReport {
  /** How many faults there were of each kind. */
  readonly events: ReadonlyMap<string, number>;
  readonly acknowledged: number;
  /** Of those: young, only in a server that was killed, and so perhaps gone with it. */
  readonly atRisk: number;
  /** Everything that is wrong. */
  readonly faults: readonly string[];
}

export class Storm {
  private readonly events = new Map<string, number>();
  private readonly beganMs = performance.now();

  constructor(
    private readonly ground: Ground,
    private readonly random: SeededRandom,
    /** What happens, as it does. */
    private readonly tell: (what: string) => void = () => undefined,
  ) {}

  async run(forMs: number): Promise<StormReport> {
    const { ground, random } = this;
    const { regions } = ground.deployment;
    const book = new Book();
    const clients = regions.flatMap((region) =>
      Array.from(
        { length: CLIENTS_EACH },
        () => new CheckedClient(region.name, region.client(ANSWERED_ONCE), book, random.fork(), ground.keys),
      ),
    );
    try {
      const weather = new Weather(ground, book, random.fork(), (kind, where) => this.saw(kind, where));
      weather.begin();
      await delay(forMs);
      await weather.end();
    } finally {
      await Promise.all(clients.map((client) => client.stop()));
    }
    await ground.deployment.linksUp();
    await ground.deployment.agreed();
    const servers = regions.map(async (region) => [region.name, await region.primaries()] as const);
    const faults = await judge(new Map(await Promise.all(servers)), book);
    faults.push(...(await this.differences()));
    return { events: this.events, acknowledged: book.answered, atRisk: book.mayBeLost.size, faults };
  }

  /** For another storm on the same servers: one region deletes all, and all are empty. */
  async empty(): Promise<void> {
    const { ground, random } = this;
    const { regions } = ground.deployment;
    await random.pick(regions).client().flushall();
    await waitFor(
      async () => {
        const servers = (await Promise.all(regions.map((region) => region.primaries()))).flat();
        return (await Promise.all(servers.map((server) => server.keys("*"))))
          .flat()
          .every((name) => name.startsWith("mer:"));
      },
      { what: "every region to be empty", timeoutMs: EMPTY_MS_MAX },
    );
  }

  private saw(kind: string, where: string): void {
    this.events.set(kind, (this.events.get(kind) ?? 0) + 1);
    this.tell(`${((performance.now() - this.beganMs) / 1000).toFixed(1)} s: ${kind} (${where})`);
  }

  /** Of values and metadata, as `meridian verify` sees them. */
  private async differences(): Promise<string[]> {
    const asked = this.ground.deployment.regions.flatMap(({ agent }) => ["--admin", agent.admin]);
    const { code, stdout, stderr } = await meridian("verify", ...asked);
    return code === 0 ? [] : [stdout, stderr];
  }
}
