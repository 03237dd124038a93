// Echo's HTTP API as a load script speaks it: one function per request, each named for the metrics.
import { check } from "k6";
import http from "k6/http";
import { Counter, Rate } from "k6/metrics";

/** Where the edge is; `cargo xtask bench` sets it. */
export const BASE_URL = (__ENV.ECHO_BASE_URL || "http://127.0.0.1:8080").replace(/\/$/, "");

/** One password for everybody: hashing it costs the server the same as any other. */
const PASSWORD = "correct horse battery staple";

/** How many requests were answered as they should be, by `kind`: read, read_back, write, upload or password. */
const operations = new Counter("echo_operations");
/** How many answers were neither what was asked for nor an honest refusal (503 with Retry-After). */
const failed = new Rate("echo_failed");
/** How many answers were refusals. */
const refused = new Rate("echo_refused");

/** A random version-4 UUID; good enough to name things in a test. */
export function uuid() {
  const digits = () => Math.floor((1 + Math.random()) * 0x10000).toString(16).slice(1);
  const variant = (8 + Math.floor(Math.random() * 4)).toString(16);
  return `${digits()}${digits()}-${digits()}-4${digits().slice(1)}-${variant}${digits().slice(1)}-${digits()}${digits()}${digits()}`;
}

// Requests are grouped under the route, not under the address with its ids: one name per kind of request.
function described(method, route, path, { body, raw, token, headers = {}, kind, expected, timeout = "20s" }) {
  const all = Object.assign({ Accept: "application/json" }, headers);
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (token) all.Authorization = `Bearer ${token}`;
  return {
    method,
    url: BASE_URL + path,
    body: body === undefined ? (raw ?? null) : JSON.stringify(body),
    params: {
      headers: all,
      timeout,
      tags: { name: `${method} ${route}`, kind: kind ?? (method === "GET" ? "read" : "write") },
      responseCallback: http.expectedStatuses(expected, 503),
    },
  };
}

// A refusal is an answer: 503 that says when to come again. Whether one may come is the scenario's threshold.
function judge(method, route, path, expected, kind, answer) {
  const refusal = answer.status === 503 && answer.headers["Retry-After"] !== undefined;
  const passed = check(
    answer,
    { [`${method} ${route} is ${expected}`]: (a) => a.status === expected || refusal },
    { kind },
  );
  failed.add(!passed);
  refused.add(refusal);
  if (!passed) console.error(`${method} ${path}: ${answer.status} ${answer.body || answer.error}`);
  if (answer.status === expected) operations.add(1, { kind });
  return answer;
}

function request(method, route, path, options) {
  const { url, body, params } = described(method, route, path, options);
  const answer = http.request(method, url, body, params);
  return judge(method, route, path, options.expected, params.tags.kind, answer);
}

function newPerson(name) {
  const username = `${name}_${uuid().slice(0, 8)}${uuid().slice(0, 4)}`;
  return { username, email: `${username}@example.com`, password: PASSWORD, display_name: name };
}

const SIGN_UP = { kind: "password", expected: 201 };

/** Signs up a person nobody has met: `{ id, username, token }`, or null if that failed. */
export function signUp(name) {
  return signUpMany([name])[0];
}

/** The same for many at once. */
export function signUpMany(names) {
  const bodies = names.map(newPerson);
  const requests = bodies.map((body) =>
    described("POST", "/v1/auth/signup", "/v1/auth/signup", { body, ...SIGN_UP }),
  );
  return http.batch(requests).map((answer, index) => {
    judge("POST", "/v1/auth/signup", "/v1/auth/signup", 201, "password", answer);
    if (answer.status !== 201) return null;
    const username = bodies[index].username;
    return { id: answer.json("account.id"), username, token: answer.json("access_token") };
  });
}

/** Logs in: the access token, or null. */
export function logIn(person) {
  const answer = request("POST", "/v1/auth/login", "/v1/auth/login", {
    body: { login: person.username, password: PASSWORD },
    kind: "password",
    expected: 200,
  });
  return answer.status === 200 ? answer.json("access_token") : null;
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

/** Publishes a post of one paragraph, and of a picture if there is one: `{ id, position }`. */
export function publish(person, text, { visibility = "friends", picture } = {}) {
  const blocks = [{ type: "text", text }];
  if (picture) blocks.push({ type: "image", media_id: picture, alt: "A picture made for a load test" });
  const answer = request("POST", "/v1/posts", "/v1/posts", {
    body: { blocks, visibility },
    token: person.token,
    headers: { "Idempotency-Key": uuid() },
    expected: 201,
  });
  return answer.status === 201 ? answer.json() : null;
}

/** Uploads a picture: `{ id, … }`. */
export function upload(person, bytes) {
  const answer = request("POST", "/v1/media", "/v1/media", {
    raw: bytes,
    token: person.token,
    headers: { "Content-Type": "image/jpeg", "Idempotency-Key": uuid() },
    kind: "upload",
    expected: 201,
    timeout: "60s",
  });
  return answer.status === 201 ? answer.json() : null;
}

/** Likes a post: whether that was acknowledged. */
export function like(person, post) {
  const answer = request("PUT", "/v1/posts/{id}/like", `/v1/posts/${post}/like`, {
    token: person.token,
    expected: 204,
  });
  return answer.status === 204;
}

/** Comments on a post: `{ id, position }`. */
export function comment(person, post, text) {
  const answer = request("POST", "/v1/posts/{id}/comments", `/v1/posts/${post}/comments`, {
    body: { text },
    token: person.token,
    headers: { "Idempotency-Key": uuid() },
    expected: 201,
  });
  return answer.status === 201 ? answer.json() : null;
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

function read(route, path, person, position) {
  // Who waits for a projection measures that; `projection_lag_ms` tells it.
  const [kind, headers] = position ? ["read_back", { "Echo-Min-Position": position }] : ["read", {}];
  return request("GET", route, path, { token: person.token, headers, kind, expected: 200 });
}

/** Reads the first page of a person's feed, as it is at `position` or later if one is given. */
export const feed = (person, position) => read("/v1/feed", "/v1/feed", person, position);

/** Reads one post. */
export const post = (person, id, position) => read("/v1/posts/{id}", `/v1/posts/${id}`, person, position);

/** Reads the first comments on a post. */
export const comments = (person, id) => read("/v1/posts/{id}/comments", `/v1/posts/${id}/comments`, person);

/** Reads somebody's profile. */
export const profile = (person, other) => read("/v1/users/{username}", `/v1/users/${other.username}`, person);

/** Reads somebody's posts. */
export const postsOf = (person, other) =>
  read("/v1/users/{username}/posts", `/v1/users/${other.username}/posts`, person);

/** Reads the list of recent chats. */
export const sidebar = (person) => read("/v1/chat/sidebar", "/v1/chat/sidebar", person);

/** Reads the newest messages between a person and another, as they are at `position` or later if one is given. */
export const conversation = (person, other, position) =>
  read("/v1/conversations/{id}/messages", `/v1/conversations/${other.id}/messages`, person, position);

/** All items of a list, page after page. */
export function everything(person, route, path) {
  const items = [];
  let next = null;
  do {
    const query = next === null ? "" : `&cursor=${encodeURIComponent(next)}`;
    const answer = read(route, `${path}?limit=100${query}`, person);
    if (answer.status !== 200) return null;
    const page = answer.json();
    items.push(...page.items);
    next = page.next_cursor;
  } while (next);
  return items;
}
