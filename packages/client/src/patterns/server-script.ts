/** A Lua script that ioredis sends by its digest: defined on a client when it is first run there. */
import type { Redis } from "ioredis";

type Run = (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<unknown>;

export class ServerScript {
  /** `name` becomes a method of each client on which it runs. */
  constructor(
    private readonly name: string,
    private readonly lua: string,
  ) {}

  run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const client = redis as unknown as Record<string, Run | undefined>;
    if (client[this.name] === undefined) redis.defineCommand(this.name, { lua: this.lua });
    return (client[this.name] as Run).call(redis, keys.length, ...keys, ...args);
  }
}
