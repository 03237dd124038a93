import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { PasswordInput } from "@/components/ui/password-input";
import { http } from "@/lib/api/client";
import { showProblem } from "@/lib/form-problem";
import { t } from "@/lib/messages";
import { type ResetPassword, resetPasswordSchema } from "./schemas";

export function ResetPasswordForm({ token, done }: { token: string; done: () => void }) {
  const { register, handleSubmit, setError, formState } = useForm<ResetPassword>({
    resolver: zodResolver(resetPasswordSchema),
    defaultValues: { new_password: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (form) => {
    try {
      await http.post("/v1/auth/password-reset/confirm", { token, ...form });
      done();
    } catch (error) {
      showProblem(error, ["new_password"], setError);
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <FormAlert message={errors.root?.message} />
      <Field
        label={t.auth.newPassword}
        hint={t.auth.passwordHint}
        error={errors.new_password?.message}
      >
        {(control) => (
          <PasswordInput
            {...control}
            {...register("new_password")}
            autoComplete="new-password"
            autoFocus
          />
        )}
      </Field>
      <Button type="submit" size="lg" className="mt-6 w-full" pending={isSubmitting}>
        {t.auth.resetSave}
      </Button>
    </form>
  );
}
