import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod/mini";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { http } from "@/lib/api/client";
import { showProblem } from "@/lib/form-problem";
import { currentPassword, email } from "@/lib/form-rules";
import { t } from "@/lib/messages";

const schema = z.object({ email, password: currentPassword });
const FIELDS = ["email", "password"] as const;

export default function ChangeEmailForm() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { register, handleSubmit, setError, reset, formState } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: "", password: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (form) => {
    try {
      await http.post("/v1/auth/email", form);
      setSentTo(form.email);
      reset();
    } catch (error) {
      showProblem(error, FIELDS, setError, { "wrong-password": "password" });
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <FormAlert message={errors.root?.message} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <Field label={t.settings.newEmail} error={errors.email?.message}>
          {(control) => (
            <Input {...control} {...register("email")} type="email" autoComplete="email" />
          )}
        </Field>
        <Field label={t.settings.currentPassword} error={errors.password?.message}>
          {(control) => (
            <PasswordInput {...control} {...register("password")} autoComplete="current-password" />
          )}
        </Field>
      </div>
      <div className="mt-5 flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button type="submit" variant="soft" pending={isSubmitting}>
          {t.settings.saveEmail}
        </Button>
        <p role="status" className="text-on-brand-soft">
          {sentTo && t.settings.emailSent(sentTo)}
        </p>
      </div>
    </form>
  );
}
