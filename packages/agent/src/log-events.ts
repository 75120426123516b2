/** The names of what the agent logs, for programs that read the log; docs/operating/agent.md lists them. They stay as they are. */
export const logEvents = {
  "adoption-begun": "the keys that the server had before are being adopted",
  "adoption-done": "they are adopted",
  "adoption-failed": "they could not be adopted, and are tried again",
  "admin-fault": "a request to the admin API failed",
  "agent-ready": "the agent serves; with the addresses of its doors",
  "agent-stopped": "all parts have stopped",
  "agent-stopping": "it was told to stop",
  alarm: "an alarm was raised: `code`, `peer`, `origin`",
  "certificate-used": "another certificate is in use; `validUntil`",
  finding: "the server lacks something: `code`",
  members: "the list of regions is changed, or is to be",
  nodes: "a node of the region's cluster came, went, is silent or answers again",
  other: "nothing of the rest",
  reloading: "certificates are read anew",
  primary: "another region is the primary, or the region's server changed its role; `epoch`",
  role: "the agent replicates for its region from now on, or stands by",
  "shares-failed": "what bounded counters lack could not be asked for, and is tried again",
  "server-down": "the server does not answer",
  "server-emptied": "all data went while the server ran",
  "server-problem": "the server can't be used as it is: `code`",
  "server-moved": "another server is the primary, or none is known to be",
  "server-restarted": "another process is the server now",
  "server-up": "the server answers again",
  "stop-failed": "a part did not stop in order: `code`",
} as const;

export type LogEvent = keyof typeof logEvents;
