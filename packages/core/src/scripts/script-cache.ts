/**
 * The scripts that this server has seen, by their SHA1: as Redis's own cache, lost with the process and each region's own,
 * without a bound on the texts. Compiled ones are kept too, so many.
 */
import { errors, isRefused, refuse, type ErrorReply } from "../errors.js";
import { host } from "../host.js";
import type { Runnable } from "./session.js";
import { scriptHeader, type ScriptHeader } from "./shebang.js";

/** Its name is its SHA1. */
export interface Script extends Runnable {
  readonly header: ScriptHeader;
}

interface Cache {
  /** Texts by SHA1. */
  codes: Record<string, string | undefined>;
  /** By text: a known script needs no digest. */
  scripts: Record<string, Script | undefined>;
  scriptCount: number;
}

const COMPILED_MAX = 1000;
const MEMORY_NAME = "scripts";

function cache(): Cache {
  const known = host.memory[MEMORY_NAME] as Cache | undefined;
  if (known !== undefined) return known;
  const empty: Cache = { codes: {}, scripts: {}, scriptCount: 0 };
  host.memory[MEMORY_NAME] = empty;
  return empty;
}

/** The script of the text, compiled and kept; an error where it does not compile, and is not kept. */
export function scriptOf(code: string): Script | ErrorReply {
  const kept = cache();
  const known = kept.scripts[code];
  if (known !== undefined) return known;
  const engine = host.scripts;
  if (engine === undefined) return refuse(errors.noScripts);
  const header = scriptHeader(code);
  if (isRefused(header)) return header;
  const compiled = engine.compile(header.body);
  if ("err" in compiled) return refuse(`ERR Error compiling script (new function): ${compiled.err}`);
  const script: Script = { name: host.sha1hex(code), chunk: "user_script", code, header, compiled };
  if (kept.scriptCount >= COMPILED_MAX) {
    kept.scripts = {};
    kept.scriptCount = 0;
  }
  kept.scripts[code] = script;
  kept.scriptCount++;
  kept.codes[script.name] = code;
  return script;
}

export function scriptOfSha(sha: string): Script | ErrorReply {
  const code = cache().codes[sha.toLowerCase()];
  return code === undefined ? refuse(errors.noScript) : scriptOf(code);
}

export function isKnownSha(sha: string): boolean {
  return cache().codes[sha.toLowerCase()] !== undefined;
}

export function flushScripts(): void {
  delete host.memory[MEMORY_NAME];
}
