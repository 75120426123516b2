/** The agent as a process of its own: `meridian agent --config meridian.yaml`, or this file with the same option. */
import { parseArgs } from "node:util";
import { startAgent } from "./agent.js";
import { loadConfig } from "./config/index.js";
import { codeOf, textOf } from "./errors.js";
import { createLogger } from "./logger.js";

/** Runs until SIGINT or SIGTERM; resolves with the exit code. */
export async function runAgent(configFile: string): Promise<number> {
  const config = await loadConfig(configFile);
  const log = createLogger(config.region, config.log);
  const agent = await startAgent(config, log);
  process.on("SIGHUP", () => {
    log.info("SIGHUP: certificates are read anew", { event: "reloading" });
    void agent.reload();
  });
  const signal = await new Promise<string>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  log.info(`${signal}: stopping`, { event: "agent-stopping" });
  process.once("SIGINT", () => process.exit(130));
  await agent.stop();
  log.info("stopped", { event: "agent-stopped" });
  return 0;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { config: { type: "string", default: "meridian.yaml" } } });
  try {
    process.exitCode = await runAgent(values.config);
  } catch (error) {
    process.stderr.write(`${codeOf(error)} ${textOf(error)}\n`);
    process.exitCode = 1;
  }
}
