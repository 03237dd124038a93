import { cn } from "@/lib/cn";
import { firstGrapheme } from "@/lib/text";

interface AvatarPerson {
  id: string;
  display_name?: string | null;
  avatar?: string | null;
}

const SIZES = { sm: "size-9", md: "size-11", lg: "size-14", xl: "size-28 sm:size-32" } as const;

interface AvatarProps {
  person: AvatarPerson;
  size?: keyof typeof SIZES;
  className?: string;
}

/** A person's picture, or ripples in a colour of their own. Decorative: the name stands beside it. */
export function Avatar({ person, size = "md", className }: AvatarProps) {
  const classes = cn("shrink-0 rounded-full object-cover", SIZES[size], className);
  if (person.avatar) {
    return <img src={person.avatar} alt="" className={cn("bg-sunken", classes)} />;
  }
  const { hue, x, y } = ripplesOf(person.id);
  return (
    <svg viewBox="0 0 40 40" aria-hidden="true" className={cn("overflow-hidden", classes)}>
      <rect width="40" height="40" fill={`oklch(0.48 0.085 ${hue})`} />
      <g fill="none" stroke={`oklch(0.68 0.1 ${hue})`} strokeOpacity="0.55" strokeWidth="3.5">
        <circle cx={x} cy={y} r="9" />
        <circle cx={x} cy={y} r="18" />
        <circle cx={x} cy={y} r="27" />
        <circle cx={x} cy={y} r="36" />
      </g>
      <text
        x="20"
        y="20"
        dy="0.355em"
        textAnchor="middle"
        fontSize="15.5"
        fontWeight="700"
        fill="#fff"
        className="font-display"
      >
        {initials(person.display_name ?? "")}
      </text>
    </svg>
  );
}

/** Spread over the circle of hues but steady for one person, and so is where the ripples start. */
export function ripplesOf(id: string): { hue: number; x: number; y: number } {
  let hash = 2166136261;
  for (const char of id) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
  const hues = [205, 235, 265, 300, 340, 15, 45, 80, 120, 165];
  const corners = [
    [4, 4],
    [36, 4],
    [36, 36],
    [4, 36],
  ] as const;
  const [x, y] = corners[(hash >>> 8) % corners.length] ?? corners[0];
  return { hue: hues[hash % hues.length] ?? 205, x, y };
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters.map((word) => firstGrapheme(word ?? "").toUpperCase()).join("");
}
