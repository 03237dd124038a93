import { HttpResponse } from "msw";
import { expect, test } from "vitest";
import { answer, http, refuse, server } from "@/testing/server";
import { send } from "./transport";

test("what is asked for is in the address, but for what is left open", async () => {
  server.use(http.get("/v1/feed", ({ request }) => answer({ asked: new URL(request.url).search })));
  const params = { limit: 20, cursor: "a b&c", before: undefined, after: null };
  const { data } = await send("GET", "/v1/feed", undefined, { params });
  expect(data).toEqual({ asked: "?limit=20&cursor=a+b%26c" });
});

test("headers are known by their names in lower case, and no body is no data", async () => {
  server.use(
    http.put(
      "/v1/x",
      () => new HttpResponse(null, { status: 204, headers: { "Echo-Position": "e7" } }),
    ),
  );
  const { data, status, headers } = await send("PUT", "/v1/x", undefined);
  expect([data, status, headers["echo-position"]]).toEqual([undefined, 204, "e7"]);
});

test("a body is JSON, a picture is itself, and a DELETE may have one too", async () => {
  const sent: unknown[] = [];
  const keep = async ({ request }: { request: Request }) => {
    sent.push([request.headers.get("Content-Type"), await request.text()]);
    return answer({});
  };
  server.use(http.post("/v1/media", keep), http.delete("/v1/me", keep));
  const picture = new Blob(["picture"], { type: "image/png" });
  await send("POST", "/v1/media", picture, { headers: { "Content-Type": "image/png" } });
  await send("DELETE", "/v1/me", { password: "p" });
  expect(sent[0]).toMatchObject(["image/png", expect.any(String)]);
  expect(sent[1]).toEqual(["application/json", '{"password":"p"}']);
});

test("no network, and a request that was given up, are the same problem", async () => {
  server.use(http.get("/v1/feed", () => HttpResponse.error()));
  const network = { status: 0, code: "network", isTransient: true };
  await expect(send("GET", "/v1/feed", undefined)).rejects.toMatchObject(network);
  const aborter = new AbortController();
  const asked = send("GET", "/v1/feed", undefined, { signal: aborter.signal });
  aborter.abort();
  await expect(asked).rejects.toMatchObject(network);
});

test("a refusal keeps its code where a file was asked for, and where it is no JSON", async () => {
  server.use(
    http.get("/v1/me/export", () => refuse(429, "too-many-requests")),
    http.get("/v1/feed", () => new HttpResponse("<html>", { status: 502 })),
  );
  await expect(
    send("GET", "/v1/me/export", undefined, { responseType: "blob" }),
  ).rejects.toMatchObject({ status: 429, code: "too-many-requests" });
  await expect(send("GET", "/v1/feed", undefined)).rejects.toMatchObject({
    status: 502,
    code: "unavailable",
  });
});
