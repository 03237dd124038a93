// Before the first paint, so that a dark page doesn't flash white. A file of its own, because the
// content security policy allows no inline script. src/lib/theme.ts does the same afterwards.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("echo:theme");
  } catch {
    // No storage: the system decides.
  }
  const dark =
    chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
