import { Component, type ErrorInfo, type ReactNode } from "react";

interface RootBoundaryProps {
  /** What is shown when everything else is gone. */
  fallback: ReactNode;
  children: ReactNode;
}

/** Around everything: whatever breaks, there is a page that says so, and never an empty one. */
export class RootBoundary extends Component<RootBoundaryProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo) {
    // For whoever looks at the browser's console, and for what collects errors from there.
    reportError(new Error(`the page broke${info.componentStack ?? ""}`, { cause: error }));
  }

  override render() {
    return this.state.broken ? this.props.fallback : this.props.children;
  }
}
