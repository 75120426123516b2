/**
 * MULTI to EXEC. The commands are kept here, and each is told QUEUED; the server hears of them at EXEC, as one function call,
 * which is one step and one log entry in every region. After WATCH the server's own MULTI and EXEC go around the call; a
 * transaction that writes nothing is the server's own altogether.
 *
 * A transaction whose connection is lost before its reply is not sent again: whether it took effect is not known.
 */
import { hasWrongArity } from "@meridian/core";
import { Command, type Redis } from "ioredis";
import { ClientError } from "./errors.js";
import { limits } from "./limits.js";
import { isOfAllSlots, type Partitions, rootOfShown, rootOfTransaction } from "./partition.js";
import { entryOf, readsOnly, type Verdict } from "./verdict.js";
import { transactionForm, writeShown } from "./wire-form.js";

export type Stream = Parameters<Redis["sendCommand"]>[1];
type Send = (command: Command, stream: Stream) => unknown;

interface Held {
  readonly command: Command;
  readonly verdict: Verdict;
}

/** What of a pipeline ioredis counts: each of its commands is one piece that it writes. */
interface PipelineStream {
  write(piece: string | Buffer): void;
}

export class Transaction {
  open = false;
  watching = false;
  private held: Held[] = [];
  private refusedSome = false;
  /** Pipelines of which commands were kept back. */
  private readonly pipelines = new WeakSet<object>();

  /** `send`: to the server, in the form in which the command is. */
  constructor(
    private readonly send: Send,
    private readonly isFull: () => boolean,
    private readonly partitions: Partitions,
  ) {}

  /** Was something of this pipeline kept back? */
  keptBackOf(stream: unknown): boolean {
    return typeof stream === "object" && stream !== null && this.pipelines.has(stream);
  }

  begin(command: Command, stream: Stream): void {
    this.open = true;
    this.answer(command, stream, "OK");
  }

  add(command: Command, verdict: Verdict, stream: Stream): void {
    const refused = this.problemOf(command, verdict);
    if (refused !== undefined) {
      this.refuse(command, stream, refused);
      return;
    }
    this.held.push({ command, verdict });
    this.answer(command, stream, "QUEUED");
  }

  discard(command: Command, stream: Stream): void {
    this.end();
    const name = this.watching ? "unwatch" : "ping";
    this.watching = false;
    this.standIn(name, stream).then(() => settle(command)(Buffer.from("OK")), fail(command));
  }

  execute(command: Command, stream: Stream): void {
    const { held, refusedSome, watching } = this;
    this.end();
    this.watching = false;
    const isWriting = held.some(({ verdict }) => verdict === "call");
    const stranger = isWriting
      ? held.find(({ command: { name }, verdict }) => verdict !== "call" && !readsOnly(name))
      : undefined;
    const commands = held.map((each) => each.command);
    const root = rootOfTransaction(this.partitions, commands);
    if (refusedSome || stranger !== undefined || root === undefined) {
      this.standIn(watching ? "unwatch" : "ping", stream).catch(ignore);
      command.reject(problemOfAll(refusedSome, stranger));
    } else if (isWriting && !watching) {
      this.sendCall(commands, root, stream).then(settle(command), (error: Error) => command.reject(aborted(error)));
    } else {
      this.sendAround(held, isWriting ? root : undefined, stream).then(settle(command), (error: Error) =>
        command.reject(error.message === CLOSED ? aborted(error) : error),
      );
    }
  }

  private end(): void {
    this.open = this.refusedSome = false;
    this.held = [];
  }

  private problemOf(command: Command, verdict: Verdict): ClientError | undefined {
    if (verdict === "database") return new ClientError("MERIDIAN_DATABASE", { database: String(command.args[0]) });
    const name = entryOf(command.name)?.name ?? command.name;
    if (this.partitions === "slots" && isOfAllSlots(name)) {
      return new ClientError("MERIDIAN_ALLSLOTS", { command: name.toUpperCase() });
    }
    if (hasWrongArity(name, command.args.length + 1)) return new ClientError("arity", { command: name });
    if (this.held.length < limits.transactionCommandsMax) return undefined;
    return new ClientError("MERIDIAN_TRANSACTIONTOOLARGE", { commands: limits.transactionCommandsMax });
  }

