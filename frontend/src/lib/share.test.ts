import { expect, test, vi } from "vitest";
import { share, shareLabel } from "./share";
import { dismissAllToasts } from "./toasts";

const url = "http://echo.test/posts/1";

test("a link is copied where there is no sheet to share with", async () => {
  const copied = vi.fn(async () => {});
  vi.stubGlobal("navigator", { clipboard: { writeText: copied } });
  expect(shareLabel()).toBe("Copy link");
  await share("/posts/1", "A post");
  expect(copied).toHaveBeenCalledWith(url);
  dismissAllToasts();
});

test("on a phone a link is handed to the device's own sheet", async () => {
  const shared = vi.fn(async () => {});
  vi.stubGlobal("navigator", { share: shared });
  vi.spyOn(window, "matchMedia").mockReturnValue({ matches: true } as MediaQueryList);
  expect(shareLabel()).toBe("Share");
  await share("/posts/1", "A post");
  expect(shared).toHaveBeenCalledWith({ title: "A post", url });
});
