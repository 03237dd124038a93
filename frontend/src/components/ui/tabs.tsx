import { Tabs as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Tabs = Radix.Root;

export function TabsList({ className, ...props }: ComponentProps<typeof Radix.List>) {
  return (
    <Radix.List
      className={cn("flex flex-wrap gap-1 rounded-[1.75rem] bg-sunken p-1", className)}
      {...props}
    />
  );
}

export function TabsTrigger({ className, ...props }: ComponentProps<typeof Radix.Trigger>) {
  return (
    <Radix.Trigger
      className={cn(
        "inline-flex min-h-11 flex-1 items-center justify-center gap-1.5 rounded-full px-2 text-sm font-semibold text-ink-soft transition-colors hover:text-ink focus-visible:-outline-offset-2 sm:gap-2 sm:px-4 sm:text-[0.9375rem] data-[state=active]:bg-surface data-[state=active]:text-ink data-[state=active]:shadow-card dark:data-[state=active]:bg-brand-soft dark:data-[state=active]:text-on-brand-soft",
        className,
      )}
      {...props}
    />
  );
}

export const TabsContent = Radix.Content;
