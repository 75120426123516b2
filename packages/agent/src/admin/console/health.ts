/** What an operator watches, on one page: convergence, lag over time, logs, clocks, memory, alarms with what to do. */
import { textOf } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { StatusDocument } from "../documents.js";
import { ConvergenceCheck } from "./convergence.js";
import type { HealthAlarm, HealthDocument, RegionHealth } from "./documents.js";
import { LagHistory } from "./lag-history.js";
import type { Pulse } from "./questions.js";
import type { AskedRegion, ConsoleSource } from "./source.js";

const RUNBOOKS = "docs/operating/alarms.md";

export class Health {
  private readonly lag = new LagHistory();
  private readonly convergence: ConvergenceCheck;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly source: ConsoleSource) {
    this.convergence = new ConvergenceCheck(source.regions, () => source.status());
    this.timer = setInterval(() => void this.sample(), agentLimits.lagPointEveryMs);
    this.timer.unref();
  }

  async read(): Promise<HealthDocument> {
    const [status, convergence, pulses] = await Promise.all([
      this.source.status(),
      this.convergence.read(),
      Promise.all(this.source.regions().map(pulseOf)),
    ]);
    const keys = new Map(convergence?.regions.map((region) => [region.region, region.keys]));
    return {
      atMs: status.atMs,
      convergence,
      comparing: this.convergence.progress,
      lag: this.lag.series(),
      regions: status.regions.map((region) => {
        const told = pulses.find((pulse) => pulse.region === region.region);
        return {
          region: region.region,
          problem: region.problem ?? told?.problem ?? null,
          memory: told?.pulse?.memory ?? null,
          keys: keys.get(region.region) ?? null,
          commandsPerSecond: told?.pulse?.commandsPerSecond ?? null,
          logs: region.logs,
          clockSkewMs: skewsOf(status, region.region),
          findings: region.findings,
        } satisfies RegionHealth;
      }),
      alarms: alarmsOf(status),
    };
  }

  stop(): void {
    clearInterval(this.timer);
    this.convergence.stop();
  }

  private async sample(): Promise<void> {
    try {
      this.lag.add(await this.source.status());
    } catch {
      return; // a point is missing
    }
  }
}

async function pulseOf(region: AskedRegion): Promise<{ region: string; pulse: Pulse | null; problem: string | null }> {
  try {
    return { region: region.region, pulse: await region.ask({ kind: "pulse" }), problem: null };
  } catch (error) {
    return { region: region.region, pulse: null, problem: textOf(error) };
  }
}

function skewsOf({ links }: StatusDocument, region: string): Record<string, number> {
  return Object.fromEntries(
    links.flatMap(({ from, to, clockSkewMs }) => (to === region && clockSkewMs !== null ? [[from, clockSkewMs]] : [])),
  );
}

/** The latest first. */
function alarmsOf({ regions }: StatusDocument): HealthAlarm[] {
  const alarms = regions.flatMap(({ region, alarms: own }) =>
    own.map(({ code, message, atMs, count }) => {
      return { region, code, message, atMs, count, runbook: `${RUNBOOKS}#${code.toLowerCase()}` };
    }),
  );
  return alarms.toSorted((a, b) => b.atMs - a.atMs);
}
