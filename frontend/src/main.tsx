import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { t } from "./lib/messages";
import "./app.css";

document.documentElement.lang = t.language;

// What is needed first comes first.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  window.addEventListener("load", () => {
    import("./lib/app-shell").then(({ keepShell }) => keepShell()).catch(() => undefined);
  });
}

const root = document.getElementById("root");
if (!root) throw new Error("the page has no root element");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
