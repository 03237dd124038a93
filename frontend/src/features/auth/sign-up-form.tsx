import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormAlert } from "@/components/ui/form-alert";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "@/components/ui/password-input";
import { showProblem } from "@/lib/form-problem";
import { t } from "@/lib/messages";
import { type SignUp, signUpSchema } from "./schemas";
import { useSignUp } from "./use-sign-up";

const FIELDS = ["display_name", "username", "email", "password"] as const;

export function SignUpForm() {
  const signUp = useSignUp();
  const { register, handleSubmit, setError, formState } = useForm<SignUp>({
    resolver: zodResolver(signUpSchema),
    defaultValues: { display_name: "", username: "", email: "", password: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (form) => {
    try {
      await signUp.mutateAsync(form);
    } catch (error) {
      showProblem(error, FIELDS, setError);
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <FormAlert message={errors.root?.message} />
      <div className="space-y-5">
        <Field
          label={t.auth.displayName}
          hint={t.auth.displayNameHint}
          error={errors.display_name?.message}
        >
          {(control) => (
            <Input {...control} {...register("display_name")} autoComplete="name" autoFocus />
          )}
        </Field>
        <Field label={t.auth.username} hint={t.auth.usernameHint} error={errors.username?.message}>
          {(control) => (
            <Input
              {...control}
              {...register("username")}
              autoComplete="username"
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
            />
          )}
        </Field>
        <Field label={t.auth.email} error={errors.email?.message}>
          {(control) => (
            <Input {...control} {...register("email")} type="email" autoComplete="email" />
          )}
        </Field>
        <Field label={t.auth.password} hint={t.auth.passwordHint} error={errors.password?.message}>
          {(control) => (
            <PasswordInput {...control} {...register("password")} autoComplete="new-password" />
          )}
        </Field>
      </div>
      <Button type="submit" size="lg" className="mt-6 w-full" pending={isSubmitting}>
        {t.auth.signUp}
      </Button>
    </form>
  );
}
