import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod/mini";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { PasswordInput } from "@/components/ui/password-input";
import { http } from "@/lib/api/client";
import { showProblem } from "@/lib/form-problem";
import { currentPassword, newPassword } from "@/lib/form-rules";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";

const schema = z.object({ current_password: currentPassword, new_password: newPassword });
const FIELDS = ["current_password", "new_password"] as const;

export default function ChangePasswordForm() {
  const { register, handleSubmit, setError, reset, formState } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { current_password: "", new_password: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (form) => {
    try {
      await http.post("/v1/auth/password", form);
      reset();
      showToast("done", t.settings.passwordChanged);
    } catch (error) {
      showProblem(error, FIELDS, setError, { "wrong-password": "current_password" });
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <FormAlert message={errors.root?.message} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <Field label={t.settings.currentPassword} error={errors.current_password?.message}>
          {(control) => (
            <PasswordInput
              {...control}
              {...register("current_password")}
              autoComplete="current-password"
            />
          )}
        </Field>
        <Field
          label={t.auth.newPassword}
          hint={t.auth.passwordHint}
          error={errors.new_password?.message}
        >
          {(control) => (
            <PasswordInput {...control} {...register("new_password")} autoComplete="new-password" />
          )}
        </Field>
      </div>
      <Button type="submit" variant="soft" className="mt-5" pending={isSubmitting}>
        {t.settings.savePassword}
      </Button>
    </form>
  );
}
