/**
 * The gateway's part of meridian.yaml. What is left out has the default of the gateway's own limits.ts, but for where it
 * listens.
 */
import { z } from "zod";
import { host, port } from "./network.js";

const PORT_DEFAULT = 6380;
/** What every system takes as the path of a unix socket. */
const UNIX_PATH_BYTES_MAX = 103;
const COMMAND_BYTES_LEAST = 1024 * 1024;
const PROCESSES_MAX = 64;
const PORT_MAX = 65_535;
/** Among which slots are shared out. */
const ANNOUNCED_MAX = 64;

const file = z.string("a file").min(1, "a file");
const whole = (least: number, most: number, what: string) =>
  z.number(what).int(what).min(least, `${what}, at least ${least}`).max(most, `${what}, at most ${most}`);
const seconds = whole(0, 31_536_000, "a number of seconds, 0 for none");

const tls = z.strictObject({
  host: host.optional(),
  port,
  cert: file,
  key: file,
  ca: file.optional(),
  clientCertificates: z.enum(["none", "optional", "required"], "one of none, optional, required").optional(),
});

/** YAML reads 0770 as the number 770: it is the digits that are meant. */
const permissions = z
  .union([z.string(), z.number()], "octal permissions, such as 770")
  .transform(String)
  .pipe(z.string().regex(/^0?[0-7]{3}$/, "octal permissions, such as 770"));

const unixSocket = z.strictObject({
  path: file.refine(
    (path) => Buffer.byteLength(path) <= UNIX_PATH_BYTES_MAX,
    `a path of at most ${UNIX_PATH_BYTES_MAX} bytes`,
  ),
  permissions: permissions.optional(),
});

const limits = z.strictObject({
  clientsMax: whole(1, 1_000_000, "a number of clients").optional(),
  idleSeconds: seconds.optional(),
  stalledSeconds: whole(1, 86_400, "a number of seconds").optional(),
  keepAliveSeconds: seconds.optional(),
  commandBytesMax: whole(COMMAND_BYTES_LEAST, 2 ** 40, "a number of bytes").optional(),
});

/** As clients reach a gateway. */
const place = z
  .string("host:port")
  .regex(/^[^\s:]+:\d{1,5}$/, "host:port")
  .transform((text) => ({
    host: text.slice(0, text.lastIndexOf(":")),
    port: Number(text.slice(text.lastIndexOf(":") + 1)),
  }))
  .refine((given) => given.port > 0 && given.port <= PORT_MAX, "host:port");

export const gatewaySchema = z
  .strictObject({
    host: host.default("127.0.0.1"),
    port: port.optional(),
    tls: tls.optional(),
    unixSocket: unixSocket.optional(),
    limits: limits.optional(),
    processes: z
      .union([
        z.literal("cores", "a number of processes, or cores"),
        whole(1, PROCESSES_MAX, "a number of processes, or cores"),
      ])
      .optional(),
    announce: z.array(place, "a list of host:port").min(1, "a list of host:port").max(ANNOUNCED_MAX).optional(),
    drainMs: whole(0, 3_600_000, "a number of milliseconds").optional(),
  })
  .superRefine(({ tls: given }, context) => {
    const asks = given?.clientCertificates === "optional" || given?.clientCertificates === "required";
    if (asks && given.ca === undefined) {
      context.addIssue({
        code: "custom",
        path: ["tls", "ca"],
        message: "the certificates that sign those of clients",
      });
    }
    if (given?.port === 0) {
      context.addIssue({ code: "custom", path: ["tls", "port"], message: "a port from 1 to 65535" });
    }
  })
  .transform((given) => ({ ...given, port: given.port ?? (given.tls === undefined ? PORT_DEFAULT : 0) }))
  .prefault({});
