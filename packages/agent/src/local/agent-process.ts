/**
 * The process of one region's agent in a local start: settings and questions come over IPC, the log goes to stderr
 * (a file). It has a session of its own, so a Ctrl-C in the terminal doesn't reach it; when the start that it belongs to
 * is gone, however that ended, it ends too. It holds no data, so ending at once is always right.
 */
import { startAgent, type Agent } from "../agent.js";
import { AgentError, codeOf, textOf } from "../errors.js";
import { agentLimits } from "../limits.js";
import type { ConflictNotice, Unsubscribe } from "../admin/index.js";
import { createLogger } from "../logger.js";
import type { AnswerTo, FromAgent, Question, ToAgent } from "./messages.js";

let agent: Agent | undefined;
let leaveConflicts: Unsubscribe | undefined;

function tell(message: FromAgent, onTold: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, onTold); // a closed channel ends us by "disconnect"
}

/** The start may be slow: what is beyond the bound it is told to have missed. */
function tellConflicts(running: Agent): Unsubscribe {
  let underWay = 0;
  let missed = 0;
  return running.subscribeConflicts((notice) => {
    if (underWay >= agentLimits.noticesUnderWayMax) {
      missed++;
      return;
    }
    const notices: ConflictNotice[] =
      missed === 0 ? [notice] : [{ event: "missed", seenIn: running.region, count: missed }, notice];
    missed = 0;
    for (const each of notices) {
      underWay++;
      tell({ kind: "conflict", notice: each }, () => underWay--);
    }
  });
}

/** The start asks for it after it has heard that the agent is ready. */
function switchConflicts(on: boolean): void {
  leaveConflicts?.();
  leaveConflicts = on && agent !== undefined ? tellConflicts(agent) : undefined;
}

async function start(settings: Extract<ToAgent, { kind: "start" }>["settings"]): Promise<void> {
  try {
    agent = await startAgent(settings, createLogger(settings.region));
    tell({ kind: "ready", linkPort: agent.linkPort });
  } catch (error) {
    tell({ kind: "failed", code: codeOf(error), message: textOf(error) });
  }
}

async function answer(id: number, question: Question): Promise<void> {
  try {
    if (agent === undefined) throw new Error("the agent is starting");
    tell({ kind: "answer", id, document: await answerOf(agent, question) });
  } catch (error) {
    const known = error instanceof AgentError ? { code: error.code, details: error.details } : null;
    tell({ kind: "refused", id, message: textOf(error), known });
  }
}

function answerOf(running: Agent, question: Question): AnswerTo<Question> | Promise<AnswerTo<Question>> {
  switch (question.kind) {
    case "inspect":
      return running.inspect(Buffer.from(question.keyBase64, "base64"));
    case "limitLinks":
      return running.limitLinks(question.request);
    case "regions":
      return running.regions();
    case "changeRegions":
      return running.changeRegions(question.request);
    case "doctor":
      return running.doctor();
    case "failover":
      return running.failover(question.request);
    case "mode":
      return running.mode(question.request);
    default:
      return running.ask(question);
  }
}

async function stop(): Promise<void> {
  await agent?.stop();
  process.exit(0);
}

async function handle(message: ToAgent): Promise<void> {
  switch (message.kind) {
    case "start":
      return start(message.settings);
    case "ask":
      return answer(message.id, message.question);
    case "tellConflicts":
      return switchConflicts(message.on);
    case "stop":
      return stop();
  }
}

process.on("message", (message: ToAgent) => {
  handle(message).catch((error: unknown) => {
    process.stderr.write(`${textOf(error)}\n`);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
