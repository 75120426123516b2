/** Cuts bytes into pieces in every way that a network may, and sends them so that they arrive as they were cut. */
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SeededRandom } from "@meridian/testkit";

const PIECES_MAX = 64;

/** Few pieces or many, of like size or not. */
export function cutUp(bytes: Buffer, random: SeededRandom): Buffer[] {
  const longest = random.pick([1, 7, 100, 2000, 20_000, 200_000]);
  const shortest = Math.ceil(bytes.length / PIECES_MAX);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Math.max(shortest, random.integer(1, longest));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** Each piece gets a turn of the event loop of its own, now and then several. */
export async function sendInPieces(socket: Socket, bytes: Buffer, random: SeededRandom): Promise<void> {
  for (const piece of cutUp(bytes, random)) {
    if (socket.destroyed) return;
    socket.write(piece);
    for (let turns = random.integer(0, 2); turns > 0; turns--) await nextTurn();
  }
}
