/** Traces of sampled writes through all regions, for OpenTelemetry. It is loaded where the configuration has them. */
import type { Logger } from "../logger.js";
import { agentLimits } from "../limits.js";
import { Spans } from "./spans.js";
import { WriteTraces } from "./write-traces.js";

export interface TracesOptions {
  region: string;
  endpoint: string;
  sampleRate: number;
  peers: () => readonly string[];
  log: Logger;
}

export interface Traces {
  readonly heard: WriteTraces["heard"];
  readonly done: WriteTraces["done"];
  stop(): Promise<void>;
}

export function startTraces({ region, endpoint, sampleRate, peers, log }: TracesOptions): Traces {
  let toldMs = Number.NEGATIVE_INFINITY;
  const spans = new Spans(region, endpoint, (reason) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < agentLimits.traceProblemEveryMs) return;
    toldMs = nowMs;
    log.warn(`traces are not taken by ${endpoint}, and dropped: ${reason}`, { event: "traces-dropped" });
  });
  const traces = new WriteTraces({ region, sampleRate, peers, add: (span) => spans.add(span) });
  return {
    heard: (event) => traces.heard(event),
    done: (command) => traces.done(command),
    stop: () => spans.stop(),
  };
}
