/**
 * WAIT, on behalf of one client: it counts the other regions that hold what the client wrote, where Redis counts replicas.
 * Whether the client may ask at all the server says, to a WAIT that waits for nothing. Commands after it wait behind it.
 */
import type { BlockedClients, Blocking } from "./blocked-clients.js";
import type { CommandArguments } from "../commands/command-arguments.js";
import { errorReply } from "../errors.js";
import type { RegionService, RegionWaitRequest } from "../region-service.js";

const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
const INTEGER_MAX = 2n ** 63n - 1n;
const ARGUMENTS = 3;

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

/** The connection on which the server is asked, and where the answer goes. */
export interface RegionWaitHost {
  /** `onTried` is told: true when the client has got an error for an answer. */
  askToWait(): void;
  end(reply: Buffer | undefined): void;
}

export class RegionWait implements Blocking {
  idle = false;
  private ended = false;
  private readonly leaving = new AbortController();

  constructor(
    private readonly request: RegionWaitRequest,
    private readonly context: { readonly region: RegionService; readonly blocked: BlockedClients },
    private readonly host: RegionWaitHost,
  ) {}

  begin(): void {
    this.host.askToWait();
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
    this.context.region.waitForRegions(this.request, this.leaving.signal).then(
      (count) => this.end(Buffer.from(`:${count}\r\n`)),
      (error: unknown) => this.end(errorReply("regionsUnknown", { reason: textOf(error) })),
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
