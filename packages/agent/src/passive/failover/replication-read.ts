/**
 * Reads a server's replication stream into a file, as a replica would: what came after an offset, as commands; or, where the server
 * no longer has that, all its data as a snapshot.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Address } from "@meridian/engine";
import { CommandReader } from "../../gateway/relay/command-reader.js";
import { encodeCommand } from "../../gateway/requests/inline-command.js";
import { passiveLimits } from "../limits.js";

/** What is in the stream beside commands of clients. */
const OWN = new Set(["ping", "select", "replconf", "multi", "exec"]);
const COMMAND_BYTES_MAX = 1024 * 1024 * 1024;

export interface StreamPart {
  readonly stream: string;
  /** After it. */
  readonly after: number;
  /** Up to it. */
  readonly to: number;
}

export interface ReadPart {
  readonly kind: "commands" | "snapshot";
  readonly file: string;
  readonly bytes: number;
  readonly commands: number | null;
}

/** `part`: undefined, a snapshot is wanted. The file is whole, and on the disk, when it has its name. */
export async function readReplication(address: Address, part: StreamPart | undefined, file: string): Promise<ReadPart> {
  const reader = new LineReader(socketTo(address));
  try {
    if (address.password !== undefined) {
      const login = [address.username ?? "default", address.password];
      const answer = await reader.ask("AUTH", ...login);
      if (!answer.startsWith("+")) throw new Error(answer);
    }
    const [stream, from] = part === undefined ? ["?", "-1"] : [part.stream, String(part.after + 1)];
    const answer = await reader.ask("PSYNC", stream, from);
    if (answer.startsWith("+CONTINUE") && part !== undefined) {
      const counter = new CommandCounter();
      const bytes = await writeWhole(`${file}.resp`, reader, part.to - part.after, (chunk) => counter.add(chunk));
      return { kind: "commands", file: `${file}.resp`, bytes, commands: counter.count };
    }
    if (!answer.startsWith("+FULLRESYNC")) throw new Error(`it answers PSYNC by ${answer}`);
    const header = await reader.line();
    if (!/^\$\d+$/.test(header)) throw new Error(`its snapshot begins with ${header.slice(0, 40)}`);
    const bytes = await writeWhole(`${file}.rdb`, reader, Number(header.slice(1)), () => undefined);
    return { kind: "snapshot", file: `${file}.rdb`, bytes, commands: null };
  } finally {
    reader.end();
  }
}

async function writeWhole(
  file: string,
  reader: LineReader,
  bytes: number,
  look: (chunk: Buffer) => void,
): Promise<number> {
  const temporary = `${file}.part`;
  const output = createWriteStream(temporary, { mode: 0o600 });
  await once(output, "open");
  for (let left = bytes; left > 0;) {
    const chunk = await reader.bytes(left);
    left -= chunk.length;
    look(chunk);
    if (!output.write(chunk)) await once(output, "drain");
  }
  output.end();
  await once(output, "close");
  const handle = await open(temporary, "r");
  await handle.sync();
  await handle.close();
  await rename(temporary, file);
  return bytes;
}

class CommandCounter {
  count = 0;
  private readonly reader = new CommandReader(COMMAND_BYTES_MAX, {
    take: (given) => {
      if (!OWN.has(given.word(0))) this.count++;
      return true;
    },
    onProblem: (problem) => {
      throw new Error(`the stream is out of form: ${problem}`);
    },
    isStopped: () => false,
  });

  add(chunk: Buffer): void {
    this.reader.add(chunk);
    this.reader.read();
  }
}

/** Lines and bytes of a socket, each waited for. */
class LineReader {
  private held: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(private readonly socket: Socket) {
    socket.setTimeout(passiveLimits.saveIdleMsMax, () => socket.destroy(new Error("it sends nothing more")));
    this.chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async ask(...words: string[]): Promise<string> {
    this.socket.write(encodeCommand(words.map((word) => Buffer.from(word))));
    return await this.line();
  }

  /** Empty ones are signs of life. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.held.indexOf(10);
      if (end < 0) {
        await this.more();
        continue;
      }
      const line = this.held.toString("latin1", 0, end).replace(/\r$/, "");
      this.held = this.held.subarray(end + 1);
      if (line !== "") return line;
    }
  }

  /** Some, at most so many. */
  async bytes(most: number): Promise<Buffer> {
    if (this.held.length === 0) await this.more();
    const bytes = this.held.subarray(0, most);
    this.held = this.held.subarray(bytes.length);
    return bytes;
  }

  end(): void {
    this.socket.destroy();
  }

  private async more(): Promise<void> {
    const { value, done } = await this.chunks.next();
    if (done === true) throw new Error("the connection was closed");
    this.held = this.held.length === 0 ? value : Buffer.concat([this.held, value]);
  }
}

function socketTo({ host, port, tls }: Address): Socket {
  return tls === true ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
}
