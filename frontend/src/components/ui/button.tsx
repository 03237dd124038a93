import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";
import { Spinner } from "./spinner";

const button = cva(
  "relative inline-flex shrink-0 select-none items-center justify-center gap-2 rounded-full font-semibold transition-colors duration-150 disabled:cursor-not-allowed forced-colors:border aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&_svg]:size-[1.15em] [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary:
          "bg-brand text-on-brand enabled:hover:bg-brand-strong not-aria-busy:disabled:bg-sunken not-aria-busy:disabled:text-ink-faint [a&]:hover:bg-brand-strong",
        soft: "disabled:opacity-55 bg-brand-soft text-on-brand-soft hover:bg-[color-mix(in_oklab,var(--brand-soft),var(--brand)_12%)]",
        outline:
          "disabled:opacity-55 border border-line-strong/50 bg-surface text-ink hover:bg-sunken",
        ghost: "disabled:opacity-55 text-ink-soft hover:bg-hover hover:text-ink",
        danger: "disabled:opacity-55 text-danger hover:bg-danger-soft",
        "danger-solid":
          "bg-danger text-surface enabled:hover:brightness-95 not-aria-busy:disabled:bg-sunken not-aria-busy:disabled:text-ink-faint",
      },
      size: {
        md: "min-h-11 px-5 text-[0.9375rem]",
        sm: "min-h-11 px-4 text-sm md:min-h-9",
        lg: "min-h-12 px-6 text-base",
        icon: "size-11 text-lg",
      },
    },
    defaultVariants: { variant: "primary", size: "md" },
  },
);

interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof button> {
  asChild?: boolean;
  /** Shows that it is being done, and takes no second click. */
  pending?: boolean;
}

export function Button({
  className,
  variant,
  size,
  asChild,
  pending = false,
  disabled,
  children,
  type = "button",
  ...props
}: ButtonProps) {
  const classes = cn(button({ variant, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...props}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type={type}
      className={classes}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      {...props}
    >
      {pending ? (
        <>
          <span className="invisible contents">{children}</span>
          <Spinner className="absolute" />
        </>
      ) : (
        children
      )}
    </button>
  );
}
