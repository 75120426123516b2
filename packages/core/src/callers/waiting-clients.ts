/**
 * Who waits for a value in a key (BLPOP and the like): clients of the gateway, or commands of one client of the client library.
 *
 * A client's command is tried at once; when there is nothing for it, it waits here, and is tried again when one of its
 * keys changed, whoever changed it: a client here, another gateway, or a write that came from another region.
 *
 * Invariants
 * 1. Who came first is tried first, key by key, and the next one when it is known what the one before got. So one that
 *    comes while others wait for the same key stands behind them, even for its first try.
 * 2. No change is missed: a key is asked for (which is when changes of it begin to be told) after a try found nothing,
 *    and again after each change; who waits is tried when the answer says that there is something.
 * 3. Nobody is tried after it left: what is popped is popped for a client that was there when the pop was sent.
 */
import type { AwaitedType } from "./command-table.js";

export interface KeyListener {
  /** Somebody waits for a change. */
  readonly waits: boolean;
  /** What the key holds, as TYPE says it. */
  onType(key: string, type: string): void;
  /** The key changed; the next change is told when it has been asked for again. */
  onChanged(key: string): void;
  /** The connection is there (again): every key is to be asked for. */
  onReady(): void;
  /** The server does not let us watch. */
  onRefused(reason: string): void;
  /** A node of a cluster says that the key is another's, or between two. */
  onElsewhere?(key: string, answer: string): void;
}

/** What those who wait see of it. */
export interface KeyAsker {
  listener: KeyListener | undefined;
  /** The key's type is told, and the next change of the key. */
  ask(key: string): void;
}

export interface WaitingClient {
  /** Latin1. */
  readonly keys: readonly string[];
  readonly awaits: AwaitedType;
  /** Sends the command; `WaitingClients.tried` is told what came of it. */
  tryNow(): void;
  /** A stream that it waits at is gone. */
  onStreamGone(): void;
  /** It cannot be known when a key changes. */
  onCannotWait(reason: string): void;
}

interface Place {
  readonly client: WaitingClient;
  readonly queues: readonly Queue[];
  /** The queue in whose turn it is being tried. */
  trying: Queue | undefined;
  /** A try found nothing for it. */
  waits: boolean;
}

interface Queue {
  readonly key: string;
  /** In the order in which they came. */
  readonly places: Set<Place>;
  /** Those to be tried, whoever else is. */
  readonly due: Set<Place>;
  /** There is a value of this type: the first who awaits one is to be tried. */
  found: AwaitedType | undefined;
  /** One of them is being tried in this queue's turn. */
  busy: boolean;
  /** Changes of the key are told. */
  watched: boolean;
}

export class WaitingClients implements KeyListener {
  private readonly queues = new Map<string, Queue>();
  private readonly places = new Map<WaitingClient, Place>();

  constructor(private readonly watch: KeyAsker) {
    watch.listener = this;
  }

  /** How many there was nothing for yet. */
  get count(): number {
    let count = 0;
    for (const { waits } of this.places.values()) if (waits) count++;
    return count;
  }

  get waits(): boolean {
    return this.places.size > 0;
  }

  join(client: WaitingClient): void {
    const queues = [...new Set(client.keys)].map((key) => this.queueOf(key));
    const place: Place = { client, queues, trying: undefined, waits: false };
    this.places.set(client, place);
    for (const queue of queues) {
      queue.places.add(place);
      queue.due.add(place);
    }
    for (const queue of queues) this.run(queue);
  }

  leave(client: WaitingClient): void {
    const place = this.places.get(client);
    if (place === undefined) return;
    this.places.delete(client);
    for (const queue of place.queues) {
      queue.places.delete(place);
      queue.due.delete(place);
      if (queue.places.size === 0) this.queues.delete(queue.key);
    }
    this.goOn(place);
  }

  /** What came of a try: the client is served, or there was nothing for it. `refused`: served with an error. */
  tried(client: WaitingClient, served: boolean, refused = false): void {
    const place = this.places.get(client);
    if (place === undefined) return;
    if (served) {
      this.leave(client);
      // What it did not take, or took of another key, is still there, and no change of the key will tell the next one.
      if (refused || place.queues.length > 1) {
        for (const queue of place.queues) if (queue.places.size > 0) this.ask(queue);
      }
      return;
    }
    place.waits = true;
    for (const queue of place.queues) if (!queue.watched) this.ask(queue);
    this.goOn(place);
  }

  onChanged(key: string): void {
    const queue = this.queues.get(key);
    if (queue !== undefined) this.ask(queue);
  }

  onReady(): void {
    for (const queue of this.queues.values()) if (queue.watched) this.ask(queue);
  }

  onRefused(reason: string): void {
    for (const client of Array.from(this.places.keys())) client.onCannotWait(reason);
  }

  onType(key: string, type: string): void {
    const queue = this.queues.get(key);
    if (queue === undefined) return;
    if (type !== "stream") {
      for (const { client } of Array.from(queue.places)) if (client.awaits === "stream") client.onStreamGone();
    }
    if (type === "none") return;
    // What one takes of a list another cannot have; entries of a stream are for each group, so all look.
    for (const place of queue.places) if (place.client.awaits === "stream") queue.due.add(place);
    if (type === "list" || type === "zset") queue.found = type;
    this.run(queue);
  }

  private queueOf(key: string): Queue {
    let queue = this.queues.get(key);
    if (queue === undefined) {
      queue = { key, places: new Set(), due: new Set(), found: undefined, busy: false, watched: false };
      this.queues.set(key, queue);
    }
    return queue;
  }

  private run(queue: Queue): void {
    if (queue.busy) return;
    const next = nextOf(queue);
    if (next === undefined || next.trying !== undefined) return;
    next.trying = queue;
    queue.found = undefined;
    queue.busy = true;
    for (const one of next.queues) one.due.delete(next);
    next.client.tryNow();
  }

  /** The try is over. */
  private goOn(place: Place): void {
    if (place.trying !== undefined) place.trying.busy = false;
    place.trying = undefined;
    for (const queue of place.queues) this.run(queue);
  }

  private ask(queue: Queue): void {
    queue.watched = true;
    this.watch.ask(queue.key);
  }
}

function nextOf({ places, due, found }: Queue): Place | undefined {
  if (found !== undefined) for (const place of places) if (place.client.awaits === found) return place;
  for (const place of due) return place;
  return undefined;
}
