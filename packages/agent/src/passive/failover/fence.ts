/**
 * With automatic failover a server supports one primary at a time: what followed one follows nobody for `fenceMs` before it follows
 * another one, or becomes a primary itself. By then the former one has noticed, and does no writes (`min-replicas-to-write`).
 */
import { passiveLimits } from "../limits.js";
import { isNobody, type RegionServer, type ServerLook } from "../region-server.js";

export class Fence {
  /** Since when the server follows nobody; undefined: it does, or that is not known. */
  private detachedMs: number | undefined;
  private epoch = 0;

  constructor(
    private readonly server: RegionServer,
    private readonly isNeeded: boolean,
  ) {}

  /** The primary before this epoch surely does no writes. */
  open(epoch: number): void {
    this.epoch = epoch;
  }

  /** From now on the server follows nobody. */
  async detach(seen: ServerLook): Promise<void> {
    if (seen.follows === undefined || !isNobody(seen.follows)) {
      await this.server.detach();
      this.detachedMs = performance.now();
    }
    this.detachedMs ??= performance.now();
  }

  /** Whom it followed before has noticed. */
  get isLongDetached(): boolean {
    return this.detachedMs !== undefined && performance.now() - this.detachedMs > passiveLimits.fenceMs;
  }

  /** Whether it may follow the primary of this epoch; `before`: of which it followed one. */
  async mayFollow(seen: ServerLook, epoch: number, before: number | undefined): Promise<boolean> {
    if (!this.isNeeded || this.epoch === epoch || seen.role === "primary") return true;
    if (before === undefined || before === epoch) return true;
    await this.detach(seen);
    return this.isLongDetached;
  }

  follows(): void {
    this.detachedMs = undefined;
  }
}
