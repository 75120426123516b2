/** Links over mutual TLS: who may talk to whom, checked by both ends; and certificates that are exchanged. */
import { connect } from "node:tls";
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import {
  type CertificateFolder,
  certificateFolder,
  newCertificate,
  type TestCertificate,
} from "../tls/test-support/certificates.js";
import { LinkCertificates, type LinkOptions } from "./index.js";
import { batchOf, closeAll, identity, open, PACKED, receiving, sending } from "./test-support/ends.js";

afterEach(closeAll);

interface Secured {
  link: LinkOptions;
  certificates: LinkCertificates;
  folder: CertificateFolder;
  log: string[];
}

/** An end whose certificate, signed by `by`, has the name; it trusts what `trusts` signs. */
async function secured(
  name: { uri?: string; dns?: string },
  by: TestCertificate,
  trusts: TestCertificate = by,
): Promise<Secured> {
  const folder = certificateFolder();
  folder.put({ ...(await newCertificate("agent", by, name)), ca: trusts.cert });
  const log: string[] = [];
  const certificates = await LinkCertificates.read(folder, {
    onExchange: () => log.push("exchanged"),
    onProblem: (error) => log.push(error.message),
  });
  open.push(certificates);
  return { link: { ...PACKED, certificates }, certificates, folder, log };
}

const named = (region: string): { uri: string } => ({ uri: `meridian://default/${region}` });

test("two ends with each other's names: a link, by URI and by DNS name, encrypted", async () => {
  const ca = await newCertificate("ca");
  const [a, b] = [await secured(named("a"), ca), await secured({ dns: "b.default.meridian" }, ca)];
  const sender = await sending(identity("a"), { link: a.link });
  const receiver = receiving(sender.listener.port, { link: b.link });
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  sender.listener.send("b", batchOf(3, Buffer.alloc(1_000_000, 1)));
  await waitFor(() => receiver.batches.length > 0, { what: "the batch" });
});

test("a listener that is certified as another region is not talked to", async () => {
  const ca = await newCertificate("ca");
  const sender = await sending(identity("a"), { link: (await secured(named("c"), ca)).link });
  const receiver = receiving(sender.listener.port, { link: (await secured(named("b"), ca)).link });
  await waitFor(() => receiver.errors.length > 0, { what: "the refusal" });
  expect(receiver.errors[0]).toMatchObject({ code: "LINK_IDENTITY", isRefusal: true });
  expect(receiver.errors[0]?.message).toContain("meridian://default/c");
  expect([sender.log, sender.refusals]).toEqual([[], []]);
});

test("a dialer that claims another region than its certificate is refused, and told so", async () => {
  const ca = await newCertificate("ca");
  const sender = await sending(identity("a"), { link: (await secured(named("a"), ca)).link });
  const receiver = receiving(sender.listener.port, { link: (await secured(named("c"), ca)).link });
  await waitFor(() => receiver.errors.length > 0, { what: "the refusal" });
  expect(receiver.errors[0]).toMatchObject({ code: "LINK_IDENTITY", isRefusal: true });
  expect(sender.refusals[0]?.message).toContain(
    "shown by b is not one of that region (it has URI:meridian://default/c)",
  );
  expect(sender.log).toEqual([]);
});

test("the same name of another deployment is not the same", async () => {
  const ca = await newCertificate("ca");
  const sender = await sending(identity("a"), { link: (await secured({ uri: "meridian://staging/a" }, ca)).link });
  const receiver = receiving(sender.listener.port, { link: (await secured(named("b"), ca)).link });
  await waitFor(() => receiver.errors.length > 0, { what: "the refusal" });
  expect(receiver.errors[0]).toMatchObject({ code: "LINK_IDENTITY" });
});

test("certificates of a foreign CA, and ends without TLS, get nowhere", async () => {
  const [ca, foreign] = [await newCertificate("ca"), await newCertificate("foreign")];
  const a = await secured(named("a"), ca);
  const sender = await sending(identity("a"), { link: a.link });
  const foreigner = receiving(sender.listener.port, { link: (await secured(named("b"), foreign)).link });
  const impostor = receiving(sender.listener.port, { link: (await secured(named("b"), foreign, ca)).link });
  const plain = receiving(sender.listener.port);
  const ends = [foreigner, impostor, plain];
  await waitFor(() => ends.every(({ errors }) => errors.length > 0), { what: "three refusals" });
  expect(foreigner.errors[0]).toMatchObject({ code: "LINK_TLS", isRefusal: true });
  expect(impostor.errors[0]?.code).toMatch(/^LINK_(TLS|UNREACHABLE)$/);
  expect(plain.errors[0]).toMatchObject({ code: "LINK_UNREACHABLE" });
  for (const { errors } of [impostor, plain]) expect(errors[0]?.message).toMatch(/link\.tls/);
  expect([sender.log, ends.map(({ ups }) => ups)]).toEqual([[], [0, 0, 0]]);
  const unsecured = await sending(identity("a"));
  const secret = receiving(unsecured.listener.port, { link: a.link });
  await waitFor(() => secret.errors.length > 0, { what: "the refusal" });
  expect(secret.errors[0]).toMatchObject({ code: "LINK_TLS" });
});

/** The number of the certificate that a listener shows. */
function shownBy(port: number, own: TestCertificate): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"], ...own },
      () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

test("certificates and CA are exchanged without a restart; open streams go on, the next use the new", async () => {
  const [first, second] = [await newCertificate("first ca"), await newCertificate("second ca")];
  const [a, b] = [await secured(named("a"), first), await secured(named("b"), first)];
  const sender = await sending(identity("a"), { link: a.link });
  const receiver = receiving(sender.listener.port, { link: b.link });
  await waitFor(() => receiver.ups === 1 && sender.log.includes("up b"), { what: "the stream" });
  const probe = await newCertificate("probe", first);
  const before = await shownBy(sender.listener.port, probe);
  a.folder.put({ ...(await newCertificate("agent", second, named("a"))), ca: second.cert });
  b.folder.put({ ...(await newCertificate("agent", second, named("b"))), ca: second.cert });
  await waitFor(() => a.log.includes("exchanged") && b.log.includes("exchanged"), { what: "both exchanges" });
  expect(await shownBy(sender.listener.port, probe)).not.toBe(before);
  sender.listener.send("b", batchOf(3, Buffer.from("on the old stream")));
  await waitFor(() => receiver.batches.length === 1, { what: "a batch on the old stream" });
  receiver.dialer.close("a test");
  await waitFor(() => receiver.ups === 2, { what: "a stream with the new ones" });
  const outdated = receiving(sender.listener.port, { link: (await secured(named("b"), first, second)).link });
  await waitFor(() => outdated.errors.length > 0, { what: "the refusal of what the first CA signed" });
  expect(outdated.ups).toBe(0);
});

test("files that don't fit are told of, and what was before stays in use", async () => {
  const ca = await newCertificate("ca");
  const [a, b] = [await secured(named("a"), ca), await secured(named("b"), ca)];
  const sender = await sending(identity("a"), { link: a.link });
  a.folder.put({ key: (await newCertificate("other")).key });
  await a.certificates.look();
  expect(a.log).toEqual([expect.stringContaining(`${a.folder.key} can't be used for TLS`)]);
  const receiver = receiving(sender.listener.port, { link: b.link });
  await waitFor(() => receiver.ups === 1, { what: "the stream" });
});
