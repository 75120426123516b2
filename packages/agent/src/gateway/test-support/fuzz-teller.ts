/**
 * A well-behaved client that knows each of its replies beforehand, byte for byte: every command bears a tag that no other
 * command has, and its keys are its own. What it gets tells whether somebody else's reply, or none, or one too many came.
 */
import { once } from "node:events";
import { type SeededRandom, waitFor } from "@meridian/testkit";
import { errorReply } from "../errors.js";
import { sendInPieces } from "./fuzz-cuts.js";
import { command, rawClient, type RawClient } from "./raw-client.js";

const ROOT = "mer:{0}";
const OK = "+OK\r\n";
const NOTHING_READ = Buffer.alloc(0);

/** A command as sent, and its reply. Of those that a transaction may hold, also nil where it is an element of EXEC's. */
interface Told {
  readonly bytes: Buffer;
  readonly reply: string;
  readonly outside?: true;
}

/**
 * Who is plain has much of it go over the connection that clients share; who is restless subscribes and resets, after which
 * nothing does; or it speaks RESP3, and subscribes too.
 */
export type Manner = "plain" | "restless" | "three";
export const MANNERS: readonly Manner[] = ["plain", "restless", "three"];

export class Teller {
  private readonly client: RawClient;
  private received = NOTHING_READ;
  private readonly values = new Map<string, string>();
  private readonly list: string[] = [];
  private count = 0n;
  private serial = 0;
  rounds = 0;

  constructor(
    private readonly port: number,
    private readonly name: string,
    private readonly random: SeededRandom,
    /** What the gateway says to MOVE, which it refuses. */
    private readonly refusal: string,
    private readonly manner: Manner,
  ) {
    this.client = rawClient(this.port, (chunk) => (this.received = Buffer.concat([this.received, chunk])));
  }

  /** The protocol that it is to speak. */
  async begin(): Promise<void> {
    if (!this.isThree) return;
    this.client.send(command("HELLO", "3"));
    await waitFor(() => this.received.toString("latin1").endsWith("modules\r\n*0\r\n"), { what: "the reply to HELLO" });
    this.received = NOTHING_READ;
  }

  /** A pipeline, and its replies. */
  async round(): Promise<void> {
    const { client, random } = this;
    const all: Told[] = [];
    for (let count = random.pick([1, 1, 1, 3, 10, 60]); count > 0; count--) all.push(...this.some());
    const expected = Buffer.from(all.map(({ reply }) => reply).join(""), "latin1");
    const bytes = Buffer.concat(all.map((told) => told.bytes));
    await sendInPieces(client.socket, bytes, random);
    await waitFor(() => client.closed || this.received.length >= expected.length, {
      what: `the replies of ${this.name}`,
      timeoutMs: 20_000,
      intervalMs: 1,
    }).catch((error: unknown) => {
      throw new Error(this.difference(all, expected), { cause: error });
    });
    if (!this.received.equals(expected)) throw new Error(this.difference(all, expected));
    this.received = NOTHING_READ;
    this.rounds++;
  }

  async close(): Promise<void> {
    if (this.client.closed) return;
    const closed = once(this.client.socket, "close");
    this.client.socket.end();
    await closed;
    if (this.received.length > 0) throw new Error(`${this.name} got more: ${shown(this.received)}`);
  }

  private difference(all: readonly Told[], expected: Buffer): string {
    let start = 0;
    for (const { bytes, reply } of all) {
      const given = this.received.subarray(start, start + reply.length);
      if (given.toString("latin1") !== reply) {
        const state = this.client.closed ? "closed" : "open";
        return `${this.name} (${state}) sent ${shown(bytes)}, is to get ${JSON.stringify(reply.slice(0, 300))}, got ${shown(this.received.subarray(start))}`;
      }
      start += reply.length;
    }
    return `${this.name} got ${this.received.length - expected.length} bytes more: ${shown(this.received.subarray(start))}`;
  }

  private get isThree(): boolean {
    return this.manner === "three";
  }

  private bulk(text: string | undefined): string {
    if (text !== undefined) return bulk(text);
    return this.isThree ? "_\r\n" : "$-1\r\n";
  }

  private tag(): string {
    return `${this.name}.${this.serial++}`;
  }

  private some(): Told[] {
    const { random } = this;
    if (random.chance(0.1)) return this.transaction();
    if (this.manner !== "plain" && random.chance(0.1)) return this.subscription();
    return [this.one()];
  }

  /** EXEC's reply has theirs; what was refused lets it refuse all, so nothing of that is sent in one. */
  private transaction(): Told[] {
    const { random } = this;
    const inside: Told[] = [];
    const before = { values: new Map(this.values), list: [...this.list], count: this.count };
    for (let count = random.integer(0, 5); count > 0; count--) {
      const told = this.one();
      if (told.outside === undefined) inside.push(told);
    }
    const queued = inside.map(({ bytes }) => ({ bytes, reply: "+QUEUED\r\n" }));
    const given = inside.map(({ reply }) => (reply === "*-1\r\n" ? this.bulk(undefined) : reply));
    const [multi, last] = [{ bytes: command("MULTI"), reply: OK }, `*${given.length}\r\n${given.join("")}`];
    if (random.chance(0.7)) return [multi, ...queued, { bytes: command("EXEC"), reply: last }];
    this.values.clear();
    for (const [key, value] of before.values) this.values.set(key, value);
    this.list.splice(0, this.list.length, ...before.list);
    this.count = before.count;
    return [multi, ...queued, { bytes: command("DISCARD"), reply: OK }];
  }

