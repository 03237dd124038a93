import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { t } from "@/lib/messages";
import { Input } from "./input";

export function PasswordInput(props: ComponentProps<typeof Input>) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Input {...props} type={shown ? "text" : "password"} className="pe-13" />
      <button
        type="button"
        onClick={() => setShown(!shown)}
        aria-label={shown ? t.auth.hidePassword : t.auth.showPassword}
        className="absolute end-0.5 top-0.5 grid size-11 place-items-center rounded-xl text-ink-faint hover:text-ink"
      >
        <Icon aria-hidden="true" className="size-5" />
      </button>
    </div>
  );
}
