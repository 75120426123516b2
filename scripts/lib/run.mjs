/**
 * Runs a child process to its end. Signals that reach us reach it too (a terminal's Ctrl-C reaches the whole group by
 * itself), and it is waited for, so that nothing is left running behind a finished script.
 */
import { spawn } from "node:child_process";
import { ROOT } from "./paths.mjs";

/** Resolves with { code, output }; output is collected only with `quiet`. */
export function run(command, args, { quiet = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = quiet ? ["ignore", "pipe", "pipe"] : "inherit";
    const child = spawn(command, args, { cwd: ROOT, stdio, env: { ...process.env, ...env } });
    const chunks = [];
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.stderr?.on("data", (chunk) => chunks.push(chunk));
    const forward = (signal) => child.kill(signal);
    process.on("SIGTERM", forward);
    process.on("SIGINT", forward);
    const release = () => {
      process.off("SIGTERM", forward);
      process.off("SIGINT", forward);
    };
    child.once("error", release);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      release();
      resolve({ code: code ?? (signal === "SIGINT" ? 130 : 143), output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

/** A tool that npm installed, run by this Node and not through a shell. */
export function tool(entry, args, options) {
  return run(process.execPath, [`${ROOT}node_modules/${entry}`, ...args], options);
}

/** Says what is wrong and what to do, in one place, and ends. */
export function fail(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
