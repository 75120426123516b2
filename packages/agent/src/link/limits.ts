/** Every bound of the wire. Times in milliseconds, sizes in bytes. */
export const linkLimits = {
  /** HTTP/2 flow control for stream and connection: more than 1 Gbit/s times 200 ms (25 MB), so it never limits. */
  windowBytes: 64 * 1024 * 1024,
  /** One message on the wire. Small enough that pings between bulk data stay quick on a slow link. */
  messageBytesMax: 1024 * 1024,
  /** Payload bytes that we put into one message; a larger payload goes in parts. */
  partBytesMax: 256 * 1024,
  /** The least of that, where a limit of bandwidth makes messages smaller. */
  partBytesMin: 8 * 1024,
  /** A payload in parts: the largest value of a server, and room for what is around it. */
  payloadBytesMax: 640 * 1024 * 1024,
  entriesMax: 65_536,
  /** Of zlib, 1 to 9. */
  packLevel: 1,
  /** A smaller batch goes unpacked. */
  packBytesMin: 64,
  /** So much of the batches before helps to pack the next; both ends must have the same. */
  packWindowBytes: 8 * 1024,
  /** What is no larger is packed at once, within a fraction of a millisecond; what is, by threads of zlib's. */
  packAtOnceBytes: 16 * 1024,
  /** So many batches in a row that don't shrink to this share make so many go unpacked after them, again and again. */
  packShareMax: 0.95,
  packPoorMax: 4,
  packRests: 15,
  /** Batches waiting to be packed or written, beyond which no more are asked for. */
  outboxBatches: 8,
  outboxBatchesOfPartitions: 4096,
  /** Batches of partitions in one message; what each of them takes beside its payloads, about. */
  bundleBatchesMax: 512,
  bundleHeadBytes: 64,
  /** Bytes of messages waiting to be unpacked, beyond which the stream is not read. */
  intakeBytesMax: 4 * 1024 * 1024,
  /** What a limit of bandwidth lets through at once: what it allows in this time. */
  burstMs: 100,
  /** Of a limited line a state that is given away gets at least so much, in messages of so long... */
  restShare: 0.1,
  restPartMs: 10,
  /** ...and not smaller than this. */
  restPartBytesMin: 4096,
  /** The latest round trips, of which the shortest tells how far apart two clocks are. */
  clockSamples: 8,
  nameBytesMax: 256,
  /** Dialling, until the answer to our Hello. */
  handshakeMsMax: 3000,
  pingEveryMs: 1000,
  /** A stream that brings nothing for so long, not even a ping, is dead. */
  silenceMsMax: 4000,
  /** Back-off between dials: doubles from min to max, with jitter; begins anew after a stable time. */
  redialMsMin: 50,
  redialMsMax: 1000,
  stableMs: 1000,
  /** After all agents of a region were dialled and some stood by: one of them takes over soon. */
  standbyRedialMs: 250,
  /** After a refusal, which only a change of configuration or version ends. */
  refusedRedialMs: 2000,
  /** Of a call that brings states: more than 100 Mbit/s times 200 ms, and little enough to lie in memory. */
  exportWindowBytes: 4 * 1024 * 1024,
  /** Such a call that brings nothing for so long is given up: states wait until they are on the exporter's disk. */
  exportSilenceMsMax: 60_000,
  /** Of a call about the members. */
  membersMsMax: 5000,
  /** HTTP/2 keepalive of the listening side: closes what a vanished peer left open. */
  keepaliveMs: 10_000,
  keepaliveTimeoutMs: 20_000,
  /** A graceful stop of the listener becomes a hard one after this. */
  stopMsMax: 1000,
} as const;