  private refuse(command: Command, stream: Stream, problem: ClientError): void {
    this.refusedSome = true;
    this.keepBack(stream);
    command.reject(problem);
  }

  private answer(command: Command, stream: Stream, text: string): void {
    this.keepBack(stream);
    command.resolve(Buffer.from(text));
  }

  private keepBack(stream: Stream): void {
    if (stream === undefined) return;
    this.pipelines.add(stream);
    (stream as unknown as PipelineStream).write("");
  }

  /** The call's reply is the reply of EXEC. */
  private sendCall(commands: readonly Command[], root: string, stream: Stream): Promise<unknown> {
    return this.standIn("fcall", stream, (socket) => transactionForm(commands, this.isFull(), root, socket));
  }

  /** The server's own MULTI and EXEC, around one call with this root, or around the commands as they are. */
  private async sendAround(held: readonly Held[], root: string | undefined, stream: Stream): Promise<unknown> {
    const count = root === undefined ? held.length : 1;
    const commands = held.map((each) => each.command);
    const gathered = stream === undefined ? undefined : this.gather(stream, count + 2);
    this.standIn("multi", gathered).catch(ignore);
    if (root !== undefined) this.sendCall(commands, root, gathered).catch(ignore);
    else for (const each of held) this.standIn(each.command.name, gathered, this.formOf(each)).catch(ignore);
    const reply = await this.standIn("exec", gathered);
    if (root === undefined || !Array.isArray(reply)) return reply;
    const replies: unknown = reply[0];
    if (replies instanceof Error) throw aborted(replies);
    return replies;
  }

  private formOf({ command, verdict }: Held): (socket: object) => string | Buffer {
    if (verdict === "show") return (socket) => writeShown(command, socket, rootOfShown(this.partitions));
    return (socket) => command.toWritable(socket);
  }

  /** What is several commands to the server is one piece of the pipeline. */
  private gather(stream: NonNullable<Stream>, count: number): Stream {
    const pieces: Buffer[] = [];
    const gathered = {
      ...stream,
      write: (piece: string | Buffer) => {
        pieces.push(Buffer.from(piece as string));
        if (pieces.length === count) (stream as unknown as PipelineStream).write(Buffer.concat(pieces));
        return true;
      },
    };
    this.pipelines.add(gathered);
    return gathered as unknown as Stream;
  }

  /** A command that goes in the place of one, or several, that the caller has. */
  private standIn(name: string, stream: Stream, form?: (socket: object) => string | Buffer): Promise<unknown> {
    const command = new Command(name, []);
    if (form !== undefined) command.toWritable = form;
    else command.toWritable = (socket) => Object.getPrototypeOf(command).toWritable.call(command, socket) as string;
    this.send(command, stream);
    return command.promise as Promise<unknown>;
  }
}

function problemOfAll(refusedSome: boolean, stranger: Held | undefined): ClientError {
  if (stranger !== undefined) {
    return new ClientError("MERIDIAN_BETWEENWRITES", { command: stranger.command.name.toUpperCase() });
  }
  return new ClientError(refusedSome ? "execAborted" : "crossSlot");
}

const CLOSED = "Connection is closed.";
/** Nothing was done, and who called knows what to do about it. */
const ELSEWHERE = /^(LOADING|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|MERIDIAN_PARTITIONS) /;

/** The server refused all of it: as Redis tells EXEC. */
function aborted(error: Error): Error {
  // Told in these words a cluster's client would send it again.
  if (error.message === CLOSED) return new Error("Command aborted due to connection close");
  if (error.name !== "ReplyError" || ELSEWHERE.test(error.message)) return error;
  error.message = `EXECABORT Transaction discarded because of: ${error.message}`;
  return error;
}

const settle =
  (command: Command) =>
  (reply: unknown): void => {
    command.resolve(reply);
  };
const fail =
  (command: Command) =>
  (error: Error): void => {
    command.reject(error);
  };
const ignore = (): void => undefined;
