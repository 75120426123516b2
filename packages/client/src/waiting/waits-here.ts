/** All commands of one client that wait, with the two connections that tell of changes: made when one waits for the first time. */
import { WaitingClients } from "@meridian/core";
import { Command, type RedisOptions } from "ioredis";
import { KeyWatch } from "./key-watch.js";
import { WaitingCommand } from "./waiting-command.js";

export class WaitsHere {
  private readonly all = new Set<WaitingCommand>();
  private readonly watch: KeyWatch;
  private readonly waiting: WaitingClients;

  /** `send`: as a function call. */
  constructor(
    options: RedisOptions,
    private readonly send: (command: Command) => unknown,
  ) {
    this.watch = new KeyWatch(options);
    this.waiting = new WaitingClients(this.watch);
  }

  take(command: Command): void {
    const waiting = new WaitingCommand(
      command,
      this.waiting,
      (each) => this.attempt(each),
      (ended) => this.all.delete(ended),
    );
    this.all.add(waiting);
    waiting.begin();
  }

  /** The client has ended. */
  stop(): void {
    for (const waiting of Array.from(this.all)) waiting.stop();
    this.watch.stop();
  }

  /** A command object is sent once: each try is one of its own, whose reply is bytes. */
  private attempt({ name, args }: Command): Promise<unknown> {
    const attempt = new Command(name, [...args] as ConstructorParameters<typeof Command>[1], { replyEncoding: null });
    this.send(attempt);
    return attempt.promise as Promise<unknown>;
  }
}
