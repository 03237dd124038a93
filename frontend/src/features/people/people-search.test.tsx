import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useLocation } from "react-router";
import { expect, test, vi } from "vitest";
import { ann, ben } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, refuse, server } from "@/testing/server";
import { PeopleSearch } from "./people-search";

const bea = { ...ben, id: "0198a1b2-0000-7000-8000-000000000003", username: "bea" };

function Shown() {
  return (
    <>
      <PeopleSearch />
      <p data-testid="at">{useLocation().pathname}</p>
    </>
  );
}

function serve(): string[] {
  const asked: string[] = [];
  server.use(
    http.get("/v1/search/users", ({ request }) => {
      const q = new URL(request.url).searchParams.get("q") ?? "";
      asked.push(q);
      const people = [
        { ...ben, relationship: "friends" },
        { ...bea, display_name: "Bea", relationship: "none" },
      ];
      return answer({
        items: people.filter(({ username }) => username.startsWith(q)),
        next_cursor: null,
      });
    }),
  );
  return asked;
}

test("who is found as one types is chosen with the arrows and opened with Enter", async () => {
  const asked = serve();
  renderSignedIn(ann, <Shown />);
  const field = await screen.findByRole("combobox", { name: "Search people" });
  await userEvent.type(field, "@be");
  const options = await screen.findAllByRole("option");
  expect(options.map((option) => option.textContent)).toEqual([
    expect.stringContaining("Friends"),
    expect.stringContaining("Bea"),
  ]);
  expect(field).toHaveAttribute("aria-activedescendant", options[0]?.id);
  await waitFor(() => expect(screen.getByText("2 people found")).toBeInTheDocument());
  await userEvent.keyboard("{ArrowDown}");
  expect(field).toHaveAttribute("aria-activedescendant", options[1]?.id);
  await userEvent.keyboard("{Enter}");
  expect(screen.getByTestId("at")).toHaveTextContent("/people/bea");
  expect(field).toHaveValue("");
  // Not for every letter, and without the sign that only we write before a name.
  expect(asked.at(-1)).toBe("be");
});

test("Escape closes what was found and keeps what was typed", async () => {
  serve();
  renderSignedIn(ann, <Shown />);
  const field = await screen.findByRole("combobox", { name: "Search people" });
  await userEvent.type(field, "be");
  await screen.findAllByRole("option");
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("option")).not.toBeInTheDocument();
  expect(field).toHaveAttribute("aria-expanded", "false");
  expect(field).toHaveValue("be");
});

test("it says when there is nobody, and when the search failed", async () => {
  serve();
  renderSignedIn(ann, <Shown />);
  const field = await screen.findByRole("combobox", { name: "Search people" });
  await userEvent.type(field, "zoe");
  expect(await screen.findByText("Nobody is called “zoe”")).toBeInTheDocument();
  server.use(http.get("/v1/search/users", () => refuse(400, "invalid-query")));
  await userEvent.clear(field);
  await userEvent.type(field, "yan");
  expect(await screen.findByText(/The search didn’t work/)).toBeInTheDocument();
});

test("a quick Enter opens a username, and leaves a name with a blank to the search", async () => {
  serve();
  renderSignedIn(ann, <Shown />);
  const field = await screen.findByRole("combobox", { name: "Search people" });
  await userEvent.type(field, "Ben Becker{Enter}");
  expect(screen.getByTestId("at")).toHaveTextContent(/^\/$/);
  expect(field).toHaveValue("Ben Becker");
  await userEvent.clear(field);
  await userEvent.type(field, "@Zoe_1{Enter}");
  expect(screen.getByTestId("at")).toHaveTextContent("/people/zoe_1");
});

test("who is chosen by the arrows is brought into sight", async () => {
  serve();
  const shown = vi.spyOn(Element.prototype, "scrollIntoView");
  renderSignedIn(ann, <Shown />);
  await userEvent.type(await screen.findByRole("combobox", { name: "Search people" }), "be");
  const options = await screen.findAllByRole("option");
  await userEvent.keyboard("{ArrowDown}");
  expect(shown.mock.contexts.at(-1)).toBe(options[1]);
});
