import { zodResolver } from "@hookform/resolvers/zod";
import { MailCheck } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { Input } from "@/components/ui/input";
import { http } from "@/lib/api/client";
import { showProblem } from "@/lib/form-problem";
import { t } from "@/lib/messages";
import { type ForgotPassword, forgotPasswordSchema } from "./schemas";

/** Asks for the mail. The answer is the same whether there is such an account or not. */
export function ForgotPasswordForm() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { register, handleSubmit, setError, formState } = useForm<ForgotPassword>({
    resolver: zodResolver(forgotPasswordSchema),
    defaultValues: { email: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (form) => {
    try {
      await http.post("/v1/auth/password-reset", form);
      setSentTo(form.email);
    } catch (error) {
      showProblem(error, ["email"], setError);
    }
  });

  if (sentTo) {
    return (
      <div role="status" className="mt-4 flex gap-3 rounded-2xl bg-brand-soft p-4">
        <MailCheck aria-hidden="true" className="mt-0.5 size-6 shrink-0 text-on-brand-soft" />
        <div className="min-w-0 text-on-brand-soft">
          <p className="font-semibold">{t.auth.forgotSent}</p>
          <p>{t.auth.forgotSentHint(sentTo)}</p>
        </div>
      </div>
    );
  }
  return (
    <>
      <p className="mt-1 mb-7 text-ink-soft">{t.auth.forgotIntro}</p>
      <form onSubmit={submit} noValidate>
        <FormAlert message={errors.root?.message} />
        <Field label={t.auth.email} error={errors.email?.message}>
          {(control) => (
            <Input {...control} {...register("email")} type="email" autoComplete="email" />
          )}
        </Field>
        <Button type="submit" size="lg" className="mt-6 w-full" pending={isSubmitting}>
          {t.auth.forgotSend}
        </Button>
      </form>
    </>
  );
}
