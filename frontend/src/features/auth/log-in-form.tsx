import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { showProblem } from "@/lib/form-problem";
import { t } from "@/lib/messages";
import { type LogIn, logInSchema } from "./schemas";
import { useLogIn } from "./use-log-in";

const FIELDS = ["login", "password"] as const;

export function LogInForm() {
  const logIn = useLogIn();
  const { register, handleSubmit, setError, formState } = useForm<LogIn>({
    resolver: zodResolver(logInSchema),
    defaultValues: { login: "", password: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (form) => {
    try {
      await logIn.mutateAsync(form);
    } catch (error) {
      showProblem(error, FIELDS, setError);
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <FormAlert message={errors.root?.message} />
      <div className="space-y-5">
        <Field label={t.auth.login} error={errors.login?.message}>
          {(control) => (
            <Input
              {...control}
              {...register("login")}
              autoComplete="username"
              autoFocus
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
            />
          )}
        </Field>
        <Field label={t.auth.password} error={errors.password?.message}>
          {(control) => (
            <PasswordInput {...control} {...register("password")} autoComplete="current-password" />
          )}
        </Field>
      </div>
      <Button type="submit" size="lg" className="mt-6 w-full" pending={isSubmitting}>
        {t.auth.logIn}
      </Button>
    </form>
  );
}
