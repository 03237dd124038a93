// Does the whole way work, for twenty pairs of friends at once?
//
// Each virtual user plays two people: they sign up, become friends, and then again and again one
// posts and finds the post in their own feed, writes to the other over HTTP and reads it back, and
// sends a message over the socket that has to arrive at the other's. It is a test of correctness
// under some load, not of capacity: people who wait a second between two things they do.
//
//   cargo xtask bench smoke [--duration 30s]   against a system of its own
//   cargo xtask bench smoke --url URL          against one that runs
import { check, sleep } from "k6";
import exec from "k6/execution";
import { Rate, Trend } from "k6/metrics";

import { befriend, conversation, feed, publish, sendMessage, signUp, uuid } from "./client/api.js";
import { acknowledged as written, introduced } from "./client/journal.js";
import { connect } from "./client/socket.js";

const acknowledged = new Trend("echo_socket_acknowledged", true);
const delivered = new Trend("echo_socket_delivered", true);
const applied = new Rate("echo_reads_applied");
const arrived = new Rate("echo_messages_arrived");

export const options = {
  scenarios: {
    friends: {
      executor: "ramping-vus",
      startVUs: 0,
      // Signing up costs a password hash each: forty at the same instant would measure the queue
      // in front of the hashing, which is another test.
      stages: [
        { duration: "10s", target: 20 },
        { duration: __ENV.ECHO_DURATION || "30s", target: 20 },
      ],
      gracefulRampDown: "0s",
      gracefulStop: "15s",
    },
  },
  thresholds: {
    // Nothing here is allowed to fail: the load is light and every request is legal.
    checks: ["rate==1"],
    http_req_failed: ["rate==0"],
    echo_refused: ["rate==0"],
    echo_messages_arrived: ["rate==1"],
    // A read that names the position of one's own write must see it. One in a hundred may run into
    // its two seconds while the machine is busy with something else; more means that projections lag.
    echo_reads_applied: ["rate>0.99"],
    // A password hash is meant to take time, and up to three of them wait for each core.
    "http_req_duration{name:POST /v1/auth/signup}": ["p(95)<2000"],
    // One append and one answer; a person takes 200 ms for "at once".
    "http_req_duration{name:POST /v1/posts}": ["p(95)<200"],
    "http_req_duration{name:POST /v1/conversations/{id}/messages}": ["p(95)<200"],
    // These wait until the projection has passed one's own write, so they carry its delay as well.
    "http_req_duration{name:GET /v1/feed}": ["p(95)<400"],
    "http_req_duration{name:GET /v1/conversations/{id}/messages}": ["p(95)<400"],
    // Live is live: from sending to the other's screen within a quarter of a second.
    echo_socket_acknowledged: ["p(95)<250"],
    echo_socket_delivered: ["p(95)<250"],
  },
};

/** How long a message may take to the other's socket before it counts as lost. */
const PATIENCE = 10_000;

// Each virtual user has its own copy of this module, and so its own two people.
let friends = null;

export default function () {
  friends = friends || meet();
  if (!friends) {
    sleep(1);
    return;
  }
  const [ann, ben] = friends;
  post(ann);
  write(ann, ben);
  talk(ann, ben);
  sleep(1);
}

function meet() {
  const ann = signUp("ann");
  const ben = ann && signUp("ben");
  if (!ben) return null;
  befriend(ann, ben);
  introduced({ people: [ann, ben] });
  return [ann, ben];
}

function post(ann) {
  const published = publish(ann, `Iteration ${exec.vu.iterationInScenario}: the tram was on time again.`);
  if (!published) return;
  written("post", { id: published.id, by: ann.username });
  const page = feed(ann, published.position);
  applied.add(page.headers["Echo-Consistency"] === "applied");
  check(page, { "one's own post is first in one's own feed": (p) => p.json("items.0.id") === published.id });
}

function write(ann, ben) {
  const sent = sendMessage(ann, ben, "Are you coming along on Saturday?");
  if (!sent) return;
  written("message", { id: sent.id, by: ann.username, to: ben.id });
  const page = conversation(ben, ann, sent.position);
  applied.add(page.headers["Echo-Consistency"] === "applied");
  check(page, {
    "the other reads the message": (p) => (p.json("items") || []).some((message) => message.id === sent.id),
  });
}

// The iteration lasts until both sockets are closed; everything below happens in their callbacks.
function talk(ann, ben) {
  const id = uuid();
  let welcome = 0;
  let sentAt = 0;
  let missing = 2;
  let open = [];
  let timer = 0;

  const end = (success, reason) => {
    if (open.length === 0) return;
    clearTimeout(timer);
    for (const socket of open) socket.close();
    open = [];
    arrived.add(success);
    if (!success) console.error(`a message of ${ann.id} to ${ben.id} did not arrive: ${reason}`);
  };
  const failed = (reason) => end(false, reason);
  // The acknowledgement and the delivery come in either order.
  const half = () => {
    missing -= 1;
    if (missing === 0) end(true);
  };
  const send = () => {
    sentAt = Date.now();
    open[0].emit("message:send", { to: ben.id, id, text: "On my way!" }, (answer) => {
      acknowledged.add(Date.now() - sentAt);
      const accepted = check(answer, { "message:send is acknowledged": (a) => a.ok === true });
      if (accepted) {
        written("message", { id, by: ann.username, to: ben.id });
        half();
      } else failed(JSON.stringify(answer));
    });
  };
  // A server may welcome again at any time; what counts is that both have been welcomed once.
  const welcomed = (who) => {
    const before = welcome;
    welcome |= who;
    if (welcome === 3 && before !== 3) send();
  };

  const lost = () => {
    if (sentAt) failed("it is lost");
    else failed(`there was no welcome for ${[welcome & 1 ? [] : "the sender", welcome & 2 ? [] : "the receiver"].flat().join(" and ")}`);
  };
  timer = setTimeout(lost, PATIENCE);
  open.push(connect(ann.token, (event) => event === "welcome" && welcomed(1), failed));
  open.push(
    connect(
      ben.token,
      (event, payload) => {
        if (event === "welcome") welcomed(2);
        if (event === "message:new" && payload.message.id === id) {
          delivered.add(Date.now() - sentAt);
          half();
        }
      },
      failed,
    ),
  );
}
