/**
 * Which address of a region with several agents is dialled: the one that answered as long as it does, else one after the
 * other. A round is over when each was dialled once since the last stream.
 */
import type { LinkError } from "./errors.js";

export class AddressTurn {
  /** Whether an agent of the round that is over stood by. */
  metStandby = false;
  private at = 0;
  private failed = 0;
  private meetsStandby = false;

  constructor(private readonly addresses: readonly string[]) {}

  get address(): string {
    return this.addresses[this.at]!;
  }

  next(): void {
    this.at = (this.at + 1) % this.addresses.length;
  }

  /** A dial failed, or the stream that came of it ended; true: a round is over. */
  ended(error: LinkError, wasOpen: boolean): boolean {
    if (wasOpen) {
      this.failed = 0;
      this.metStandby = this.meetsStandby = false;
      if (error.code === "LINK_SILENT") this.next();
      return true;
    }
    this.next();
    this.failed++;
    if (error.code === "LINK_STANDBY") this.meetsStandby = true;
    if (this.failed % this.addresses.length !== 0) return false;
    this.metStandby = this.meetsStandby;
    this.meetsStandby = false;
    return true;
  }
}
