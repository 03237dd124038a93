import { useNavigation } from "react-router";

/** On a slow network, that a page is on its way; what comes at once is worth no line. */
export function ProgressLine() {
  if (useNavigation().state === "idle") return null;
  return (
    <div
      data-progress=""
      aria-hidden="true"
      className="fixed inset-x-0 top-0 z-50 h-0.5 animate-progress bg-brand [transform-origin:0_0] rtl:[transform-origin:100%_0]"
    />
  );
}
