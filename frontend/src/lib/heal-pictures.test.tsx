import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { healPictures } from "./heal-pictures";

function Face({ load }: { load: () => Promise<{ avatar: string }> }) {
  const { data } = useQuery({ queryKey: ["face"], queryFn: load, staleTime: Infinity });
  return data && <img src={data.avatar} alt="Ann" />;
}

function Other({ load }: { load: () => Promise<string> }) {
  const { data } = useQuery({ queryKey: ["other"], queryFn: load, staleTime: Infinity });
  return <p>{data}</p>;
}

test("a picture whose URL ran out is asked for anew with what showed it, once, and nothing else is", async () => {
  const queries = new QueryClient();
  const stop = healPictures(queries);
  let faces = 0;
  let others = 0;
  const view = render(
    <QueryClientProvider client={queries}>
      <Face load={async () => ({ avatar: `/v1/media/one/thumbnail?e=${++faces}` })} />
      <Other load={async () => `other ${++others}`} />
    </QueryClientProvider>,
  );
  const face = await screen.findByRole("img", { name: "Ann" });
  await screen.findByText("other 1");
  fireEvent.error(face);
  await waitFor(() => expect(face).toHaveAttribute("src", "/v1/media/one/thumbnail?e=2"));
  expect([faces, others]).toEqual([2, 1]);

  // One that stays broken isn't asked for again and again.
  queries.setQueryData(["face"], { avatar: "/v1/media/one/thumbnail?e=1" });
  await waitFor(() => expect(face).toHaveAttribute("src", "/v1/media/one/thumbnail?e=1"));
  fireEvent.error(face);
  queries.setQueryData(["face"], { avatar: "/v1/media/gone/thumbnail?e=9" });
  await waitFor(() => expect(face).toHaveAttribute("src", "/v1/media/gone/thumbnail?e=9"));
  fireEvent.error(face);
  await waitFor(() => expect(faces).toBe(3));
  stop();
  view.unmount();
});
