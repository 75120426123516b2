/** What a person reads of a run: one line; where it failed, what differs, the last steps, and how to replay it. */
import { text } from "./failure.js";
import { limits } from "./limits.js";
import type { RunResult } from "./run.js";
import type { Step } from "./world.js";

export function summaryLine({ seed, regions, entries, steps, failure }: RunResult): string {
  return `${failure ? "FAIL" : "ok  "} seed ${seed}: ${regions} regions, ${steps.length} events, ${entries} log entries`;
}

export function failureReport(result: RunResult, replay: string): string {
  if (!result.failure) return "";
  const last = result.steps.slice(-limits.reportStepsMax).map(stepLine);
  return [result.failure.message, "the last steps:", ...last, `replay: ${replay}`].join("\n");
}

function stepLine(step: Step): string {
  switch (step.kind) {
    case "command":
      return `  ${step.region} ${text(step.command)} -> ${text(step.reply)}`;
    case "deliver":
      return `  ${step.region} <- ${step.origin} ${step.stamps.join(" ")}: ${step.status}`;
    case "note":
      return `  ${step.region}: ${step.what}`;
  }
}
