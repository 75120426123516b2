/** What one end says of a vector is what the other knows of it. */
import { expect, test } from "vitest";
import { PositionReader, PositionWriter } from "./positions.js";

test("changes only, and what is no longer there", () => {
  const [writer, reader] = [new PositionWriter(), new PositionReader()];
  const first = new Map([
    ["a~1", 5],
    ["b~1", 3],
  ]);
  expect(reader.apply(writer.changes(first))).toEqual(first);
  expect(writer.changes(first)).toEqual([]);
  const moved = new Map([
    ["a~1", 4],
    ["b~1", 3],
  ]);
  expect(writer.changes(moved)).toHaveLength(1);
});

test("an origin that a crash took away is unknown, though a new one without entries takes its place", () => {
  const [writer, reader] = [new PositionWriter(), new PositionReader()];
  reader.apply(
    writer.changes(
      new Map([
        ["a~1", 5],
        ["a~2", 6],
        ["b~1", 3],
      ]),
    ),
  );
  const after = new Map([
    ["a~1", 5],
    ["b~1", 3],
    ["b~2", 0],
  ]);
  const known = reader.apply(writer.changes(after));
  expect([...known]).toEqual([
    ["a~1", 5],
    ["b~1", 3],
  ]);
});
