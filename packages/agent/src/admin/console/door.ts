/**
 * A connection to a region's gateway, as any client of it has one: what the console runs there has the gateway's rules and
 * the rights of its user. One command after the other; replies are cut to the room there is.
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AgentError, textOf } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { UserLogin } from "./access.js";
import { ReplyDecoder } from "./reply-decoder.js";
import type { Reply, ReplyRoom } from "./reply.js";

/** Where a gateway takes clients in. */
export type DoorPlace = { path: string } | { host: string; port: number; isTls: boolean };

export interface DoorOptions {
  region: string;
  place: DoorPlace;
  login: { username?: string | undefined; password: string } | UserLogin | undefined;
  room: ReplyRoom;
  onClose?: () => void;
}

interface Waiting {
  resolve: (reply: Reply) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
}

export class Door {
  private readonly waiting: Waiting[] = [];
  private problem: AgentError | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly region: string,
    room: ReplyRoom,
    private readonly onClose: () => void,
  ) {
    const decoder = new ReplyDecoder(room, (reply) => this.replied(reply));
    socket.on("data", (chunk: Buffer) => {
      try {
        decoder.feed(chunk);
      } catch (error) {
        this.fail(textOf(error));
      }
    });
    socket.on("error", (error) => this.fail(error.message));
    socket.on("close", () => this.fail("the connection was closed"));
  }

  /** Rejects with MERIDIAN_NOGATEWAY, or MERIDIAN_BADSIGNIN where the login is not accepted. */
  static async open({ region, place, login, room, onClose = () => undefined }: DoorOptions): Promise<Door> {
    const socket = await connected(region, place);
    const door = new Door(socket, region, room, onClose);
    const auth = login === undefined ? [] : ["AUTH", login.username ?? "default", login.password];
    const hello = await door.send(["HELLO", "3", ...auth, "SETNAME", "meridian-console"]);
    if (hello.type !== "error") return door;
    door.close();
    if (login !== undefined && /^(WRONGPASS|NOAUTH|NOPERM)/.test(hello.value)) {
      throw new AgentError("MERIDIAN_BADSIGNIN", { what: "the user", remedy: hello.value });
    }
    throw noGateway(region, hello.value);
  }

  get isOpen(): boolean {
    return this.problem === undefined;
  }

  /** A reply that is an error is a reply. */
  send(args: readonly (string | Buffer)[]): Promise<Reply> {
    if (this.problem !== undefined) return Promise.reject(this.problem);
    if (this.waiting.length >= agentLimits.doorQueueMax) {
      return Promise.reject(noGateway(this.region, "too many commands wait for a reply"));
    }
    return new Promise((resolve, reject) => {
      const seconds = agentLimits.doorCommandMsMax / 1000;
      const timer = setTimeout(() => this.fail(`no reply for ${seconds} s`), agentLimits.doorCommandMsMax);
      this.waiting.push({ resolve, reject, timer });
      this.socket.write(commandBytes(args));
    });
  }

  close(): void {
    this.fail("the connection was closed");
  }

  private replied(reply: Reply): void {
    if (reply.type === "push") return; // nobody waits for one
    const first = this.waiting.shift();
    clearTimeout(first?.timer);
    first?.resolve(reply);
  }

  private fail(reason: string): void {
    if (this.problem !== undefined) return;
    this.problem = noGateway(this.region, reason);
    this.socket.destroy();
    this.onClose();
    for (const { reject, timer } of this.waiting.splice(0)) {
      clearTimeout(timer);
      reject(this.problem);
    }
  }
}

export function noGateway(region: string, reason: string): AgentError {
  return new AgentError("MERIDIAN_NOGATEWAY", { region, reason });
}

function connected(region: string, place: DoorPlace): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = dial(place);
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(noGateway(region, reason));
    };
    const timer = setTimeout(() => fail("no connection in time"), agentLimits.doorConnectMsMax);
    const onError = (error: Error): void => fail(error.message);
    socket.once("error", onError);
    socket.once("path" in place || !place.isTls ? "connect" : "secureConnect", () => {
      clearTimeout(timer);
      socket.off("error", onError);
      resolve(socket);
    });
  });
}

/** Our own gateway: its certificate says the name that clients know, and we are no other machine. */
function dial(place: DoorPlace): Socket {
  if ("path" in place) return connectPlain({ path: place.path });
  const { host, port, isTls } = place;
  return isTls ? connectTls({ host, port, rejectUnauthorized: false }) : connectPlain({ host, port, noDelay: true });
}

function commandBytes(args: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === "string" ? Buffer.from(arg) : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}
