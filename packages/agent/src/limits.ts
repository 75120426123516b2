/** Every bound of configuration, admin API and local start. Times in milliseconds, sizes in bytes. */
export const agentLimits = {
  /** A request to the admin API. */
  adminBodyBytesMax: 64 * 1024,
  adminRequestMsMax: 10_000,
  adminConnectionsMax: 256,
  /** Who signed in is signed out after so long without a request; so many are at a time. */
  sessionIdleMsMax: 12 * 60 * 60 * 1000,
  sessionsMax: 1_000,
  /** A token that is shorter is no secret. */
  tokenCharactersMin: 16,
  tokenBytesMax: 4 * 1024,
  /** Sign-ins from one address that may fail in a row; then each waits twice as long as the one before. */
  signInFailuresFree: 5,
  signInWaitMsMin: 1_000,
  signInWaitMsMax: 60_000,
  /** Addresses that are remembered for it. */
  signInAddressesMax: 1_000,
  /** Streams of events at a time. */
  streamsMax: 64,
  /** Each tells the status so often, and something to keep the line open. */
  eventsEveryMs: 1_000,
  streamIdleMsMax: 15_000,
  /** Events that wait for a reader who is slow, beside the newest status. */
  streamEventsMax: 32,
  /** Connections of the console to gateways: one for each page and region, closed when it idles. */
  pagesMax: 64,
  pageIdleMsMax: 10 * 60 * 1000,
  /** Until it is there, and until a command is answered: then it is closed. */
  doorConnectMsMax: 3_000,
  doorCommandMsMax: 15_000,
  /** Commands of one connection that wait for a reply. */
  doorQueueMax: 8_192,
  /** What is shown of a reply: elements of each collection, bytes of each text and of all, and how deep. The rest is passed over. */
  replyElementsMax: 1_000,
  replyTextBytesMax: 16 * 1024,
  replyBytesMax: 512 * 1024,
  replyDepthMax: 64,
  replyLineBytesMax: 64 * 1024,
  /** Operations on a key that are told, and what of each log is read for them: rows a page, and bytes in all. */
  historyMax: 100,
  historyRows: 2_000,
  historyRowsPage: 100,
  historyBytesMax: 4 * 1024 * 1024,
  historyArgumentsMax: 8,
  historyArgumentBytesMax: 128,
  /** A command of the console. */
  commandBodyBytesMax: 1024 * 1024,
  commandArgumentsMax: 4_096,
  /** Keys that a page of the browser has at most; the server scans so many at a time, and for so long in all. */
  keysPageMax: 1_000,
  keysScanCount: 500,
  keysScanMsMax: 250,
  /** Between two looks at a key that is watched, and so many times what a look took; a story goes back so far. */
  watchEveryMs: 150,
  watchRest: 4,
  storyBackMs: 10 * 60_000,
  /** Lag over time: half an hour. */
  lagPointEveryMs: 5_000,
  lagPointsMax: 360,
  /** Digests are compared so often while somebody looks, resting so many times as long as a step took. */
  convergenceEveryMs: 3_000,
  convergenceRest: 3,
  convergenceFirstMsMax: 1_500,
  convergenceExamples: 10,
  /** A question to the agent of another region. */
  peerMsMax: 10_000,
  /** Traced writes that are remembered at each step, spans that wait to be sent, how many go together, how often, and until it failed. */
  tracesMax: 2_000,
  traceSpansMax: 8_192,
  traceSpansBatch: 512,
  traceEveryMs: 1_000,
  traceSendMsMax: 5_000,
  /** That they are not taken is told so often at most. */
  traceProblemEveryMs: 60_000,
  /** What `inspect` shows of a value. */
  inspectElementsMax: 100,
  inspectBytesMax: 1024,
  /** What the status waits for the server's numbers; without them it says so. */
  statusReadMsMax: 1_000,
  /** What INFO says about conflicts is read so often. */
  infoReadEveryMs: 5_000,
  /** Of a region of hash slots so many are asked at the same time. */
  partitionsAtOnce: 512,
  /** Between two counts of its conflicts passes so many times the time that one took. */
  conflictCountRest: 20,
  /** Conflicts that one request lists, unless it asks for another number, and at most. */
  conflictsListed: 100,
  conflictsListedMax: 1_000,
  /** Keys that it looks at on the way: those that hold no loser any more are dropped from the list. */
  conflictKeysMax: 10_000,
  conflictKeysPage: 100,
  /** Of these the server is asked in one go. */
  conflictKeysAtOnce: 20,
  /** So many losers of one key the core tells at most (LOSERS_MAX of its commands/losers.ts). */
  losersToldMax: 1_000,
  /** Of each value when all keys are listed; of one key's values together, and of a whole answer. */
  conflictValueBytesMax: 16 * 1024,
  conflictsBytesMax: 8 * 1024 * 1024,
  /** A longer message on the channel of conflicts is none of ours. */
  conflictNoticeBytesMax: 1024 * 1024,
  /** Readers of conflicts as they arise; what is kept for one that is slow; and how often one is told that all is quiet. */
  conflictReadersMax: 32,
  conflictReaderBytesMax: 1024 * 1024,
  conflictReaderAliveMs: 15_000,
  /** Notices of an agent on their way to the local start. */
  noticesUnderWayMax: 1_000,
  /** Alarms that are kept for status. */
  alarmsKeptMax: 100,

  /** Keys that are looked at together for whether they are Meridian's. */
  plainKeysPage: 1_000,
  /** Keys of a node that are told to their slots together, and slots that end at the same time. */
  adoptedKeysPage: 500,
  adoptionSlotsAtOnce: 64,
  /** Between looks at what bounded counters lack here, and are asked for. */
  shareEveryMs: 500,
  /** For each region with a larger share one that could give waits so long. */
  sharePatienceMs: 3_000,

  /** Between attempts to adopt keys while the server does not answer, or refuses. */
  adoptionRetryMs: 1_000,

  /** A question from the local start to one of its agents. */
  askMsMax: 5_000,
  failoverMsMax: 14_000,
  /** An agent process must be ready within this time, or the start fails. */
  agentReadyMsMax: 60_000,
  /** After it was told to stop an agent has this long; then it is killed. */
  agentStopMsMax: 8_000,
  /** Back-off of agent restarts: doubles from min to max, begins anew after a stable time. */
  agentRestartDelayMsMin: 100,
  agentRestartDelayMsMax: 5_000,
  agentStableMs: 10_000,
  /** A port may be held for so long by a start that is just leaving. */
  portReleaseMsMax: 4_000,
  portProbeMs: 50,
  /** An agent that changes its mode asks another one whether that has. */
  modeAskMsMax: 2_000,
  /** A region that is to become a copy looks so often whether it is one. */
  modeLookEveryMs: 200,
  /** With --mode active-passive all regions must follow the primary within this time, or the start fails. */
  rolesSettleMsMax: 60_000,

  /** Held in one direction of one emulated link: 1 Gbit/s for half a second. */
  wanBytesMax: 64 * 1024 * 1024,
  /** A round trip that may be emulated. */
  rttMsMax: 10_000,
  /** Packets that may be lost: with more a line hardly carries anything. */
  lossPercentMax: 50,
  /** What is lost is noticed and sent again after a round trip, and at least so long. */
  lossPauseMsMin: 40,
  /** Of the bytes that are one packet. */
  packetBytes: 1_460,
  /** Of a local start: more regions are more processes than one machine is good for. */
  regionsMax: 9,
  /** Of each region with --engine cluster. */
  localClusterNodes: 3,
  /** Of each region's gateway. */
  localGatewayProcessesMax: 8,
  /** A larger agent log is moved aside when the agent starts. */
  logBytesMax: 10 * 1024 * 1024,
  /** How often the summary on a terminal is drawn. */
  summaryEveryMs: 1_000,
} as const;
