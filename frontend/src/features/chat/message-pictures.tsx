import { ImageOff } from "lucide-react";
import type { MessageMedia } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";

/** The pictures of a message. Each has its place before it is there, so nothing moves when it comes. */
export function MessagePictures({ media }: { media: MessageMedia[] }) {
  const several = media.length > 1;
  return (
    <ul className={cn("grid gap-1", several && "grid-cols-2")}>
      {media.map((picture) => (
        <li key={picture.media_id} className={cn("min-w-0", several && "last:odd:col-span-2")}>
          <Picture picture={picture} square={several} />
        </li>
      ))}
    </ul>
  );
}

function Picture({ picture, square }: { picture: MessageMedia; square: boolean }) {
  const { url, thumbnail_url: thumbnail, width, height, alt } = picture;
  const place = cn(
    "block w-full overflow-hidden rounded-xl bg-sunken",
    square ? "aspect-square" : "max-h-96 min-w-48",
  );
  if (!url) {
    return (
      <span className={cn(place, "grid min-h-24 place-items-center text-ink-faint")}>
        <ImageOff aria-hidden="true" />
        <span className="sr-only">{t.pictures.gone}</span>
      </span>
    );
  }
  return (
    <a
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={t.pictures.open(alt ?? "")}
      className={place}
    >
      <img
        src={(square && thumbnail) || url}
        alt={alt || t.pictures.unnamed}
        width={width ?? undefined}
        height={height ?? undefined}
        loading="lazy"
        className={cn("size-full object-cover", !square && "h-auto max-h-96")}
      />
    </a>
  );
}
