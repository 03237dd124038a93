// The real socket.io-client, told what to do by lines of JSON on standard input, telling what
// happens by lines of JSON on standard output. One process plays all the clients of a test.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const sockets = new Map();

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function connect({ socket: name, url, options }) {
  const socket = io(url, { forceNew: true, reconnection: false, timeout: 20_000, ...options });
  const happened = (event, payload = null) => tell({ socket: name, event, payload });
  // By the time of `connect` the transport may have been upgraded already; it is asked for before that.
  let opened;
  socket.io.on("open", () => {
    const { engine } = socket.io;
    opened = engine.transport.name;
    engine.once("upgrade", (transport) => happened("upgrade", transport.name));
  });
  socket.on("connect", () => happened("connect", opened));
  socket.on("connect_error", ({ message, data }) => happened("connect_error", { message, data }));
  socket.on("disconnect", (reason) => happened("disconnect", reason));
  socket.onAny((event, payload) => happened(event, payload));
  sockets.set(name, socket);
}

/** The WebSocket's stream, to stop reading from it as a stalled network would. */
function stream(name) {
  return sockets.get(name).io.engine.transport.ws._socket;
}

const operations = {
  connect,
  emit({ socket, event, payloads, ack }) {
    const acknowledged = ack === undefined ? [] : [(answer) => tell({ ack, answer })];
    sockets.get(socket).emit(event, ...payloads, ...acknowledged);
  },
  disconnect({ socket }) {
    sockets.get(socket).disconnect();
  },
  reconnect({ socket }) {
    sockets.get(socket).connect();
  },
  pause({ socket }) {
    stream(socket).pause();
    tell({ socket, event: "paused", payload: null });
  },
  resume({ socket }) {
    stream(socket).resume();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...rest } = JSON.parse(line);
  operations[op](rest);
}
process.exit(0);
