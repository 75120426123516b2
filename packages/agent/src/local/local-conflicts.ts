/** Conflicts of all regions of a local start as they arise: its agents tell of them while somebody listens. */
import type { ConflictListener, ConflictNotice, Unsubscribe } from "../admin/index.js";
import type { AgentChild } from "./agent-child.js";

export class LocalConflicts {
  private readonly listeners = new Set<ConflictListener>();

  constructor(private readonly agents: ReadonlyMap<string, Pick<AgentChild, "tellConflicts">>) {}

  subscribe(listener: ConflictListener): Unsubscribe {
    const own: ConflictListener = (notice) => listener(notice);
    this.listeners.add(own);
    if (this.listeners.size === 1) this.switch(true);
    return () => {
      if (this.listeners.delete(own) && this.listeners.size === 0) this.switch(false);
    };
  }

  tell(notice: ConflictNotice): void {
    for (const listener of this.listeners) listener(notice);
  }

  private switch(on: boolean): void {
    for (const agent of this.agents.values()) agent.tellConflicts(on);
  }
}
