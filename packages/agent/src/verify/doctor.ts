/**
 * One region examined: how its server, or each node of its cluster, is set up, how it does now, and a sample of its keys for writes
 * past the function. The sample begins anywhere, so that each run looks elsewhere where there are more keys than fit its time.
 */
import { rootOfSlot } from "@meridian/core";
import { examineHealth, examineSettings, explainError, type Engine, type Wanted } from "@meridian/engine";
import type { Redis } from "ioredis";
import { bytesOf } from "../admin/bytes.js";
import type { FindingView, StatusDocument } from "../admin/documents.js";
import { textOf } from "../errors.js";
import { answerVerify } from "./answers.js";
import type { DoctorRegion, KeyProblem, VerifyAnswers } from "./documents.js";
import { examineStatus } from "./examine-status.js";
import { bucketsIn } from "./layout.js";
import { verifyLimits } from "./limits.js";

/** `wanted`: undefined where the servers are set up by who started it, and need not be looked at. */
export async function examineRegion(
  engine: Engine,
  status: StatusDocument,
  wanted: Wanted | undefined,
): Promise<DoctorRegion> {
  const { region } = engine;
  try {
    const findings: FindingView[] = [
      ...(await engine.findings()),
      ...(await examineNodes(engine, wanted)),
      ...examineStatus(status),
    ];
    return { region, problem: null, ...(await withSample(engine, findings)) };
  } catch (error) {
    return { region, problem: explainError(textOf(error)), findings: [], lookedAt: null };
  }
}

/** Each node by itself, and named where there are several; of those that are away `findings` says so. */
async function examineNodes(engine: Engine, wanted: Wanted | undefined): Promise<FindingView[]> {
  const examine = async (redis: Redis, root: string): Promise<FindingView[]> => [
    ...(await examineHealth(redis, root)),
    ...(wanted === undefined ? [] : await examineSettings(redis, wanted)),
  ];
  if (engine.slots === undefined) return await examine(engine.redis, engine.root);
  const { nodes } = engine.slots;
  const found = nodes.map(async ({ redis, isUp, slots, address: { host, port } }) => {
    const [first] = slots;
    if (!isUp || first === undefined) return [];
    const findings = await examine(redis, rootOfSlot(first));
    if (nodes.length === 1) return findings;
    return findings.map((finding) => ({ ...finding, message: `node ${host}:${port}: ${finding.message}` }));
  });
  return (await Promise.all(found)).flat();
}

/** A server that refuses all calls has been found out before. */
async function withSample(
  engine: Engine,
  findings: FindingView[],
): Promise<Pick<DoctorRegion, "findings" | "lookedAt">> {
  try {
    const sample = await lookForBypassed(engine);
    return {
      findings: [...findings, ...bypassed(sample)],
      lookedAt: { keys: sample.keys, whole: sample.whole },
    };
  } catch (error) {
    const reason = explainError(textOf(error));
    const message = `keys could not be looked at for writes past the function (${reason}); mend that, then run it again`;
    return { findings: [...findings, { code: "UNCHECKED", severity: "warning", message }], lookedAt: null };
  }
}

interface Sample {
  keys: number;
  whole: boolean;
  problems: Map<string, KeyProblem>;
}

async function lookForBypassed(engine: Engine): Promise<Sample> {
  const endsAt = performance.now() + verifyLimits.sampleMs;
  const end = bucketsIn((await answerVerify(engine, { kind: "layout" })) as VerifyAnswers["layout"]);
  const first = Math.floor(Math.random() * end);
  const sample: Sample = { keys: 0, whole: false, problems: new Map() };
  let cursor = "0";
  let [from, hasTurned] = [first, false];
  do {
    const answer = (await answerVerify(engine, { kind: "strays", cursor })) as VerifyAnswers["strays"];
    for (const key of answer.straysBase64) sample.problems.set(key, "stray");
    cursor = answer.next;
  } while (cursor !== "0" && performance.now() < endsAt - verifyLimits.sampleMs / 2);
  while (performance.now() < endsAt && !(hasTurned && from >= first)) {
    const answer = (await answerVerify(engine, { kind: "tallies", from })) as VerifyAnswers["tallies"];
    sample.keys += answer.keys;
    for (const { keyBase64, problem } of answer.problems) sample.problems.set(keyBase64, problem);
    from = answer.next;
    if (from >= end) [from, hasTurned] = [0, true];
  }
  sample.whole = cursor === "0" && hasTurned && from >= first;
  return sample;
}

function bypassed({ problems }: Sample): FindingView[] {
  const [example] = problems.keys();
  if (example === undefined) return [];
  const key = bytesOf(Buffer.from(example, "base64"), verifyLimits.exampleBytes);
  const named = typeof key === "string" ? JSON.stringify(key) : `base64 ${key.base64}`;
  const count = problems.size === 1 ? "a key was" : `${problems.size} keys were`;
  const message = `${count} written past the function, such as ${named}: other regions don't have that, and a write of theirs to it may fail here; write through the gateway or FCALL mer only, and run meridian verify --repair`;
  return [{ code: "BYPASSED", severity: "error", message }];
}
