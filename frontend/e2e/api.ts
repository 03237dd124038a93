import { randomUUID } from "node:crypto";
import { baseURL } from "./browser";

export const PASSWORD = "a long enough password";

export interface Someone {
  id: string;
  username: string;
  call: (method: string, path: string, body?: unknown) => Promise<Response>;
}

/** Somebody who signs up without a browser, for what a test needs but isn't about. */
export async function signUpByApi(username: string, displayName: string): Promise<Someone> {
  const send = async (method: string, path: string, body: unknown, token?: string) => {
    const response = await fetch(`${baseURL}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response;
  };
  const email = `${username}@example.org`;
  const form = { username, email, password: PASSWORD, display_name: displayName };
  const signedIn = await (await send("POST", "/v1/auth/signup", form)).json();
  const { id } = signedIn.account;
  return {
    id,
    username,
    call: (method, path, body) => send(method, path, body, signedIn.access_token),
  };
}

export async function befriend(one: Someone, other: Someone): Promise<void> {
  await one.call("POST", "/v1/friend-requests", { user_id: other.id });
  await other.call("POST", `/v1/friend-requests/${one.id}/accept`);
}

export async function write(from: Someone, to: Someone, text: string): Promise<void> {
  await from.call("POST", `/v1/conversations/${to.id}/messages`, { id: randomUUID(), text });
}
