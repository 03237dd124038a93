import { ImageOff } from "lucide-react";
import { Picture } from "@/components/picture";
import { PictureLink, type Shown } from "@/components/picture-link";
import type { MessageMedia } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";

/** How wide a picture is in a bubble. */
const BUBBLE = "min(85vw, 34rem)";

/** The pictures of a message. Each has its place before it is there, so nothing moves when it comes. */
export default function MessagePictures({ media }: { media: MessageMedia[] }) {
  const several = media.length > 1;
  const shown = media.flatMap(
    ({ url, medium_url: medium, alt, width, height, blurhash }): Shown[] =>
      url ? [{ url, medium, alt: alt ?? "", width, height, blurhash }] : [],
  );
  return (
    <ul className={cn("grid gap-1", several && "grid-cols-2")}>
      {media.map((picture) => (
        <li key={picture.media_id} className={cn("min-w-0", several && "last:odd:col-span-2")}>
          <MessagePicture picture={picture} among={shown} square={several} />
        </li>
      ))}
    </ul>
  );
}

interface MessagePictureProps {
  picture: MessageMedia;
  among: Shown[];
  square: boolean;
}

function MessagePicture({ picture, among, square }: MessagePictureProps) {
  const {
    url,
    medium_url: medium,
    thumbnail_url: thumbnail,
    width,
    height,
    alt,
    blurhash,
  } = picture;
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
    <PictureLink
      pictures={among}
      place={among.findIndex((other) => other.url === url)}
      className={place}
    >
      <Picture
        src={(square && thumbnail) || url}
        medium={square ? null : medium}
        sizes={BUBBLE}
        alt={alt || t.pictures.unnamed}
        width={width ?? undefined}
        height={height ?? undefined}
        blurhash={blurhash}
        className={cn("size-full object-cover", !square && "h-auto max-h-96")}
      />
    </PictureLink>
  );
}
