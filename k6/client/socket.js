// Socket.IO by hand: k6 has no client for it, and the protocol on top of a WebSocket is a few prefixes.
//
//   0{…}   the server opens the session        40{…}  join the namespace, with the token; and its answer
//   2 / 3  ping from the server / our answer   42[…]  an event
//   42N[…] an event that wants answer number N 43N[…] that answer          44{…}  the token was refused
import { WebSocket } from "k6/experimental/websockets";

import { BASE_URL } from "./api.js";

/** A socket for a person. `on(event, data)` hears every event, `failed(reason)` of anything that goes wrong. */
export function connect(token, on, failed) {
  const address = BASE_URL.replace(/^http/, "ws");
  const socket = new WebSocket(`${address}/socket.io/?EIO=4&transport=websocket`, null, {
    tags: { name: "/socket.io/" },
  });
  const waiting = new Map();
  let next = 1;
  let closed = false;

  // Not at the server's `0`, which comes with the answer to the handshake: k6 drops what it reads before it has told
  // itself that the socket is open, and of a thousand sockets one would wait for ever.
  socket.onopen = () => socket.send(`40${JSON.stringify({ token })}`);
  socket.onmessage = ({ data }) => {
    if (data === "2") socket.send("3");
    else if (data.startsWith("44")) failed(`the token was refused: ${data.slice(2)}`);
    else if (data.startsWith("42")) {
      const [event, payload] = JSON.parse(data.slice(data.indexOf("[")));
      on(event, payload);
    } else if (data.startsWith("43")) {
      const [, number, answer] = /^43(\d+)(.*)$/s.exec(data);
      const resolve = waiting.get(Number(number));
      waiting.delete(Number(number));
      if (resolve) resolve(JSON.parse(answer)[0]);
    }
  };
  socket.onerror = (event) => !closed && failed(`the socket failed: ${event.error}`);
  socket.onclose = () => !closed && failed("the server closed the socket");

  return {
    /** Sends an event; `answered` is given the acknowledgement. */
    emit(event, payload, answered) {
      const number = next;
      next += 1;
      waiting.set(number, answered);
      socket.send(`42${number}${JSON.stringify([event, payload])}`);
    },
    close() {
      closed = true;
      socket.close();
    },
  };
}
