/** Writes commands with running numbers in them as fast as a server takes them. Nothing is measured. */
import { limits } from "../limits.js";
import { LoadConnection } from "./connection.js";
import { CommandTemplate } from "./template.js";

export interface FillOptions {
  readonly port: number;
  /** In turns. */
  readonly commands: readonly (readonly string[])[];
  readonly count: number;
  /** The number that goes into the command at each step; default: the step itself. */
  readonly numberAt?: (step: number, place: number) => number;
}

export async function fill({ port, commands, count, numberAt = (step) => step }: FillOptions): Promise<void> {
  const templates = commands.map((args) => new CommandTemplate(args));
  const connection = await LoadConnection.open(port);
  try {
    const inFlight: Promise<void>[] = [];
    for (let from = 0; from < count; from += limits.fillBatch) {
      const to = Math.min(from + limits.fillBatch, count);
      let text = "";
      for (let step = from; step < to; step++) {
        let place = 0;
        text += templates[step % templates.length]!.render(() => numberAt(step, place++));
      }
      const sent = connection.send(text, to - from);
      sent.catch(() => undefined); // seen where it is awaited
      inFlight.push(sent);
      if (inFlight.length >= limits.fillBatchesInFlight) await inFlight.shift();
    }
    await Promise.all(inFlight);
  } finally {
    connection.close();
  }
}
