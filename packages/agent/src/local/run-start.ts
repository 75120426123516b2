/** `meridian start` as a process: output, signals, exit code. */
import { codeOf, textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import { createLogger, type Logger } from "../logger.js";
import { VERSION } from "../version.js";
import { LiveLines } from "./live-lines.js";
import { LocalStart } from "./local-start.js";
import { planStart, type StartOptions } from "./options.js";
import { linkLines, welcomeLines } from "./summary.js";
import { styleFor } from "./text-table.js";

/** A tool that started us may pass on a Ctrl-C that the terminal sent us already (npm does). */
const SAME_KEYSTROKE_MS = 500;
const EXIT_FORCED = 130;

/** The line that tools wait for. */
export const READY_LINE = "meridian ready";

export interface RunStartOptions extends StartOptions {
  /** JSON lines instead of the summary. */
  json?: boolean;
}

/** Runs until it is told to stop; resolves with the exit code. Errors are thrown, with nothing left running. */
export async function runStart(options: RunStartOptions): Promise<number> {
  const plan = planStart(options);
  const log = createLogger("start");
  const start = new LocalStart(plan, { log });
  const told = onSignals(log, () => start.stop());
  try {
    await start.start();
  } catch (error) {
    told.release();
    if (told.isTold()) return 0; // stopped while it was starting
    throw error;
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify(await start.status())}\n`);
  const stopShowing = options.json === true ? readyOnly() : await show(start);
  await told.stopped;
  stopShowing();
  await start.stop();
  told.release();
  return 0;
}

function readyOnly(): () => void {
  process.stdout.write(`${READY_LINE}\n`);
  return () => undefined;
}

async function show(start: LocalStart): Promise<() => void> {
  const { plan } = start;
  const style = styleFor(process.stdout);
  const welcome = welcomeLines({ plan, version: VERSION, status: await start.status(), style });
  process.stdout.write(`${welcome.join("\n")}\n`);
  process.stdout.write(`${READY_LINE}\n`);
  if (!process.stdout.isTTY) return () => undefined;
  process.stdout.write(`${style.dim("Ctrl-C stops everything.")}\n\n`);
  const live = new LiveLines(process.stdout);
  const draw = async (): Promise<void> => live.draw(linkLines(await start.status(), style));
  const timer = setInterval(() => {
    draw().catch(() => undefined); // drawn again in a second
  }, agentLimits.summaryEveryMs);
  await draw();
  return () => {
    clearInterval(timer);
    live.leave();
  };
}

interface Told {
  /** Settles when the first signal has come and everything has stopped. */
  stopped: Promise<void>;
  isTold: () => boolean;
  release: () => void;
}

/** The first signal stops in order, another one ends this process at once; what it started then ends by itself. */
function onSignals(log: Logger, stop: () => Promise<void>): Told {
  let toldAt: number | undefined;
  let settle: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (settle = resolve));
  const listener = (signal: NodeJS.Signals): void => {
    if (toldAt !== undefined) {
      if (performance.now() - toldAt > SAME_KEYSTROKE_MS) process.exit(EXIT_FORCED);
      return;
    }
    toldAt = performance.now();
    process.stderr.write(`${signal === "SIGINT" ? "\n" : ""}meridian: stopping; once more ends it at once\n`);
    stop()
      .catch((error: unknown) => log.error(textOf(error), { event: "stop-failed", code: codeOf(error) }))
      .finally(settle);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, listener);
  return {
    stopped,
    isTold: () => toldAt !== undefined,
    release: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
