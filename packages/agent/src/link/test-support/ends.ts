/** The two ends of a link in this process, with a record of what they hear. Regions a, b and c; a sends, b receives. */
import {
  Dialer,
  Listener,
  type ListenerHandlers,
  type Identity,
  type ExportedText,
  type LinkBatch,
  type LinkError,
  type LinkGap,
  type LinkOptions,
  type Position,
} from "../index.js";

const LIST = ["a", "b", "c"];
export const open: { stop(): Promise<void> | void }[] = [];

export async function closeAll(): Promise<void> {
  for (const item of open.splice(0).reverse()) await item.stop();
}

export function identity(region: string, change: Partial<Identity> = {}): Identity {
  return { namespace: "default", region, regions: LIST, root: "mer:{0}", softwareVersion: "0.1.0", ...change };
}

export const PLAIN: LinkOptions = { compression: false, serverNowMs: () => undefined };
export const PACKED: LinkOptions = { ...PLAIN, compression: true };

export interface Sending {
  listener: Listener;
  handlers: ListenerHandlers;
  log: string[];
  refusals: LinkError[];
  positions: Position[];
  /** What was said of each peer's flow. */
  flows: boolean[];
  /** What is given away. */
  exported: () => AsyncIterable<ExportedText>;
}

export async function sending(
  self: Identity,
  { isReady = true, link = PACKED }: { isReady?: boolean; link?: LinkOptions } = {},
): Promise<Sending> {
  const sender: Sending = { log: [], refusals: [], positions: [], flows: [], exported: nothing } as never;
  sender.listener = new Listener(self, link);
  sender.handlers = {
    isReady: () => isReady,
    peerUp: (peer, position) => {
      sender.log.push(`up ${peer}`);
      sender.positions.push(position);
    },
    peerDown: (peer) => sender.log.push(`down ${peer}`),
    acknowledged: (peer, { applied, rewind }) =>
      sender.log.push(`ack ${peer} ${[...applied].join(" ")} ${rewind === undefined ? "" : JSON.stringify(rewind)}`),
    writable: (_peer, on) => sender.flows.push(on),
    exported: () => sender.exported(),
    refused: (_peer, error) => sender.refusals.push(error),
  };
  sender.listener.serveFor(sender.handlers);
  await sender.listener.listen({ host: "127.0.0.1", port: 0 });
  open.push(sender.listener);
  return sender;
}

async function* nothing(): AsyncGenerator<ExportedText, void> {
  // nothing is given away
}

export interface Receiving {
  dialer: Dialer;
  batches: LinkBatch[];
  errors: LinkError[];
  gaps: LinkGap[];
  ups: number;
}

export function receiving(
  port: number | readonly number[],
  { self = identity("b"), peer = "a", link = PACKED }: { self?: Identity; peer?: string; link?: LinkOptions } = {},
): Receiving {
  const receiver: Receiving = { batches: [], errors: [], gaps: [], ups: 0 } as never;
  receiver.dialer = new Dialer({
    peer,
    addresses: [port].flat().map((one) => `127.0.0.1:${one}`),
    identity: self,
    link,
    random: () => 0.5,
    handlers: {
      position: () => ({
        ownOrigin: "b~1",
        applied: new Map([["a~1", 3]]),
        durable: new Map([["a~1", 2]]),
        sources: ["c"],
      }),
      up: () => receiver.ups++,
      received: (batch) => receiver.batches.push(batch),
      gap: (gap) => receiver.gaps.push(gap),
      down: (error) => receiver.errors.push(error),
    },
  });
  receiver.dialer.start();
  open.push(receiver.dialer);
  return receiver;
}

/** Past everything that is checked on our side. */
export function streamTo(listener: Listener, peer: string): { write(bytes: Uint8Array): void } {
  type Receivers = Map<string, { options: { stream: { write(bytes: Uint8Array): void } } }>;
  return (Reflect.get(listener, "receivers") as Receivers).get(peer)!.options.stream;
}

/** Entries of origin a~1, from the stamp after `after` on. */
export function batchOf(after: number, ...payloads: Buffer[]): LinkBatch {
  return { origin: "a~1", after, entries: payloads.map((payload, index) => ({ stamp: after + 1 + index, payload })) };
}
