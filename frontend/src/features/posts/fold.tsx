import { type FocusEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";

/** Taller than this is folded: what is left out is worth a tap. */
const TALL_PX = 720;
/** Those that one has asked for: a post that was off the screen comes back as one left it. */
const unfolded = new Set<string>();

/** What is very tall, cut until one asks for all of it: however it came to be so, by words, lines or pictures. */
export function Fold({ id, children }: { id: string; children: ReactNode }) {
  const content = useRef<HTMLDivElement>(null);
  const [tall, setTall] = useState(false);
  const [open, setOpen] = useState(() => unfolded.has(id));
  const folded = tall && !open;

  // Before it is painted, so that nothing below it jumps.
  useLayoutEffect(() => {
    const element = content.current;
    if (!element) return;
    const measure = () => setTall(element.offsetHeight > TALL_PX);
    measure();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const unfold = () => {
    unfolded.add(id);
    setOpen(true);
  };

  const onFocus = ({ currentTarget, target }: FocusEvent) => {
    const end = currentTarget.getBoundingClientRect().bottom;
    if (folded && target.getBoundingClientRect().bottom > end) unfold();
  };

  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keyboard may reach what is cut off, which then is shown */}
      <div className={cn("relative", folded && "max-h-[30rem] overflow-clip")} onFocus={onFocus}>
        <div ref={content} tabIndex={-1}>
          {children}
        </div>
        {folded && (
          <div className="pointer-events-none absolute inset-x-0 bottom-0 h-24 bg-linear-to-t from-surface to-transparent" />
        )}
      </div>
      {folded && (
        <Button
          variant="ghost"
          size="sm"
          className="-ms-4"
          onClick={() => {
            unfold();
            // The button is gone: one reads on where it stood.
            content.current?.focus({ preventScroll: true });
          }}
        >
          {t.post.showAll}
        </Button>
      )}
    </>
  );
}
