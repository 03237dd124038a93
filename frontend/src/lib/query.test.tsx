import { QueryClientProvider, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ann } from "@/testing/people";
import { signIn } from "@/testing/render";
import { answer, http as network, server } from "@/testing/server";
import { http } from "./api/client";
import { createQueryClient, refetchStaleReads } from "./query";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

function Pages() {
  const feed = useInfiniteQuery({
    queryKey: ["feed"],
    queryFn: async ({ signal }) => (await http.get<string>("/v1/feed", { signal })).data,
    initialPageParam: null,
    getNextPageParam: () => null,
  });
  const me = useQuery({
    queryKey: ["me"],
    queryFn: async ({ signal }) => (await http.get<string>("/v1/me", { signal })).data,
  });
  return (
    <p>
      {feed.data?.pages} {me.data}
    </p>
  );
}

test.each(["/v1/feed", "/v1/me"])("only what was stale is asked for again: %s", async (stale) => {
  const asked: string[] = [];
  const serve = (path: string) =>
    network.get(path, () => {
      asked.push(path);
      const first = asked.filter((each) => each === path).length === 1;
      const headers = { "Echo-Consistency": path === stale && first ? "stale" : "applied" };
      return answer(first ? "old" : "new", { headers });
    });
  server.use(serve("/v1/feed"), serve("/v1/me"));
  signIn(ann);
  const queries = createQueryClient();
  const stop = refetchStaleReads(queries);
  render(
    <QueryClientProvider client={queries}>
      <Pages />
    </QueryClientProvider>,
  );
  await screen.findByText("old old");
  await vi.advanceTimersByTimeAsync(10_000);
  await waitFor(() => expect(asked).toHaveLength(3));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked.slice(2)).toEqual([stale]);
  stop();
});
