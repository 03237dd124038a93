import { LogOut, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import { Link } from "react-router";
import { Avatar } from "@/components/avatar";
import { Button } from "@/components/ui/button";
import { useLogOut } from "@/features/auth/use-log-out";
import { ExportData } from "@/features/settings/export-data";
import { LanguageChoice } from "@/features/settings/language-choice";
import { Reveal } from "@/features/settings/reveal";
import { Section } from "@/features/settings/section";
import { Sessions } from "@/features/settings/sessions";
import { SoundChoice } from "@/features/settings/sound-choice";
import { ThemeChoice } from "@/features/settings/theme-choice";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { Page, PageHeading } from "./page";

const ChangeEmailForm = lazyPart(() => import("@/features/settings/change-email-form"));
const EraseAccount = lazyPart(() => import("@/features/settings/erase-account"));
const ChangePasswordForm = lazyPart(() => import("@/features/settings/change-password-form"));

export function Component() {
  const [erasing, setErasing] = useState(false);
  return (
    <Page title={t.settings.title} heading={<PageHeading title={t.settings.title} back="phone" />}>
      <Section title={t.settings.account}>{() => <Account />}</Section>
      <Section title={t.settings.appearance} hint={t.settings.appearanceHint}>
        {(heading) => <ThemeChoice labelledBy={heading} />}
      </Section>
      <Section title={t.settings.language} hint={t.settings.languageHint}>
        {(heading) => <LanguageChoice labelledBy={heading} />}
      </Section>
      <Section title={t.settings.sound} hint={t.settings.soundHint}>
        {() => <SoundChoice />}
      </Section>
      <Section title={t.settings.email} hint={t.settings.emailHint}>
        {() => (
          <Reveal label={t.settings.changeEmail}>
            <ChangeEmailForm />
          </Reveal>
        )}
      </Section>
      <Section title={t.settings.password} hint={t.settings.passwordHint}>
        {() => (
          <Reveal label={t.settings.changePassword}>
            <ChangePasswordForm />
          </Reveal>
        )}
      </Section>
      <Section title={t.settings.privacy} hint={t.settings.privacyHint}>
        {() => (
          <Button asChild variant="outline">
            <Link to={paths.blocked}>{t.friends.blocked}</Link>
          </Button>
        )}
      </Section>
      <Section title={t.settings.sessions} hint={t.settings.sessionsHint}>
        {() => <Sessions />}
      </Section>
      <Section title={t.settings.data} hint={t.settings.dataHint}>
        {() => <ExportData />}
      </Section>
      <Section title={t.settings.erase} hint={t.settings.eraseHint}>
        {() => (
          <>
            <Button variant="danger" className="-ms-4" onClick={() => setErasing(true)}>
              <Trash2 aria-hidden="true" />
              {t.settings.eraseOpen}
            </Button>
            {erasing && (
              <Suspense>
                <EraseAccount onClose={() => setErasing(false)} />
              </Suspense>
            )}
          </>
        )}
      </Section>
    </Page>
  );
}

function Account() {
  const me = useMe();
  const here = useLogOut();
  const everywhere = useLogOut("everywhere");
  return (
    <div className="flex flex-wrap items-center gap-4">
      <Avatar person={me} size="lg" />
      <div className="min-w-0 flex-1 basis-40">
        <p className="truncate font-semibold">{me.display_name}</p>
        <p className="truncate text-ink-faint">{t.settings.signedInAs(me.username)}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          variant="outline"
          pending={here.isPending}
          onClick={() => here.mutate()}
          title={t.settings.logOutHint}
        >
          <LogOut aria-hidden="true" />
          {t.auth.logOut}
        </Button>
        <Button
          variant="danger"
          pending={everywhere.isPending}
          onClick={() => everywhere.mutate()}
          title={t.settings.everywhereHint}
        >
          {t.settings.everywhere}
        </Button>
      </div>
    </div>
  );
}
