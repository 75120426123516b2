/**
 * What the gateway can't mend alone, for status and log. It is told when it begins, and kept with how often it came.
 */

/** As the agent's logger. */
export interface GatewayLog {
  info(message: string, fields?: GatewayLogFields): void;
  warn(message: string, fields?: GatewayLogFields): void;
}

export type GatewayLogFields = Readonly<Record<string, string | number | undefined>> & {
  readonly event?: "alarm" | "certificate-used";
};

export const gatewayProblemCodes = {
  GATEWAY_CERTIFICATE: "the certificate for TLS was not exchanged, the one before stays in use",
  GATEWAY_PROCESS_ENDED: "a process of the gateway ended, its clients with it; another takes its place",
} as const;

export type GatewayProblemCode = keyof typeof gatewayProblemCodes;

export interface GatewayProblem {
  readonly code: GatewayProblemCode;
  readonly message: string;
  readonly lastMs: number;
  readonly count: number;
}

export class Problems {
  private readonly byCode = new Map<GatewayProblemCode, GatewayProblem>();

  constructor(readonly log: GatewayLog | undefined) {}

  raise(code: GatewayProblemCode, detail: string): void {
    const message = `${gatewayProblemCodes[code]} (${detail})`;
    const count = (this.byCode.get(code)?.count ?? 0) + 1;
    this.byCode.set(code, { code, message, lastMs: Date.now(), count });
    this.log?.warn(message, { event: "alarm", code });
  }

  all(): GatewayProblem[] {
    return [...this.byCode.values()];
  }
}
