import { cn } from "@/lib/cn";
import { ripplesOf } from "./avatar";

/** A band of water rings, in a person's colour or the brand's. Purely decorative. */
export function Ripples({ seed, className }: { seed?: string; className?: string }) {
  const { hue } = seed ? ripplesOf(seed) : { hue: 207 };
  const rings = [36, 76, 124, 180, 244, 316, 396];
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 800 200"
      preserveAspectRatio="xMidYMid slice"
      className={cn("block w-full", className)}
    >
      <rect width="800" height="200" fill={`oklch(0.42 0.075 ${hue})`} />
      <g fill="none" stroke={`oklch(0.72 0.1 ${hue})`}>
        {rings.map((radius, i) => (
          <circle
            key={radius}
            cx="610"
            cy="150"
            r={radius}
            strokeWidth={14 - i}
            strokeOpacity={0.42 - i * 0.05}
          />
        ))}
      </g>
      <circle cx="610" cy="150" r="11" fill="#f0a36b" />
    </svg>
  );
}
