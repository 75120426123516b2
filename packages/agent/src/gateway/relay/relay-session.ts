/**
 * One client where one region takes the writes: a connection to the region's own server for reads, and one to the primary for the
 * rest, made when they are needed. Where both are the same server it is one.
 *
 * 1. The client gets exactly one reply for each command, in the order of its commands.
 * 2. No command is sent twice. What was sent and not answered when a server was lost is answered by an error that says so.
 * 3. While what goes to the primary is held, the first such command waits, and all that the client sent after it.
 * 4. A transaction, and what it watches, is on one connection from start to end; if that is lost, so is the client's.
 */
import type { Socket } from "node:net";
import { CommandView } from "../cluster/command-view.js";
import { Identity, isRepeated } from "../cluster/identity.js";
import { errorReply } from "../errors.js";
import { gatewayLimits } from "../limits.js";
import { encodeCommand } from "../requests/inline-command.js";
import type { ClientLimits } from "../settings.js";
import { countRefused, type GatewayStats } from "../stats.js";
import { CommandReader } from "./command-reader.js";
import { OwedReplies } from "./owed-replies.js";
import { mayWaitLong, type Route, routeOf, unpins } from "./relay-routes.js";
import { isSamePlace, type ReadBound, type RelayRouting, type Staleness } from "./relay-routing.js";
import { RelaySide, type SideListener } from "./relay-side.js";
import { ReplyGiver } from "./reply-giver.js";
import { serverAddressText, type ServerAddress } from "../server-connection.js";

const LF = 10;
const MINUS = 45;
const OK = Buffer.from("+OK\r\n");

export interface RelaySessionOptions {
  readonly routing: () => RelayRouting;
  readonly bound: ReadBound | undefined;
  readonly staleness: Staleness;
  readonly limits: ClientLimits;
  readonly stats: GatewayStats;
  onClosed(): void;
}

export class RelaySession implements SideListener {
  private readonly commands: CommandReader;
  private readonly owed = new OwedReplies();
  private readonly giver = new ReplyGiver(this.owed, (bytes) => this.toClient(bytes));
  private readonly identity = new Identity();
  private database: Buffer | undefined;
  private readonly sides = new Set<RelaySide>();
  private pinned: RelaySide | undefined;
  private tunnel: RelaySide | undefined;
  /** Commands wait: for the primary, or until all replies are given. */
  private waits: "primary" | "replies" | undefined;
  private heldTimer: NodeJS.Timeout | undefined;
  private ending = false;
  private closed = false;
  private activeMs = performance.now();

  constructor(
    private readonly client: Socket,
    private readonly options: RelaySessionOptions,
  ) {
    this.commands = new CommandReader(options.limits.commandBytesMax, {
      take: (given, bytes) => this.take(given, bytes),
      onProblem: (problem) => this.protocolError(problem),
      isStopped: () => this.ending || this.tunnel !== undefined,
    });
    client.on("data", (chunk: Buffer) => this.onRequest(chunk));
    client.on("drain", () => this.give());
    client.on("end", () => this.finish());
    client.on("error", () => this.destroy());
    client.on("close", () => this.destroy());
  }

  /** Commands sent to the primary and not answered, but for those that may wait long. */
  get unanswered(): number {
    let count = 0;
    for (const side of this.sides) {
      if (isSamePlace(side.address, this.options.routing().primary)) count += this.owed.shortOf(side);
    }
    return count;
  }

  isIdleSince(beforeMs: number): boolean {
    return this.activeMs <= beforeMs && this.owed.length === 0 && this.tunnel === undefined && this.waits === undefined;
  }

  /** The agent knows better where the primary is, or whether its commands wait. */
  routingChanged(): void {
    const { near, primary, held } = this.options.routing();
    for (const side of Array.from(this.sides)) {
      if (isSamePlace(side.address, near) || isSamePlace(side.address, primary)) continue;
      if (side === this.pinned || side === this.tunnel) this.loseClient("the primary is another one now");
      else this.retire(side);
    }
    if (this.pinned !== undefined && !isSamePlace(this.pinned.address, primary))
      this.loseClient("the primary is another one now");
    if (!held && this.waits === "primary") this.resume();
  }

