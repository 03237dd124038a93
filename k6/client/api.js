// Echo's HTTP API as a load script speaks it: one function per request, each named for the metrics.
import { check } from "k6";
import http from "k6/http";

/** Where the edge is; `cargo xtask bench` sets it. */
export const BASE_URL = (__ENV.ECHO_BASE_URL || "http://127.0.0.1:8080").replace(/\/$/, "");

/** One password for everybody: hashing it costs the server the same as any other. */
const PASSWORD = "correct horse battery staple";

/** A random version-4 UUID; good enough to name things in a test. */
export function uuid() {
  const digits = () => Math.floor((1 + Math.random()) * 0x10000).toString(16).slice(1);
  const variant = (8 + Math.floor(Math.random() * 4)).toString(16);
  return `${digits()}${digits()}-${digits()}-4${digits().slice(1)}-${variant}${digits().slice(1)}-${digits()}${digits()}${digits()}`;
}

// Requests are grouped under the route, not under the address with its ids: one name per kind of request.
function request(method, route, path, { body, token, headers = {}, expected }) {
  const all = Object.assign({ Accept: "application/json" }, headers);
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (token) all.Authorization = `Bearer ${token}`;
  const answer = http.request(method, BASE_URL + path, body === undefined ? null : JSON.stringify(body), {
    headers: all,
    tags: { name: `${method} ${route}` },
    responseCallback: http.expectedStatuses(expected),
  });
  const passed = check(answer, { [`${method} ${route} is ${expected}`]: (a) => a.status === expected });
  if (!passed) console.error(`${method} ${path}: ${answer.status} ${answer.body || answer.error}`);
  return answer;
}

/** Signs up a person nobody has met: `{ id, username, token }`, or null if that failed. */
export function signUp(name) {
  const username = `${name}_${uuid().slice(0, 8)}${uuid().slice(0, 4)}`;
  const body = { username, email: `${username}@example.com`, password: PASSWORD, display_name: name };
  const answer = request("POST", "/v1/auth/signup", "/v1/auth/signup", { body, expected: 201 });
  if (answer.status !== 201) return null;
  return { id: answer.json("account.id"), username, token: answer.json("access_token") };
}

/** Makes two people friends: one asks, the other accepts. */
export function befriend(asking, asked) {
  request("POST", "/v1/friend-requests", "/v1/friend-requests", {
    body: { user_id: asked.id },
    token: asking.token,
    expected: 201,
  });
  request("POST", "/v1/friend-requests/{id}/accept", `/v1/friend-requests/${asking.id}/accept`, {
    token: asked.token,
    expected: 200,
  });
}

/** Publishes a post of one paragraph: `{ id, position }`. */
export function publish(person, text) {
  const answer = request("POST", "/v1/posts", "/v1/posts", {
    body: { blocks: [{ type: "text", text }], visibility: "friends" },
    token: person.token,
    headers: { "Idempotency-Key": uuid() },
    expected: 201,
  });
  return answer.status === 201 ? answer.json() : null;
}

/** Reads the first page of a person's feed as it is at `position` or later. */
export function feed(person, position) {
  return request("GET", "/v1/feed", "/v1/feed", {
    token: person.token,
    headers: { "Echo-Min-Position": position },
    expected: 200,
  });
}

/** Sends a message over HTTP: `{ id, position, at }`. */
export function sendMessage(from, to, text) {
  const answer = request("POST", "/v1/conversations/{id}/messages", `/v1/conversations/${to.id}/messages`, {
    body: { id: uuid(), text },
    token: from.token,
    expected: 201,
  });
  return answer.status === 201 ? answer.json() : null;
}

/** Reads the newest messages between a person and another as they are at `position` or later. */
export function conversation(person, other, position) {
  return request("GET", "/v1/conversations/{id}/messages", `/v1/conversations/${other.id}/messages`, {
    token: person.token,
    headers: { "Echo-Min-Position": position },
    expected: 200,
  });
}
