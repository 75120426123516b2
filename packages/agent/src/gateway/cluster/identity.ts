/**
 * Who the client is, and what else holds for all its connections: said at home, and repeated to each other node, so that the
 * client acts everywhere as the user that it has proven to be. The password is kept as long as the client stays.
 */
import { encodeCommand } from "../requests/inline-command.js";
import type { CommandView } from "./command-view.js";

/** Of CLIENT: what is about each connection. */
const REPEATED: ReadonlySet<string> = new Set(["setname", "setinfo", "no-evict", "no-touch", "capa", "import-source"]);
const DEFAULT_USER = Buffer.from("default");

export class Identity {
  private protocol: "2" | "3" = "2";
  private login: readonly Buffer[] = [];
  private readonly others = new Map<string, Buffer>();

  get respThree(): boolean {
    return this.protocol === "3";
  }

  /** What a new connection says first. */
  greetings(): Buffer[] {
    const { protocol, login } = this;
    const first: Buffer[] = [];
    if (protocol === "3") {
      const credentials = login.length === 0 ? [] : [Buffer.from("AUTH"), ...login];
      first.push(encodeCommand([Buffer.from("HELLO"), Buffer.from("3"), ...credentials]));
    } else if (login.length > 0) {
      first.push(encodeCommand([Buffer.from("AUTH"), ...login]));
    }
    return [...first, ...this.others.values()];
  }

  /** The server took AUTH, HELLO, or something of CLIENT. */
  accepted(given: CommandView): void {
    const name = given.word(0);
    if (name === "auth") this.login = loginOf(given, 1);
    else if (name === "hello") this.acceptHello(given);
    else
      this.others.set(given.word(1) + (given.word(1) === "setinfo" ? given.word(2) : ""), Buffer.from(given.piece(0)));
  }

  /** RESET: nobody. */
  clear(): void {
    this.protocol = "2";
    this.login = [];
    this.others.clear();
  }

  private acceptHello(given: CommandView): void {
    if (given.count > 1) this.protocol = given.text(1) === "3" ? "3" : "2";
    for (let index = 2; index < given.count; index++) {
      if (given.word(index) === "auth") {
        this.login = [Buffer.from(given.bytes(index + 1)), Buffer.from(given.bytes(index + 2))];
        index += 2;
      } else if (given.word(index) === "setname") {
        const name = [Buffer.from("CLIENT"), Buffer.from("SETNAME"), Buffer.from(given.bytes(index + 1))];
        this.others.set("setname", encodeCommand(name));
        index++;
      }
    }
  }
}

export function isRepeated(subcommand: string): boolean {
  return REPEATED.has(subcommand);
}

function loginOf(given: CommandView, from: number): Buffer[] {
  const parts = Array.from({ length: given.count - from }, (_, at) => Buffer.from(given.bytes(from + at)));
  return parts.length === 1 ? [DEFAULT_USER, ...parts] : parts;
}
