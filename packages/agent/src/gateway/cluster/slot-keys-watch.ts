/**
 * Tells when keys change, for clients that wait for them, in front of a cluster: each key is asked for at the node that has its
 * slot. When slots are elsewhere than they were, every key is asked for anew; while one is on the move, its keys are asked for
 * again and again, since neither node knows all of it.
 */
import { slotOfKey } from "@meridian/core";
import { gatewayLimits } from "../limits.js";
import type { KeyAsker, KeyListener } from "@meridian/core";
import { KeyWatch, type Login } from "../waiting/key-watch.js";
import type { Connectors } from "./node-set.js";
import { placeOf, type SlotMap } from "./topology.js";

const MOVED = /^MOVED (\d+) ([^ ]*):(\d+)$/;

export class SlotKeysWatch implements KeyAsker {
  listener: KeyListener | undefined;
  private readonly byPlace = new Map<string, KeyWatch>();
  private readonly again = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly forgetMap: () => void;

  constructor(
    private readonly map: SlotMap,
    private readonly connectors: Connectors,
    private readonly login: Login | undefined,
  ) {
    this.forgetMap = map.onChange(() => this.listener?.onReady());
  }

  ask(key: string): void {
    const address = this.map.ownerOf(slotOfKey(Buffer.from(key, "latin1")));
    if (address === undefined) {
      this.askLater(key);
      return;
    }
    const place = placeOf(address);
    const watch = this.byPlace.get(place) ?? new KeyWatch(this.connectors.to(address), this.login);
    if (!this.byPlace.has(place)) {
      this.byPlace.set(place, watch);
      watch.listener = this.listenerOf(place);
    }
    watch.ask(key);
  }

  /** What the watch of one node tells. */
  private listenerOf(place: string): KeyListener {
    const waits = (): boolean => this.listener?.waits === true && this.isOfNode(place);
    return {
      get waits() {
        return waits();
      },
      onType: (key, type) => this.listener?.onType(key, type),
      onChanged: (key) => this.listener?.onChanged(key),
      onReady: () => this.listener?.onReady(),
      onRefused: (reason) => this.listener?.onRefused(reason),
      onElsewhere: (key, answer) => this.elsewhere(key, answer, place),
    };
  }

  leaveServer(): void {
    for (const watch of this.byPlace.values()) watch.leaveServer();
  }

  stop(): void {
    this.forgetMap();
    clearTimeout(this.timer);
    for (const watch of this.byPlace.values()) watch.stop();
  }

  /** A node that has no slots any more is not connected to again. */
  private isOfNode(place: string): boolean {
    return this.map.holders().some(({ address }) => placeOf(address) === place);
  }

  private elsewhere(key: string, answer: string, place: string): void {
    const moved = MOVED.exec(answer);
    const from = this.map.holders().find(({ address }) => placeOf(address) === place);
    if (moved !== null && from !== undefined) {
      this.map.learn(Number(moved[1]), moved[2] as string, Number(moved[3]), from.address);
    }
    this.askLater(key);
  }

  private askLater(key: string): void {
    this.again.add(key);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const keys = [...this.again];
      this.again.clear();
      if (this.listener?.waits === true) for (const one of keys) this.listener.onChanged(one);
    }, gatewayLimits.keyAskAgainMs);
  }
}
