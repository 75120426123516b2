/**
 * ioredis's own client, but for what it writes: commands that write are sent as calls of Meridian's function, to the region's
 * server itself. Where commands become bytes is one place, `sendCommand`, through which typed methods, pipelines, scripts
 * and `call` all go; so nothing else of ioredis is touched.
 *
 * Invariants
 * 1. No command that could write goes to the server as it is.
 * 2. All writes of a transaction are one call.
 */
import { type Command, Redis as PlainRedis } from "ioredis";
import { ClientError } from "./errors.js";
import { limits } from "./limits.js";
import {
  type ClientOptions,
  type NodeOptions,
  isOfAllSlots,
  type Partitions,
  rootOfCall,
  rootOfShown,
} from "./partition.js";
import { type Stream, Transaction } from "./transaction.js";
import { type Verdict, verdictOf } from "./verdict.js";
import { WaitsHere } from "./waiting/waits-here.js";
import { formCall, formShow, isFormed } from "./wire-form.js";

const SLOTS_HERE =
  'the partitions of this region are hash slots: make the client with { partitions: "slots" }, or, of a cluster, as a Cluster';
const NO_SLOTS_HERE =
  'no region is configured here for this hash slot: start its agent first, or, where its partitions are not slots, leave { partitions: "slots" } out';
const FUNCTION_MISSING = "ERR Function not found";

interface Item {
  readonly command: Command;
  readonly stream: unknown;
}

/** Of ioredis's queue of commands that wait for a reply. */
interface Items {
  readonly length: number;
  peekAt(index: number): Item | undefined;
  remove(index: number, count: number): unknown;
}

export class Redis extends PlainRedis {
  private fullUntilMs = 0;
  private kept: Transaction | undefined;
  private waits: WaitsHere | undefined;

  constructor(port: number, host: string, options: ClientOptions);
  constructor(path: string, options: ClientOptions);
  constructor(port: number, options: ClientOptions);
  constructor(port: number, host: string);
  constructor(options: ClientOptions);
  constructor(port: number);
  constructor(path: string);
  constructor();
  constructor(...given: (number | string | ClientOptions)[]) {
    super(...(given as [ClientOptions]));
    if ((this.options.db ?? 0) !== 0) {
      this.disconnect();
      throw new ClientError("MERIDIAN_DATABASE", { database: this.options.db ?? 0 });
    }
    this.on("close", () => this.abortKeptBack());
    this.on("end", () => this.waits?.stop());
  }

  static override createClient(...given: (number | string | ClientOptions)[]): Redis {
    return new Redis(...(given as [ClientOptions]));
  }

  override duplicate(override?: Partial<ClientOptions>): Redis {
    return new Redis({ ...this.options, ...override });
  }

  override sendCommand(command: Command, stream?: Stream): unknown {
    if (isFormed(command)) return super.sendCommand(command, stream);
    const { transaction } = this;
    const verdict = verdictOf(command.name, command.args, transaction.open);
    if (verdict === "plain" && !transaction.open) return super.sendCommand(command, stream);
    if (transaction.open) return this.queue(command, verdict, stream);
    return this.sendFormed(command, verdict, stream);
  }

  /** @ignore Each error that the server replies passes here. */
  override handleReconnection(error: Error, item: Parameters<PlainRedis["handleReconnection"]>[1]): void {
    if (error.message.startsWith("OOM ")) this.fullUntilMs = Date.now() + limits.fullMs;
    const problem = this.partitionsProblem(error.message, item.command as Command);
    if (problem !== undefined) error.message = new ClientError("MERIDIAN_PARTITIONS", { problem }).message;
    // To FCALL the same words may say that the user's own function is missing.
    const command = item.command as Command;
    const isOurs = isFormed(command) && !(command.name === "fcall" && command.args.length > 0);
    if (isOurs && error.message.startsWith(FUNCTION_MISSING)) error.message = new ClientError("LOADING").message;
    super.handleReconnection(error, item);
  }

  /** Made when it is first asked for: ioredis sends commands while it is still being constructed. */
  private get transaction(): Transaction {
    this.kept ??= new Transaction(
      (command, stream) => super.sendCommand(command, stream),
      () => this.isFull,
      this.partitions,
    );
    return this.kept;
  }

