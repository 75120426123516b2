/**
 * The partitions of a region: one where its server is one, one for each hash slot where they are. What looks at keys or walks over
 * everything asks for them here, so that one server is the case of one.
 *
 * A command of a partition goes to whoever has it now; its keys must lie in it.
 */
import { rootOfSlot, SLOTS, slotOfKey } from "@meridian/core";
import type { Engine } from "@meridian/engine";

export interface Partition {
  /** From 0; of a slot its number. */
  readonly index: number;
  readonly root: string;
  /** As Engine.call, in this partition. */
  call(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  /** Any command of the server whose keys lie in the partition. */
  command(name: string, ...args: (string | Buffer)[]): Promise<unknown>;
  commandBuffer(name: string, ...args: (string | Buffer)[]): Promise<unknown>;
}

export interface Partitions {
  readonly count: number;
  at(index: number): Partition;
  /** The one in which the key lies. */
  of(key: Buffer): Partition;
}

export function partitionsOf(engine: Engine): Partitions {
  const { slots } = engine;
  if (slots === undefined) {
    const whole = wholeOf(engine);
    return { count: 1, at: () => whole, of: () => whole };
  }
  const at = (slot: number): Partition => ({
    index: slot,
    root: rootOfSlot(slot),
    call: (command, ...args) => slots.call(slot, command, ...args),
    callBuffer: (command, ...args) => slots.callBuffer(slot, command, ...args),
    command: (name, ...args) => slots.command(slot, name, ...args),
    commandBuffer: (name, ...args) => slots.commandBuffer(slot, name, ...args),
  });
  return { count: SLOTS, at, of: (key) => at(slotOfKey(key)) };
}

function wholeOf(engine: Engine): Partition {
  return {
    index: 0,
    root: engine.root,
    call: (command, ...args) => engine.call(command, ...args),
    callBuffer: (command, ...args) => engine.callBuffer(command, ...args),
    command: (name, ...args) => engine.redis.call(name, ...args),
    commandBuffer: (name, ...args) => engine.redis.callBuffer(name, ...args),
  };
}

/** Asks the partitions from one on, or only some, so many at the same time: that is a pipeline to each node. */
export async function* walkPartitions<Answer>(
  partitions: Partitions,
  options: { from?: number; only?: readonly number[] | undefined; atOnce: number },
  ask: (partition: Partition) => Promise<Answer>,
): AsyncGenerator<{ partition: Partition; answer: Answer }> {
  const { from = 0, only, atOnce } = options;
  const end = only?.length ?? partitions.count;
  for (let at = from; at < end; at += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, end - at) }, (_, offset) =>
      partitions.at(only?.[at + offset] ?? at + offset),
    );
    const answers = await Promise.all(some.map(ask));
    for (const [index, partition] of some.entries()) yield { partition, answer: answers[index]! };
  }
}