  finish(): void {
    this.ending = true;
    this.give();
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.heldTimer);
    this.client.destroy();
    for (const side of Array.from(this.sides)) side.destroy();
    this.options.onClosed();
  }

  onBytes(side: RelaySide): void {
    if (this.closed) return;
    if (side === this.tunnel) {
      const bytes = side.takeBytes();
      if (bytes !== undefined) this.toClient(bytes);
      side.listen(!this.client.writableNeedDrain);
      return;
    }
    this.give();
  }

  onDrain(): void {
    if (!this.closed && this.waits === undefined && !this.full) this.client.resume();
  }

  onClosed(side: RelaySide): void {
    this.sides.delete(side);
    if (this.closed) return;
    if (side === this.tunnel || (side === this.pinned && side.owed === 0) || !side.ends.done) {
      this.destroy();
      return;
    }
    if (side.owed > 0) {
      this.options.stats.serverConnectionsLost++;
      const code = side.reached ? "relayLost" : "relayUnreached";
      this.owed.answerFor(side, errorReply(code, { address: serverAddressText(side.address), reason: side.failure }));
    }
    if (side === this.pinned) this.ending = true;
    this.give();
  }

  private onRequest(chunk: Buffer): void {
    this.options.stats.bytesFromClients += chunk.length;
    this.activeMs = performance.now();
    if (this.tunnel !== undefined) {
      this.tunnel.write(chunk);
      if (this.tunnel.full) this.client.pause();
      return;
    }
    if (this.ending) return;
    this.commands.add(chunk);
    if (this.waits === undefined) this.read();
  }

  private resume(): void {
    clearTimeout(this.heldTimer);
    this.heldTimer = undefined;
    this.waits = undefined;
    this.read();
    if (this.waits === undefined && !this.full) this.client.resume();
  }

  private read(): void {
    const { commands } = this;
    if (this.waits === undefined && !this.ending) commands.read();
    if (this.tunnel !== undefined) {
      const rest = commands.takeRest();
      if (rest.length > 0) this.tunnel.write(rest);
    }
    if (this.waits !== undefined || this.full) this.client.pause();
    this.give();
  }

  /** False: it waits, and is taken up again. */
  private take(given: CommandView, bytes: Buffer): boolean {
    const name = given.word(0);
    const route = routeOf(name, given.word(1));
    if (route === "refused") {
      this.refuse(given);
    } else if (name === "quit") {
      this.owed.pushOwn(OK);
      this.ending = true;
    } else if (route === "tunnel") {
      return this.openTunnel(bytes);
    } else if (route === "session") {
      return this.say(given, bytes);
    } else {
      return this.send(route, name, bytes);
    }
    return true;
  }

  private send(route: Route, name: string, bytes: Buffer): boolean {
    const { stats } = this.options;
    const near = route === "near" && this.pinned === undefined ? this.nearAddress() : undefined;
    if (near === "stale") {
      const { stalenessMsMax = 0 } = this.options.bound ?? {};
      this.owed.pushOwn(errorReply("relayStale", { milliseconds: stalenessMsMax }));
      countRefused(stats, name.toUpperCase());
      return true;
    }
    const side = near === undefined ? this.toPrimary() : this.sideOf(near);
    if (side === "wait") return false;
    if (side === undefined) return true;
    if (near === undefined) stats.commandsWritten++;
    else stats.commandsForwarded++;
    side.write(bytes);
    this.owed.push(side, { long: mayWaitLong(name) });
    if (route === "pinned") this.pinned = side;
    else if (unpins(name)) this.pinned = undefined;
    return true;
  }

  /** Undefined: the primary is to be read. */
  private nearAddress(): ServerAddress | "stale" | undefined {
    const { bound, routing, staleness } = this.options;
    const { near, primary } = routing();
    if (near === undefined || bound === undefined || isSamePlace(near, primary)) return near;
    const ageMs = staleness();
    if (ageMs !== undefined && ageMs <= bound.stalenessMsMax) return near;
    return bound.otherwise === "error" ? "stale" : undefined;
  }

  /** Undefined: the client was told why not. */
  private toPrimary(): RelaySide | "wait" | undefined {
    const { primary, primaryRegion, held } = this.options.routing();
    if (held) {
      this.waits = "primary";
      this.heldTimer ??= setTimeout(() => this.waitedTooLong(), gatewayLimits.relayHeldMsMax);
      return "wait";
    }
    if (primary !== undefined) return this.sideOf(primary);
    this.owed.pushOwn(errorReply("relayNoPrimary", { region: primaryRegion }));
    return undefined;
  }

  private waitedTooLong(): void {
    if (this.waits !== "primary" || this.closed) return;
    this.commands.skip();
    this.owed.pushOwn(errorReply("relayHeld", { seconds: gatewayLimits.relayHeldMsMax / 1000 }));
    this.resume();
  }

  private sideOf(address: ServerAddress): RelaySide {
    for (const side of this.sides) if (!side.closed && isSamePlace(side.address, address)) return side;
    const side = new RelaySide(address, this);
    this.sides.add(side);
    const greetings = this.identity.greetings();
    if (this.database !== undefined) greetings.push(encodeCommand([Buffer.from("SELECT"), this.database]));
    for (const greeting of greetings) {
      side.write(greeting);
      this.owed.push(side, { swallowed: true });
    }
    return side;
  }

  /** Who the client is: told to each of its connections; one of them answers. */
  private say(given: CommandView, bytes: Buffer): boolean {
    if (this.pinned !== undefined && given.word(0) === "select") {
      this.owed.pushOwn(errorReply("relaySelect"));
      return true;
    }
    const { near } = this.options.routing();
    const speaker = this.pinned ?? (near === undefined ? this.toPrimary() : this.sideOf(near));
    if (speaker === "wait") return false;
    if (speaker === undefined) return true;
    const copy = Buffer.from(bytes);
    const view = CommandView.of(copy, 0, copy.indexOf(LF) + 1, given.count);
    const onBegun = (type: number): void => {
      if (type !== MINUS) this.note(view);
    };
    speaker.write(bytes);
    this.owed.push(speaker, { onBegun });
    for (const other of this.sides) {
      if (other === speaker || other.closed) continue;
      other.write(bytes);
      this.owed.push(other, { swallowed: true });
    }
    if (given.word(0) === "reset") this.pinned = undefined;
    return true;
  }

  private note(given: CommandView): void {
    const name = given.word(0);
    if (name === "reset") {
      this.identity.clear();
      this.database = undefined;
    } else if (name === "select") {
      this.database = Buffer.from(given.bytes(1));
    } else if (name !== "client" || isRepeated(given.word(1))) {
      this.identity.accepted(given);
    }
  }

  /** Messages come whenever they do: from now on bytes are passed as they are, to and from one server. */
  private openTunnel(bytes: Buffer): boolean {
    if (this.owed.length > 0) {
      this.waits = "replies";
      return false;
    }
    const { near } = this.options.routing();
    // In RESP3 whoever listens may also write.
    const side = near === undefined || this.identity.respThree ? this.toPrimary() : this.sideOf(near);
    if (side === "wait") return false;
    if (side === undefined) return true;
    if (this.owed.length > 0) {
      this.waits = "replies"; // it has yet to hear who the client is
      return false;
    }
    side.write(bytes);
    side.listen(true);
    this.tunnel = side;
    for (const other of Array.from(this.sides)) if (other !== side) other.destroy();
    return true;
  }

  private refuse(given: CommandView): void {
    const name = given.word(0) === "client" ? `CLIENT ${given.word(1)}` : given.word(0);
    const command = name.toUpperCase();
    countRefused(this.options.stats, command);
    this.owed.pushOwn(errorReply("relayRefused", { command }));
  }

  private protocolError(problem: string): void {
    this.options.stats.protocolErrors++;
    this.owed.pushOwn(errorReply("protocol", { problem }));
    this.ending = true;
  }

  /** All that is the client's turn of. */
  private give(): void {
    const { owed, client } = this;
    if (this.closed || this.tunnel !== undefined) return;
    this.giver.give(client);
    for (const side of Array.from(this.sides)) {
      if (owed.head === undefined) this.giver.giveUnasked(side);
      const isTurn = owed.head === undefined || owed.head.side === side;
      side.listen(isTurn && !client.writableNeedDrain);
      if (side.owed === 0 && this.isRetired(side)) side.destroy();
    }
    if (owed.length > 0) return;
    if (this.waits === "replies") this.resume();
    else if (this.ending) this.end();
    else if (this.waits === undefined && client.isPaused() && !this.full) client.resume();
  }

  private toClient(bytes: Buffer): void {
    this.options.stats.bytesToClients += bytes.length;
    this.activeMs = performance.now();
    this.client.write(bytes);
  }

  private isRetired(side: RelaySide): boolean {
    const { near, primary } = this.options.routing();
    return !isSamePlace(side.address, near) && !isSamePlace(side.address, primary);
  }

  /** It gives what it owes, for a while. */
  private retire(side: RelaySide): void {
    if (side.owed === 0) {
      side.destroy();
      return;
    }
    setTimeout(() => side.destroy(), this.options.limits.drainMs).unref();
  }

  private loseClient(reason: string): void {
    const side = this.pinned ?? this.tunnel;
    if (side !== undefined) side.failure = reason;
    this.ending = true;
    side?.destroy();
  }

  private get full(): boolean {
    if (this.owed.length > gatewayLimits.pendingRunsMax || this.owed.ownBytes > gatewayLimits.localReplyBytesMax)
      return true;
    for (const side of this.sides) if (side.full) return true;
    return false;
  }

  private end(): void {
    this.client.destroySoon();
    for (const side of Array.from(this.sides)) side.destroy();
    setTimeout(() => this.destroy(), this.options.limits.drainMs).unref();
  }
}
