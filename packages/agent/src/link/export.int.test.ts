/** States on a call of their own: whole, in order, refused to strangers, held back by the limits. */
import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { LinkError, type ExportedText, type ExportWish } from "./index.js";
import { linkLimits } from "./limits.js";
import {
  closeAll,
  identity,
  PACKED,
  PLAIN,
  receiving,
  sending,
  type Receiving,
  type Sending,
} from "./test-support/ends.js";

afterEach(closeAll);

const vector = new Map([["a~1", 7]]);

function giving(sender: Sending, ...texts: Buffer[]): void {
  sender.exported = async function* () {
    for (const [index, text] of texts.entries()) yield await Promise.resolve({ text, nextBucket: index + 1, vector });
  };
}

async function asked({ dialer }: Receiving, wish: ExportWish = { bucket: 0 }): Promise<ExportedText[]> {
  const texts: ExportedText[] = [];
  for await (const text of dialer.export(wish, new AbortController().signal)) texts.push(text);
  return texts;
}

test.each([
  ["packed", PACKED],
  ["as they are", PLAIN],
])("texts of any length come whole and in order, %s", async (_how, link) => {
  const texts = [
    Buffer.alloc(0),
    Buffer.from("x"),
    randomBytes(3 * linkLimits.partBytesMax + 1),
    Buffer.alloc(5e6, "y"),
  ];
  const sender = await sending(identity("a"), { link });
  giving(sender, ...texts.slice(1));
  const got = await asked(receiving(sender.listener.port, { link }));
  expect(got.map(({ text, nextBucket }) => [Number(texts[nextBucket]?.equals(text) === false), nextBucket])).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
  ]);
  expect(got[0]?.vector).toEqual(vector);
});

test("what nobody takes is not asked for, and who leaves ends it", async () => {
  let given = 0;
  let ended = false;
  const sender = await sending(identity("a"), { link: PLAIN });
  sender.exported = async function* () {
    try {
      for (;;) yield await Promise.resolve({ text: randomBytes(1e6), nextBucket: ++given, vector });
    } finally {
      ended = true;
    }
  };
  const receiver = receiving(sender.listener.port, { link: PLAIN });
  for await (const { nextBucket } of receiver.dialer.export({ bucket: 0 }, new AbortController().signal)) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(given).toBeLessThan(40); // windows of both ends, and one that is written
    if (nextBucket === 3) break;
  }
  await expect.poll(() => ended, { timeout: 5000 }).toBe(true);
});

test("a refusal comes over with its reason", async () => {
  const sender = await sending(identity("a"));
  sender.exported = () => {
    throw new LinkError("LINK_NO_STATE", { region: "a", reason: "it imports" });
  };
  const receiver = receiving(sender.listener.port);
  await expect(asked(receiver)).rejects.toMatchObject({
    code: "LINK_NO_STATE",
    message: "a can't give its state away now (it imports); it is asked again, or another region is",
  });
  const other = receiving(sender.listener.port, { self: identity("b", { namespace: "other" }) });
  await expect(asked(other)).rejects.toMatchObject({ code: "LINK_NAMESPACE_DIFFERS" });
  await sender.listener.stop();
  await expect(asked(receiver)).rejects.toMatchObject({ code: "LINK_UNREACHABLE" });
});

test("states use what the line and all exports may, no more", async () => {
  const sender = await sending(identity("a"), { link: PLAIN });
  giving(sender, randomBytes(200_000));
  sender.listener.limitExports(200_000);
  const receiver = receiving(sender.listener.port, { link: PLAIN });
  const startedMs = performance.now();
  await asked(receiver);
  expect(performance.now() - startedMs).toBeGreaterThan(700);
});
