import { DropdownMenu as Menu } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const itemClasses =
  "flex min-h-11 cursor-pointer select-none items-center gap-3 rounded-xl px-3 text-[0.9375rem] outline-none data-[highlighted]:bg-hover [&_svg]:size-5 [&_svg]:text-ink-faint";

/** Not modal: the page stays scrollable, and Radix needs no inline style for that. */
export function DropdownMenu(props: ComponentProps<typeof Menu.Root>) {
  return <Menu.Root modal={false} {...props} />;
}

export const DropdownMenuTrigger = Menu.Trigger;

export function DropdownMenuContent({ className, ...props }: ComponentProps<typeof Menu.Content>) {
  return (
    <Menu.Portal>
      <Menu.Content
        sideOffset={6}
        collisionPadding={8}
        className={cn(
          "z-50 min-w-48 animate-rise rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-card",
          className,
        )}
        {...props}
      />
    </Menu.Portal>
  );
}

interface ItemProps extends ComponentProps<typeof Menu.Item> {
  /** Takes something away: in the colour of danger, as the button is that does it. */
  destructive?: boolean;
}

export function DropdownMenuItem({ className, destructive = false, ...props }: ItemProps) {
  return (
    <Menu.Item
      className={cn(itemClasses, destructive && "text-danger [&_svg]:text-danger", className)}
      {...props}
    />
  );
}

/** Stands above what takes something away. */
export function DropdownMenuSeparator() {
  return <Menu.Separator className="mx-3 my-1.5 h-px bg-line" />;
}

export const DropdownMenuRadioGroup = Menu.RadioGroup;

export function DropdownMenuRadioItem({
  className,
  ...props
}: ComponentProps<typeof Menu.RadioItem>) {
  return <Menu.RadioItem className={cn(itemClasses, className)} {...props} />;
}
