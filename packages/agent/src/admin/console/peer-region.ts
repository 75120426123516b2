/** Another region's agent, asked over its admin API with the token that both have. */
import { AgentError, textOf } from "../../errors.js";
import { agentLimits } from "../../limits.js";
import type { ErrorDocument } from "../documents.js";
import type { DoorOptions } from "./door.js";
import { noGateway } from "./door.js";
import type { RegionAnswer, RegionQuestion } from "./questions.js";
import type { AskedRegion } from "./source.js";

export class PeerRegion implements AskedRegion {
  readonly reach = "peer";

  constructor(
    readonly region: string,
    private readonly address: string,
    private readonly token: () => string | undefined,
  ) {}

  async ask<Q extends RegionQuestion>(question: Q): Promise<RegionAnswer<Q>> {
    return (await this.post("/api/ask", question)) as RegionAnswer<Q>;
  }

  door(): Omit<DoorOptions, "room" | "region"> {
    throw noGateway(this.region, "its own agent has it");
  }

  readonly forward = (path: string, body: unknown): Promise<unknown> => this.post(path, body);

  private async post(path: string, body: unknown): Promise<unknown> {
    const token = this.token();
    const response = await fetch(`${this.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(agentLimits.peerMsMax),
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw this.failed(`no answer (${textOf(cause)})`, error);
    });
    const document: unknown = await response.json().catch((error: unknown) => {
      throw this.failed(`HTTP ${response.status}, and no JSON`, error);
    });
    if (response.ok) return document;
    const { error } = document as Partial<ErrorDocument>;
    throw this.failed(error === undefined ? `HTTP ${response.status}` : `${error.code} ${error.message}`);
  }

  private failed(reason: string, cause?: unknown): AgentError {
    return new AgentError("MERIDIAN_PEER", { region: this.region, address: this.address, reason }, cause);
  }
}
