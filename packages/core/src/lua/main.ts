/**
 * The function library's entry: what `redis.register_function` calls (see build-library.mjs for the wrapping).
 *
 * redis-host.js comes first: it binds the host before the modules that use it load.
 */
import { redisHost } from "./redis-host.js";
import { agents } from "../commands/agents.js";
import { refuse } from "../errors.js";
import { bindHost, type Reply } from "../host.js";
import { run } from "../run.js";
import { freeing, runsOthers } from "../commands/freeing.js";
import { freshSince } from "../state/fresh.js";
import { show } from "../scripts/show.js";

/** FCALL mer 1 root COMMAND [arg ...] */
export function mer(this: void, root: string | undefined, args: string[]): Reply {
  if (root === undefined) {
    return refuse("MERIDIAN_NOROOT call it with one key, the root: FCALL mer 1 mer:{0} COMMAND [arg ...]");
  }
  return run(redisHost, root, args, false);
}

/**
 * FCALL mer_free 1 root COMMAND [arg ...]: the same, also over `maxmemory`, for the commands that may. Scripts and pipelines
 * may too: what of them needs memory is refused by itself.
 */
export function merFree(this: void, root: string | undefined, args: string[]): Reply {
  const name = (args[0] === "resp3" ? args[1] : args[0]) ?? "";
  if (freeing[name] !== true && freeing[name.toUpperCase()] !== true && runsOthers[name.toUpperCase()] !== true) {
    return refuse(`MERIDIAN_NOTFREEING '${name.substring(0, 128)}' may need memory: call it by FCALL mer`);
  }
  if (root === undefined) return mer(root, args);
  return run(redisHost, root, args, true);
}

/** FCALL mer_show 0 root COMMAND [arg ...]: no key is declared, so that the caller needs no right to any. */
export function merShow(this: void, args: string[]): Reply {
  if (args.length < 2)
    return refuse("MERIDIAN_NOCOMMAND no command was given: FCALL mer_show 0 <root> <COMMAND> [arg ...]");
  return show(redisHost, args[0]!, args.slice(1));
}

/** FCALL mer_agents 1 root agents ...: writes nothing, so a server that is full, or whose disk is, runs it too. */
export function merAgents(this: void, root: string | undefined, args: string[]): Reply {
  if (root === undefined)
    return refuse("MERIDIAN_NOROOT call it with one key, the root: FCALL mer_agents 1 mer:{0} agents ...");
  bindHost(redisHost);
  return agents(root, args);
}

/** FCALL mer_fresh 0 since: of the whole process, not of a partition. */
export function merFresh(this: void, args: string[]): Reply {
  bindHost(redisHost);
  return freshSince(args[0] ?? "");
}
