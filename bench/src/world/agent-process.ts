/** One region's agent, whole, as a process: what `meridian agent` runs, with its settings from the benchmark. */
import { once } from "node:events";
import { createLogger, startAgent, type AgentSettings } from "@meridian/agent";
import { runTask } from "./child-task.js";

runTask(async (task, stopped, ready) => {
  const settings = task as AgentSettings;
  const agent = await startAgent(settings, createLogger(settings.region, { sink: { write: () => true } }));
  ready({ gatewayPort: agent.gatewayPort });
  if (!stopped.aborted) await once(stopped, "abort");
  await agent.stop();
  return "stopped";
});
