/**
 * A command that the region's agent answers, perhaps after a while, on behalf of one client: WAIT, or one about tokens
 * (token-command.ts). Whether the client may ask at all the server says first, and thereby that it has done all that the client
 * sent before. Commands after it wait behind it.
 */
import type { BlockedClients, Blocking } from "./blocked-clients.js";
import type { CommandArguments } from "../commands/command-arguments.js";
import { errorReply } from "../errors.js";
import type { RegionService, RegionWaitRequest } from "../region-service.js";
import type { ServerSide } from "../server-side.js";
import { admitted, refusalOnly } from "../replies/amendments.js";
import type { Amender } from "../replies/pending-replies.js";

const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
const INTEGER_MAX = 2n ** 63n - 1n;
const ARGUMENTS = 3;
const WAIT_FOR_NONE = Buffer.from("*3\r\n$4\r\nWAIT\r\n$1\r\n0\r\n$1\r\n0\r\n");
const ECHO = Buffer.from("*2\r\n$4\r\nECHO\r\n$1\r\n1\r\n");

/** Undefined: the server refuses it, in its own words. */
export function regionWaitOf(given: CommandArguments): RegionWaitRequest | undefined {
  if (given.count !== ARGUMENTS) return undefined;
  const [regions, timeoutMs] = [integer(given.text(1)), integer(given.text(2))];
  return regions === undefined || timeoutMs === undefined || timeoutMs < 0 ? undefined : { regions, timeoutMs };
}

function integer(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const value = BigInt(text);
  return value > INTEGER_MAX || value < -INTEGER_MAX - 1n ? undefined : Number(value);
}

export type SlotsWritten = ServerSide["slotsWritten"];

/** What is sent to the server, of which the client sees only a refusal. */
export interface Probe {
  readonly bytes: Buffer;
  readonly amender: Amender;
}

export interface RegionCommand {
  readonly probe: Probe;
  /** The client's reply. `slots`: in which the client wrote, where partitions are slots. */
  answer(region: RegionService, signal: AbortSignal, slots?: SlotsWritten): Promise<Buffer>;
  /** Where there is none. */
  failed(reason: string): Buffer;
}

export function waitCommand(request: RegionWaitRequest): RegionCommand {
  return {
    probe: { bytes: WAIT_FOR_NONE, amender: refusalOnly },
    answer: async (region, signal) => Buffer.from(`:${await region.waitForRegions(request, signal)}\r\n`),
    failed: (reason) => errorReply("regionsUnknown", { reason }),
  };
}

/** For what needs no right but to be let in. */
export function admission(command: string): Probe {
  return { bytes: ECHO, amender: (reply) => admitted(reply, command) };
}

/** The connection on which the server is asked, and where the answer goes. */
export interface RegionWaitHost {
  /** `onTried` is told: true when the client has got an error for an answer. */
  askToWait(probe: Probe): void;
  readonly slotsWritten: SlotsWritten;
  end(reply: Buffer | undefined): void;
}

export class RegionWait implements Blocking {
  idle = false;
  private ended = false;
  private readonly leaving = new AbortController();

  constructor(
    private readonly command: RegionCommand,
    private readonly context: { readonly region: RegionService; readonly blocked: BlockedClients },
    private readonly host: RegionWaitHost,
  ) {}

  begin(): void {
    this.host.askToWait(this.command.probe);
  }

  stop(): void {
    this.over();
    this.leaving.abort();
  }

  onTried(refused: boolean): void {
    if (refused) {
      this.end(undefined);
      return;
    }
    this.idle = true;
    this.context.blocked.waitingForRegions++;
    this.command.answer(this.context.region, this.leaving.signal, this.host.slotsWritten).then(
      (reply) => this.end(reply),
      (error: unknown) => this.end(this.command.failed(textOf(error))),
    );
  }

  unblock(asError: boolean): boolean {
    if (!this.idle || this.ended) return false;
    if (asError) this.end(errorReply("unblocked"));
    this.leaving.abort();
    return true;
  }

  private end(reply: Buffer | undefined): void {
    if (this.over()) this.host.end(reply);
  }

  /** False where it was so before. */
  private over(): boolean {
    if (this.ended) return false;
    this.ended = true;
    if (this.idle) this.context.blocked.waitingForRegions--;
    return true;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
