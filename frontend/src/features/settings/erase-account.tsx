import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { endSession, http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";

/** The end of an account: asked for twice, by name and by password, since nobody can undo it. */
export default function EraseAccount({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const [open, setOpen] = useState(true);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<{ code: string; text: string } | null>(null);
  const ready = name.trim().replace(/^@/, "") === me.username && password !== "";

  const erase = async () => {
    setPending(true);
    setProblem(null);
    try {
      await http.delete("/v1/me", { data: { password } });
      showToast("done", t.settings.erased);
      endSession();
    } catch (error) {
      setProblem(toProblem(error));
      setPending(false);
    }
  };
  const wrongPassword = problem?.code === "wrong-password";

  return (
    <Dialog open={open} onOpenChange={setOpen} onClosed={onClose}>
      <DialogContent title={t.settings.eraseTitle} description={t.settings.eraseExplained}>
        <form
          className="mt-5 space-y-5"
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) void erase();
          }}
        >
          <FormAlert message={wrongPassword ? undefined : problem?.text} />
          <Field label={t.settings.eraseName(me.username)}>
            {(control) => (
              <Input
                {...control}
                value={name}
                onChange={(event) => setName(event.target.value)}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
              />
            )}
          </Field>
          <Field
            label={t.settings.currentPassword}
            error={wrongPassword ? problem?.text : undefined}
          >
            {(control) => (
              <PasswordInput
                {...control}
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                autoComplete="current-password"
              />
            )}
          </Field>
          <div className="flex justify-end gap-2">
            <DialogClose asChild>
              <Button variant="ghost">{t.actions.cancel}</Button>
            </DialogClose>
            <Button type="submit" variant="danger-solid" pending={pending} disabled={!ready}>
              {t.settings.eraseConfirm}
            </Button>
          </div>
        </form>
      </DialogContent>
    </Dialog>
  );
}