  private subscription(): Told[] {
    const channel = `${this.name}:channel`;
    const mark = this.isThree ? ">" : "*";
    const confirmed = (what: string, count: number): string => `${mark}3\r\n${bulk(what)}${bulk(channel)}:${count}\r\n`;
    const tag = this.tag();
    return [
      { bytes: command("SUBSCRIBE", channel), reply: confirmed("subscribe", 1) },
      { bytes: command("PING", tag), reply: this.isThree ? bulk(tag) : `*2\r\n${bulk("pong")}${bulk(tag)}` },
      { bytes: command("UNSUBSCRIBE"), reply: confirmed("unsubscribe", 0) },
    ];
  }

  private one(): Told {
    const { random } = this;
    const makers = ["echo", "set", "get", "counter", "script", "push", "pop", "odd"] as const;
    return this[random.pick(makers)]();
  }

  private echo(): Told {
    const tag = this.tag();
    return this.random.pick<Told>([
      { bytes: command("ECHO", tag), reply: bulk(tag) },
      { bytes: command("PING", tag), reply: bulk(tag) },
      { bytes: Buffer.from(`echo "${tag}"\r\n`), reply: bulk(tag) },
    ]);
  }

  private key(): string {
    return `${this.name}:k${this.random.integer(0, 4)}`;
  }

  private set(): Told {
    const { random, values } = this;
    const [key, tag] = [this.key(), this.tag()];
    const value = random.chance(0.03) ? tag.padEnd(random.integer(1000, 300_000), "v") : tag;
    const old = values.get(key);
    values.set(key, value);
    if (random.chance(0.2)) return { bytes: command("SET", key, value, "GET"), reply: this.bulk(old) };
    if (random.chance(0.2)) {
      const other = this.key();
      values.set(other, tag);
      return { bytes: command("MSET", key, value, other, tag), reply: OK };
    }
    return { bytes: command("SET", key, value), reply: OK };
  }

  private get(): Told {
    const [key, other] = [this.key(), this.key()];
    const [value, second] = [this.values.get(key), this.values.get(other)];
    if (this.random.chance(0.3)) {
      return { bytes: command("MGET", key, other), reply: `*2\r\n${this.bulk(value)}${this.bulk(second)}` };
    }
    if (this.random.chance(0.1)) {
      this.values.delete(key);
      return { bytes: command("GETDEL", key), reply: this.bulk(value) };
    }
    return { bytes: command("GET", key), reply: this.bulk(value) };
  }

  /** Of which doubles could not say the last digits. */
  private counter(): Told {
    const by = BigInt(this.random.pick(["1", "-1", "9007199254740993", "-9007199254740995"]));
    this.count += by;
    return { bytes: command("INCRBY", `${this.name}:n`, String(by)), reply: `:${this.count}\r\n` };
  }

  private script(): Told {
    const [key, tag] = [this.key(), this.tag()];
    if (this.random.chance(0.5)) return { bytes: command("EVAL", "return ARGV[1]", "0", tag), reply: bulk(tag) };
    const text = "redis.call('SET', KEYS[1], ARGV[1]) return {redis.call('GET', KEYS[1]), 7}";
    this.values.set(key, tag);
    return { bytes: command("EVAL", text, "1", key, tag), reply: `*2\r\n${bulk(tag)}:7\r\n` };
  }

  private push(): Told {
    const tag = this.tag();
    this.list.push(tag);
    return { bytes: command("RPUSH", `${this.name}:l`, tag), reply: `:${this.list.length}\r\n` };
  }

  private pop(): Told {
    const key = `${this.name}:l`;
    const first = this.list.shift();
    if (this.random.chance(0.5)) return { bytes: command("LPOP", key), reply: this.bulk(first) };
    const reply = first === undefined ? (this.isThree ? "_\r\n" : "*-1\r\n") : `*2\r\n${bulk(key)}${bulk(first)}`;
    return { bytes: command("BLPOP", key, "0.001"), reply };
  }

  /** What the gateway says itself, at its turn. */
  private odd(): Told {
    const tag = this.tag();
    const reserved = errorReply("reservedKey", { root: ROOT }).toString("latin1");
    return this.random.pick<Told>([
      { bytes: command("MOVE", tag, "1"), reply: this.refusal, outside: true },
      { bytes: command("GET", `${ROOT}:${tag}`), reply: reserved, outside: true },
      {
        bytes: command("NOSUCH", tag),
        reply: `-ERR unknown command 'NOSUCH', with args beginning with: '${tag}' \r\n`,
        outside: true,
      },
      { bytes: command("SELECT", "0"), reply: OK, outside: true },
      { bytes: Buffer.concat([command("CLIENT", "REPLY", "SKIP"), command("ECHO", tag)]), reply: "", outside: true },
      {
        bytes: Buffer.concat([
          command("CLIENT", "REPLY", "OFF"),
          command("ECHO", tag),
          command("CLIENT", "REPLY", "ON"),
        ]),
        reply: OK,
        outside: true,
      },
      ...(this.manner === "restless" ? [{ bytes: command("RESET"), reply: "+RESET\r\n", outside: true as const }] : []),
    ]);
  }
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1").slice(0, 300));
}
