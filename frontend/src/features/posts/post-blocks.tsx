import { Picture } from "@/components/picture";
import { PictureLink, type Shown } from "@/components/picture-link";
import { RichText } from "@/components/rich-text";
import type { Block } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { characters } from "@/lib/text";

/** A single thought as short as this is set larger, like the headline that it is. */
const SHORT = 110;

/** How wide a picture is in the column of posts. */
const COLUMN = "(min-width: 40rem) 37.5rem, 100vw";

interface PostBlocksProps {
  blocks: Block[];
  /** In a list a picture is at most as tall as a screen, and cut; alone it is shown as it is. */
  whole?: boolean;
}

export function PostBlocks({ blocks, whole = false }: PostBlocksProps) {
  const only = blocks.length === 1 ? blocks[0] : undefined;
  // Where each picture stands among them, for who looks through them.
  const pictures: Shown[] = [];
  const places = blocks.map((block) => {
    if (block.type === "text" || !block.url) return null;
    const { url, medium_url: medium, alt, width, height, blurhash } = block;
    return pictures.push({ url, medium, alt, width, height, blurhash }) - 1;
  });
  const isShort = only?.type === "text" && characters(only.text) <= SHORT;
  return (
    <div className="space-y-4">
      {blocks.map((block, i) =>
        block.type === "text" ? (
          <RichText
            // biome-ignore lint/suspicious/noArrayIndexKey: a post's blocks have no identity but their order
            key={i}
            text={block.text}
            className={cn(
              "text-pretty [&_a]:text-brand",
              isShort ? "text-xl leading-snug tracking-[-0.01em]" : "text-base leading-relaxed",
            )}
          />
        ) : (
          <PictureLink
            // biome-ignore lint/suspicious/noArrayIndexKey: as above; one picture may stand twice
            key={i}
            pictures={pictures}
            place={places[i] ?? -1}
            className="block rounded-2xl"
          >
            <Picture
              src={block.url ?? undefined}
              medium={block.medium_url}
              sizes={COLUMN}
              alt={block.alt}
              width={block.width ?? undefined}
              height={block.height ?? undefined}
              blurhash={block.blurhash}
              className={cn(
                "h-auto w-full rounded-2xl bg-sunken",
                whole ? "max-h-[85dvh] object-contain" : "max-h-[36rem] object-cover",
              )}
            />
          </PictureLink>
        ),
      )}
    </div>
  );
}
