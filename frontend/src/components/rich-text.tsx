import { Fragment } from "react";
import { Link } from "react-router";
import { cn } from "@/lib/cn";
import { piecesOf } from "@/lib/links";
import { paths } from "@/lib/paths";

const LINK =
  "rounded-sm underline decoration-current/40 underline-offset-2 hover:decoration-current";

/**
 * What somebody wrote, with the addresses and people in it to follow. Each paragraph is laid out
 * from the side that its own script begins at.
 */
export function RichText({ text, className }: { text: string; className?: string }) {
  return (
    <p
      dir="auto"
      className={cn(
        "whitespace-pre-wrap break-words text-start [unicode-bidi:plaintext]",
        className,
      )}
    >
      {piecesOf(text).map((piece, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no identity but their order
        <Fragment key={i}>
          {piece.type === "text" && piece.text}
          {piece.type === "mention" && (
            <Link to={paths.user(piece.username)} dir="ltr" className={LINK}>
              {piece.text}
            </Link>
          )}
          {piece.type === "link" && (
            <a
              href={piece.href}
              // The host as browsers know it: letters of other scripts can look like one's own.
              title={piece.text.toLowerCase().includes(piece.host) ? undefined : piece.host}
              dir="ltr"
              target="_blank"
              rel="nofollow noopener noreferrer ugc"
              className={LINK}
            >
              {piece.text}
            </a>
          )}
        </Fragment>
      ))}
    </p>
  );
}
