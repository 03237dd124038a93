// What the gateway is measured against: rooms alone. It checks no token, knows no friends, stores nothing
// and loses what is sent while somebody is away.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { pingInterval: 20_000, pingTimeout: 20_000, serveClient: false });

io.on("connection", (socket) => {
  // The token is the account's id.
  const account = socket.handshake.auth.token;
  socket.join(account);
  socket.emit("welcome", { account_id: account, position: "c0" });
  socket.on("message:send", ({ to, id, text }, acknowledge) => {
    const message = { id, from: account, to, text, media: [], sent_at: new Date().toISOString() };
    io.to(to).to(account).emit("message:new", { peer: account, message });
    acknowledge({ ok: true, id, at: message.sent_at });
  });
});

http.listen(0, "127.0.0.1", () => {
  console.log(`127.0.0.1:${http.address().port}`);
});
