import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { useMe } from "@/lib/api/use-session";
import { ann, profileOf } from "@/testing/people";
import { renderSignedIn } from "@/testing/render";
import { answer, http, refuse, server } from "@/testing/server";
import ProfileEditor from "./profile-editor";

const profile = { ...profileOf(ann, "self"), bio: "Hello." };

function Name() {
  return <p>{useMe().display_name}</p>;
}

function show(onClose = vi.fn(), shown = profile) {
  renderSignedIn(
    ann,
    <>
      <Name />
      <ProfileEditor profile={shown} onClose={onClose} />
    </>,
  );
  return onClose;
}

test("what one tells of oneself is saved, and one's name is the new one everywhere", async () => {
  const sent: unknown[] = [];
  server.use(
    http.patch("/v1/me/profile", async ({ request }) => {
      sent.push(await request.json());
      return answer({ position: "e9" });
    }),
    http.get("/v1/me", () => answer({ ...profile, display_name: "Annabel", email: null })),
  );
  const onClose = show();
  const name = await screen.findByRole("textbox", { name: "Name" });
  await userEvent.clear(name);
  await userEvent.type(name, "Annabel");
  await userEvent.type(screen.getByRole("textbox", { name: "Website" }), "ann.example");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(sent).toEqual([
    { display_name: "Annabel", bio: "Hello.", location: "", website: "https://ann.example" },
  ]);
  expect(screen.getByText("Annabel")).toBeInTheDocument();
});

test("what is wrong is said at its field, by us or by the server, and nothing is lost", async () => {
  server.use(
    http.patch("/v1/me/profile", () =>
      refuse(422, "validation-failed", [
        { field: "location", code: "unheard-of", message: "Not this." },
      ]),
    ),
  );
  const onClose = show();
  const name = await screen.findByRole("textbox", { name: "Name" });
  await userEvent.clear(name);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Please fill this in.")).toBeInTheDocument();
  await userEvent.type(name, "Ann");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Not this.")).toBeInTheDocument();
  expect(name).toHaveValue("Ann");
  expect(onClose).not.toHaveBeenCalled();
});

test("a picture is taken away", async () => {
  const gone: string[] = [];
  server.use(
    http.delete("/v1/me/avatar", () => {
      gone.push("avatar");
      return answer({ position: "e9" });
    }),
    http.get("/v1/me", () => answer({ ...profile, email: null })),
  );
  show(vi.fn(), { ...profile, avatar: "/v1/media/a/original" });
  expect(screen.queryByRole("button", { name: "Remove cover picture" })).not.toBeInTheDocument();
  await userEvent.click(await screen.findByRole("button", { name: "Remove profile picture" }));
  await waitFor(() => expect(gone).toEqual(["avatar"]));
});

test("a file that is no picture is refused in words", async () => {
  show();
  const user = userEvent.setup({ applyAccept: false });
  const picker = screen.getByLabelText<HTMLInputElement>("Change cover picture", {
    selector: "input",
  });
  await user.upload(picker, new File(["x"], "film.mp4", { type: "video/mp4" }));
  expect(await screen.findByText(/This file isn’t a picture/)).toBeInTheDocument();
});

test("a photo larger than an upload may be is cropped all the same", async () => {
  show();
  const user = userEvent.setup();
  const picker = screen.getByLabelText<HTMLInputElement>("Change profile picture", {
    selector: "input",
  });
  const photo = new File([new Uint8Array(15 * 1024 * 1024)], "photo.jpg", { type: "image/jpeg" });
  URL.createObjectURL = () => "blob:photo";
  URL.revokeObjectURL = vi.fn();
  await user.upload(picker, photo);
  expect(await screen.findByRole("button", { name: "Use this picture" })).toBeInTheDocument();
});
