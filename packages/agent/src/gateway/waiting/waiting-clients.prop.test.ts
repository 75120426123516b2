/**
 * Whatever order messages take between the gateway and a server that exists only here: nobody waits while there is something
 * for it, who came first is served first, and nobody is tried after it left.
 */
import { seededRandom, type SeededRandom } from "@meridian/testkit";
import { expect, test } from "vitest";
import { type KeyAsker, type KeyListener, type WaitingClient, WaitingClients } from "@meridian/core";

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const KEYS = ["a", "b", "c"];

/** One connection: requests are executed in order, and so replies come; when, is left to chance. */
interface Connection {
  requests: (() => void)[];
  replies: (() => void)[];
}

interface Client extends WaitingClient {
  readonly name: number;
  got: string | undefined;
  left: boolean;
  gone(): void;
}

class World implements KeyAsker {
  listener: KeyListener | undefined;
  readonly lists = new Map(KEYS.map((key): [string, string[]] => [key, []]));
  readonly waiting = new WaitingClients(this);
  readonly clients: Client[] = [];
  readonly served: Client[] = [];
  pushed = 0;

  private readonly connections: Connection[] = [];
  private readonly watch = this.connect();
  private readonly asked = new Set<string>();
  private readonly tracked = new Set<string>();

  constructor(private readonly random: SeededRandom) {}

  ask(key: string): void {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    this.watch.requests.push(() => {
      this.tracked.add(key);
      const type = this.listOf(key).length > 0 ? "list" : "none";
      this.watch.replies.push(() => {
        this.asked.delete(key);
        this.listener?.onType(key, type);
      });
    });
  }

  push(key: string): void {
    this.listOf(key).push(`e${this.pushed++}`);
    this.changed(key);
  }

  join(keys: string[]): void {
    const connection = this.connect();
    const client: Client = {
      name: this.clients.length,
      keys,
      awaits: "list",
      got: undefined,
      left: false,
      tryNow: () => {
        expect(client.left, "tried after it left").toBe(false);
        expect(client.got, "tried after it was served").toBeUndefined();
        connection.requests.push(() => this.pop(client, connection));
      },
      gone: () => {
        client.left = true;
        this.waiting.leave(client);
      },
      onStreamGone: () => undefined,
      onCannotWait: () => undefined,
    };
    this.clients.push(client);
    this.waiting.join(client);
  }

  /** Something happens; false when there is nothing left to happen. */
  step(): boolean {
    const ready = this.connections.flatMap(({ requests, replies }) =>
      [requests, replies].filter(({ length }) => length),
    );
    if (ready.length === 0) return false;
    this.random.pick(ready).shift()?.();
    return true;
  }

  settle(): void {
    for (let steps = 0; this.step(); steps++) if (steps > 100_000) throw new Error("it does not come to an end");
  }

  private listOf(key: string): string[] {
    return this.lists.get(key) ?? [];
  }

  private connect(): Connection {
    const connection: Connection = { requests: [], replies: [] };
    this.connections.push(connection);
    return connection;
  }

  private pop(client: Client, { replies }: Connection): void {
    const key = client.keys.find((one) => this.listOf(one).length > 0);
    const element = key === undefined ? undefined : this.listOf(key).shift();
    if (key !== undefined) this.changed(key);
    replies.push(() => {
      if (client.left) {
        if (element !== undefined && client.got === undefined) client.got = element;
        return;
      }
      if (element !== undefined) {
        client.got = element;
        this.served.push(client);
      }
      this.waiting.tried(client, element !== undefined);
    });
  }

  private changed(key: string): void {
    if (!this.tracked.delete(key)) return;
    this.watch.replies.push(() => {
      if (!this.asked.has(key)) this.listener?.onChanged(key);
    });
  }
}

function play(random: SeededRandom, rounds: number): void {
  const world = new World(random);
  for (let round = 0; round < rounds; round++) {
    const what = random.integer(0, 9);
    if (what < 2) world.join(random.shuffle([...KEYS]).slice(0, random.integer(1, 2)));
    else if (what < 4) world.push(random.pick(KEYS));
    else if (what === 4 && world.clients.length > 0) random.pick(world.clients).gone();
    else world.step();
  }
  world.settle();
  const idle = world.clients.filter(({ got, left }) => got === undefined && !left);
  for (const [key, elements] of world.lists) {
    if (elements.length > 0) expect(idle.filter(({ keys }) => keys.includes(key))).toEqual([]);
  }
  const got = world.clients.flatMap((client) => client.got ?? []);
  const left = [...world.lists.values()].flat();
  expect(new Set([...got, ...left]).size).toBe(world.pushed);
  expect(world.waiting.count).toBe(idle.length);
}

test.each(SEEDS)("nothing is left where somebody waits for it (seed %i)", (seed) => {
  const random = seededRandom(seed);
  play(random, 400);
  for (let count = 0; count < 50; count++) play(random, random.integer(5, 40));
});

test.each(SEEDS)("who came first is served first (seed %i)", (seed) => {
  const random = seededRandom(seed);
  const world = new World(random);
  for (let count = 0; count < 20; count++) {
    world.join(["a"]);
    while (random.chance(0.5)) world.step();
  }
  world.settle();
  for (let count = 0; count < 25; count++) {
    world.push("a");
    while (random.chance(0.7)) world.step();
  }
  world.settle();
  expect(world.served.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, name) => name));
  expect(world.lists.get("a")?.length).toBe(5);
});
