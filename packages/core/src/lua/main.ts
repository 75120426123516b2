/**
 * The function library's entry: what `redis.register_function` calls (see build-library.mjs for the wrapping).
 *
 * redis-host.js comes first: it binds the host before the modules that use it load.
 */
import { redisHost } from "./redis-host.js";
import type { Reply } from "../host.js";
import { run } from "../run.js";

/** FCALL mer 1 root COMMAND [arg ...] */
export function mer(this: void, root: string | undefined, args: string[]): Reply {
  if (root === undefined) return { err: "MERIDIAN_NOROOT call it with one key, the root: FCALL mer 1 mer:{0} COMMAND" };
  return run(redisHost, root, args);
}
