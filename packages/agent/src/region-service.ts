/**
 * What the agent tells its gateway about the region: which other regions hold what was written, and the section of INFO.
 * That is put together at once, so the numbers that only the server has are read now and then.
 */
import { decodeToken } from "@meridian/core";
import type { ConflictTotals } from "./admin/index.js";
import type { RegionService, RegionWaitRequest, TokenWaitAnswer, TokenWaitRequest } from "./gateway/index.js";
import { infoSection, type InfoParts } from "./info-section.js";
import { agentLimits } from "./limits.js";
import type { Replication } from "./services.js";

export interface RegionSources {
  readonly replication: Replication;
  /** Of the gateway; it is not there yet when this is made. */
  stats(): InfoParts["stats"] | undefined;
  /** Null while the server doesn't answer. */
  conflicts(): Promise<ConflictTotals | null>;
}

export class AgentRegionService implements RegionService {
  private conflicts: ConflictTotals | null = null;
  private isReading = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly sources: RegionSources) {
    this.timer = setInterval(() => void this.read(), agentLimits.infoReadEveryMs);
    this.timer.unref();
    void this.read();
  }

  waitForRegions(request: RegionWaitRequest, signal: AbortSignal): Promise<number> {
    return this.sources.replication.waitForRegions(request, signal);
  }

  token(slots?: readonly number[]): Promise<string> {
    return this.sources.replication.token(slots);
  }

  async waitForToken({ token: text, timeoutMs }: TokenWaitRequest, signal: AbortSignal): Promise<TokenWaitAnswer> {
    const token = decodeToken(text);
    if (token === undefined) return { holds: false, isForeign: true };
    return this.sources.replication.waitForToken({ token, timeoutMs }, signal);
  }

  infoSection(): string {
    const { replication } = this.sources;
    const stats = this.sources.stats() ?? { clientsConnected: 0, clientsWaiting: 0 };
    return infoSection({
      replication: replication.status(),
      agents: replication.agents(),
      stats,
      conflicts: this.conflicts,
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      this.conflicts = await this.sources.conflicts();
    } catch {
      this.conflicts = null;
    }
    this.isReading = false;
  }
}
