import "@testing-library/jest-dom/vitest";
import { onlineManager } from "@tanstack/react-query";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { COMPONENT } from "../../patience";
import { server } from "./server";

// What jsdom lacks and the components ask for.
window.matchMedia ??= vi
  .fn()
  .mockReturnValue({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() });
Element.prototype.scrollTo ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.scrollIntoView ??= () => {};
Blob.prototype.arrayBuffer ??= function (this: Blob) {
  const reader = new FileReader();
  return new Promise((done, failed) => {
    reader.onload = () => done(reader.result as ArrayBuffer);
    reader.onerror = () => failed(reader.error);
    reader.readAsArrayBuffer(this);
  });
};

configure({ asyncUtilTimeout: COMPONENT.wait });

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  localStorage.clear();
  sessionStorage.clear();
  onlineManager.setOnline(true);
});
afterAll(() => server.close());

// Nothing is laid out here, and what shows only what is near the screen needs to believe in one.
Object.defineProperties(HTMLElement.prototype, {
  clientWidth: { configurable: true, get: () => 390 },
  clientHeight: { configurable: true, get: () => 844 },
});
