/**
 * The process of one region's agent in a local start: settings and questions come over IPC, the log goes to stderr
 * (a file). It has a session of its own, so a Ctrl-C in the terminal doesn't reach it; when the start that it belongs to
 * is gone, however that ended, it ends too. It holds no data, so ending at once is always right.
 */
import { startAgent, type Agent } from "../agent.js";
import { AgentError, codeOf, textOf } from "../errors.js";
import { createLogger } from "../logger.js";
import type { AnswerTo, FromAgent, Question, ToAgent } from "./messages.js";

let agent: Agent | undefined;

function tell(message: FromAgent): void {
  process.send?.(message, undefined, undefined, () => undefined); // a closed channel ends us by "disconnect"
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
    default:
      return running.ask(question);
  }
}

async function stop(): Promise<void> {
  await agent?.stop();
  process.exit(0);
}

function handle(message: ToAgent): Promise<void> {
  switch (message.kind) {
    case "start":
      return start(message.settings);
    case "ask":
      return answer(message.id, message.question);
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
