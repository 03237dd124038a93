import { LogOut } from "lucide-react";
import { useId } from "react";
import { Avatar } from "@/components/avatar";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useLogOut } from "@/features/auth/use-log-out";
import { LanguageChoice } from "@/features/settings/language-choice";
import { ThemeChoice } from "@/features/settings/theme-choice";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { Page, PageHeading } from "./page";

export function Component() {
  const me = useMe();
  const logOut = useLogOut();
  const appearance = useId();
  const language = useId();
  const account = useId();
  return (
    <Page title={t.settings.title} heading={<PageHeading title={t.settings.title} />}>
      <Card className="p-4 sm:p-6">
        <section aria-labelledby={appearance}>
          <h2 id={appearance} className="text-lg font-bold">
            {t.settings.appearance}
          </h2>
          <p className="mb-4 text-ink-soft">{t.settings.appearanceHint}</p>
          <ThemeChoice labelledBy={appearance} />
        </section>
      </Card>
      <Card className="p-4 sm:p-6">
        <section aria-labelledby={language}>
          <h2 id={language} className="text-lg font-bold">
            {t.settings.language}
          </h2>
          <p className="mb-4 text-ink-soft">{t.settings.languageHint}</p>
          <LanguageChoice labelledBy={language} />
        </section>
      </Card>
      <Card className="p-4 sm:p-6">
        <section aria-labelledby={account}>
          <h2 id={account} className="text-lg font-bold">
            {t.settings.account}
          </h2>
          <div className="mt-4 flex flex-wrap items-center gap-4">
            <Avatar person={me} size="lg" />
            <div className="min-w-0 flex-1 basis-40">
              <p className="truncate font-semibold">{me.display_name}</p>
              <p className="truncate text-ink-faint">{t.settings.signedInAs(me.username)}</p>
            </div>
            <Button
              variant="outline"
              pending={logOut.isPending}
              onClick={() => logOut.mutate()}
              title={t.settings.logOutHint}
            >
              <LogOut aria-hidden="true" />
              {t.auth.logOut}
            </Button>
          </div>
        </section>
      </Card>
    </Page>
  );
}
