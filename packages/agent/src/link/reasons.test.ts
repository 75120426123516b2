/** Why a dial failed: what gRPC and OpenSSL say, made short. */
import { expect, test } from "vitest";
import { dialFailure } from "./reasons.js";

const PREFIX = "No connection established. Last error: ";

test.each([
  [
    `${PREFIX}Error: self-signed certificate in certificate chain.`,
    "self-signed certificate in certificate chain",
    true,
  ],
  [
    `${PREFIX}Error: 801C0717567F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/x.c:350:\n.`,
    "wrong version number: it does not speak TLS",
    true,
  ],
  [
    `${PREFIX}Error: 801C0717567F0000:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../deps/x.c:1:\n.`,
    "tlsv1 alert unknown ca",
    true,
  ],
  [
    `${PREFIX}connect ECONNREFUSED 127.0.0.1:1 (2026-11-28T10:08:03.357Z). Resolution note: none`,
    "connect ECONNREFUSED 127.0.0.1:1",
    false,
  ],
])("%s", (details, text, isTls) => {
  expect(dialFailure(details)).toEqual({ text, isTls });
});

test("a connection that is closed without a word may be one of TLS", () => {
  const { text, isTls } = dialFailure(`${PREFIX}Failed to connect (2026-11-28T10:08:03.357Z).`);
  expect(text).toContain("link.tls is in only one of the two agents");
  expect(isTls).toBe(false);
});
