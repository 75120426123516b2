/** One question at a time, and never an answer that is older than the asking. */
import { expect, test } from "vitest";
import { SharedQuestion } from "./shared-question.js";

test("who asks while one is under way gets the answer to the next, and only one is under way", async () => {
  const answers: ((answer: number | Error) => void)[] = [];
  const question = new SharedQuestion<number>(
    () =>
      new Promise((resolve, reject) => {
        answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      }),
  );
  const first = question.ask();
  const [second, third] = [question.ask(), question.ask()];
  expect(answers).toHaveLength(1);
  answers[0]?.(new Error("lost"));
  await expect(first).rejects.toThrow("lost");
  await Promise.resolve();
  expect(answers).toHaveLength(2);
  const fourth = question.ask();
  answers[1]?.(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await Promise.resolve();
  answers[2]?.(3);
  expect(await fourth).toBe(3);
  const fifth = question.ask();
  answers[3]?.(4);
  expect([await fifth, answers.length]).toEqual([4, 4]);
});
