/** States of one slot, given away and taken in: made when they are needed, for most slots never need them. */
import type { ExportedText, ExportWish } from "../../link/index.js";
import type { PartitionCalls } from "../adapter/server-calls.js";
import { StateExport } from "../adapter/state-export.js";
import { StateImport, type StateSyncStatus } from "../adapter/state-import.js";
import { alarmOf } from "../alarms.js";
import type { Replica } from "../machine.js";
import type { ReplicaEvent } from "../protocol.js";
import { stampIn, type Vector } from "../vector.js";
import type { SlotContext } from "./slot-machine.js";

export interface SlotStatesOptions {
  readonly slot: number;
  readonly context: SlotContext;
  readonly calls: PartitionCalls;
  readonly machine: Replica<Uint8Array>;
  readonly dispatch: (event: ReplicaEvent<Uint8Array>) => void;
  readonly readState: () => void;
}

export class SlotStates {
  /** A state is taken in. */
  isImporting = false;
  /** One is to be taken in whatever the logs can bring, for what is here may be torn. */
  isReplacing = false;
  private stateImport: StateImport | undefined;
  private stateExport: StateExport | undefined;

  constructor(private readonly options: SlotStatesOptions) {}

  /** Of the state that is taken in; null: none is. */
  get status(): StateSyncStatus | null {
    return this.stateImport?.status ?? null;
  }

  replace(): void {
    this.isReplacing = true;
  }

  /** Until it has ended. */
  async import(): Promise<void> {
    this.isImporting = true;
    this.stateImport ??= this.newImport();
    await this.stateImport.look();
    this.isImporting = false;
  }

  exported(peer: string, wish: ExportWish, signal: AbortSignal): AsyncIterable<ExportedText> {
    this.stateExport ??= this.newExport();
    return this.stateExport.texts(peer, wish, signal);
  }

  stop(): void {
    this.stateImport?.stop();
  }

  private newExport(): StateExport {
    const { slot, context, machine, dispatch } = this.options;
    return new StateExport({
      call: (...args) => context.slots.callBuffer(slot, "export", ...args),
      buckets: context.buckets,
      region: context.region,
      durable: () => machine.durable,
      gave: (peer, vector) => dispatch({ kind: "exporting", peer, vector }),
    });
  }

  private newImport(): StateImport {
    const { slot, context, calls, machine, dispatch, readState } = this.options;
    return new StateImport({
      engine: calls,
      buckets: context.buckets,
      sources: () => machine.sources,
      isWanted: () => this.isReplacing || machine.needsState(performance.now()) !== undefined,
      isFurther: (vector) => this.isFurther(vector),
      ask: (source, wish, signal) => context.links.ask(source, { ...wish, partition: slot }, signal),
      importing: (vector) => {
        dispatch({ kind: "importing", vector });
        if (vector !== undefined) return;
        this.isReplacing = false;
        readState(); // the logs go on from where it stood
      },
      failed: (peer, message) =>
        context.raise(alarmOf("REPLICA_STATE_SYNC_FAILED", peer === undefined ? {} : { peer }, message)),
    });
  }

  private isFurther(vector: Vector): boolean {
    const { machine } = this.options;
    const origin = machine.needsState(performance.now());
    const standing = machine.standing();
    if (origin === undefined || standing === undefined) return true;
    return stampIn(vector, origin) > stampIn(standing.applied, origin);
  }
}