  private get partitions(): Partitions {
    return (this.options as ClientOptions).partitions ?? "whole";
  }

  /** Of a region that is of the other kind the function, or the server, refuses each call: the caller is told why. */
  private partitionsProblem(message: string, command: Command): string | undefined {
    if (!isFormed(command)) return undefined;
    if (this.partitions === "slots") return message.startsWith("MERIDIAN_NOTCONFIGURED ") ? NO_SLOTS_HERE : undefined;
    return /^(CROSSSLOT|MOVED|ASK) /.test(message) ? SLOTS_HERE : undefined;
  }

  private get isFull(): boolean {
    return this.fullUntilMs > 0 && Date.now() < this.fullUntilMs;
  }

  private sendFormed(command: Command, verdict: Verdict, stream: Stream): unknown {
    const { transaction } = this;
    if (verdict === "multi" && command.args.length === 0) {
      transaction.begin(command, stream);
      return command.promise;
    }
    if (verdict === "waits" && (this.options as NodeOptions).ofCluster !== true) return this.waitHere(command, stream);
    if (verdict === "waits" || verdict === "gateway" || verdict === "database") {
      return this.refuse(command, verdict, stream);
    }
    if (this.partitions === "slots" && isOfAllSlots(command.name)) {
      return this.reject(
        command,
        new ClientError("MERIDIAN_ALLSLOTS", { command: command.name.toUpperCase() }),
        stream,
      );
    }
    if (verdict === "call") formCall(command, this.isFull, rootOfCall(this.partitions, command));
    else if (verdict === "show") formShow(command, rootOfShown(this.partitions));
    else if (verdict === "watch") transaction.watching = true;
    else if (verdict === "unwatch") transaction.watching = false;
    return super.sendCommand(command, stream);
  }

  private queue(command: Command, verdict: Verdict, stream: Stream): unknown {
    const { transaction } = this;
    if (verdict === "exec") transaction.execute(command, stream);
    else if (verdict === "discard") transaction.discard(command, stream);
    else if (verdict === "multi") this.reject(command, new ClientError("nestedMulti"), stream);
    else if (verdict === "watch") this.reject(command, new ClientError("watchInMulti"), stream);
    else transaction.add(command, verdict, stream);
    return command.promise;
  }

  private refuse(command: Command, verdict: "waits" | "gateway" | "database", stream: Stream): unknown {
    const problem =
      verdict !== "database"
        ? new ClientError("MERIDIAN_NEEDSGATEWAY", { command: command.name.toUpperCase() })
        : new ClientError("MERIDIAN_DATABASE", { database: String(command.args[0]) });
    return this.reject(command, problem, stream);
  }

  /** Nothing waits for it: what is sent after it, on this connection too, goes on. */
  private waitHere(command: Command, stream: Stream): unknown {
    if (stream !== undefined) this.sendPing(stream);
    const waits = (this.waits ??= new WaitsHere(this.options, (attempt) => {
      formCall(attempt, this.isFull, rootOfCall(this.partitions, attempt));
      return super.sendCommand(attempt);
    }));
    // What is sent alone while a pipeline is being gathered would come before it, and its reply be taken for another's.
    if (stream === undefined) waits.take(command);
    else queueMicrotask(() => waits.take(command));
    return command.promise;
  }

  private reject(command: Command, problem: ClientError, stream: Stream): unknown {
    if (stream !== undefined) this.sendPing(stream);
    command.reject(problem);
    return command.promise;
  }

  /** A pipeline counts what is written for each of its commands: this goes in the place of one that is not written. */
  private sendPing(stream: Stream): void {
    const ping = new PlainRedis.Command("ping", []);
    super.sendCommand(ping, stream);
    ping.promise.catch(() => undefined);
  }

  /** Pipelines with transactions that were not answered: sent again they would lack what was kept back, or do it twice. */
  private abortKeptBack(): void {
    const items = (this as unknown as { prevCommandQueue?: Items | null }).prevCommandQueue;
    if (items === undefined || items === null) return;
    for (let at = 0; at < items.length;) {
      const item = items.peekAt(at);
      if (item === undefined || !this.transaction.keptBackOf(item.stream)) {
        at++;
        continue;
      }
      items.remove(at, 1);
      item.command.reject(new Error("Command aborted due to connection close"));
    }
  }
}
