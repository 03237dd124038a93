import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { t } from "./lib/messages";
import "./app.css";

document.documentElement.lang = t.language;

const root = document.getElementById("root");
if (!root) throw new Error("the page has no root element");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
