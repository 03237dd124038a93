import { useMutation } from "@tanstack/react-query";
import { Link } from "react-router";
import { Button } from "@/components/ui/button";
import { FormAlert } from "@/components/ui/form-alert";
import { useLinkToken } from "@/features/auth/use-link-token";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

/** By a click and not by itself: programs that check mails open links as well. */
export function Component() {
  const token = useLinkToken();
  const confirm = useMutation({
    mutationFn: () => http.post("/v1/auth/email/confirm", { token }),
  });
  const problem = confirm.error ? toProblem(confirm.error).text : undefined;
  return (
    <>
      <title>{`${t.auth.confirmEmailTitle} · ${t.app.name}`}</title>
      <h1 className="text-3xl font-bold">{t.auth.confirmEmailTitle}</h1>
      <p role="status" className="mt-1 mb-7 text-ink-soft">
        {confirm.isSuccess ? t.auth.confirmEmailDone : t.auth.confirmEmailIntro}
      </p>
      <FormAlert message={token ? problem : t.auth.linkIncomplete} />
      {confirm.isSuccess || !token ? (
        <Button asChild size="lg" className="w-full">
          <Link to={paths.home}>{t.auth.goOn}</Link>
        </Button>
      ) : (
        <Button
          size="lg"
          className="w-full"
          pending={confirm.isPending}
          onClick={() => confirm.mutate()}
        >
          {t.auth.confirmEmailAction}
        </Button>
      )}
    </>
  );
}
