import { Pencil, Share2 } from "lucide-react";
import { Suspense, useState } from "react";
import { Button } from "@/components/ui/button";
import type { Profile } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { share, shareLabel } from "@/lib/share";

const ProfileEditor = lazyPart(() => import("./profile-editor"));

interface OwnProfileActionsProps {
  profile: Profile;
  /** True for whoever was led here to change it. */
  edit: boolean;
}

/** What one can do about one's own profile. */
export default function OwnProfileActions({ profile, edit }: OwnProfileActionsProps) {
  const [editing, setEditing] = useState(edit);
  return (
    <>
      <Button variant="outline" onClick={() => setEditing(true)}>
        <Pencil aria-hidden="true" />
        {t.profile.edit}
      </Button>
      <Button
        variant="outline"
        size="icon"
        className="flex-none!"
        aria-label={shareLabel()}
        title={shareLabel()}
        onClick={() => void share(paths.user(profile.username), profile.display_name)}
      >
        <Share2 aria-hidden="true" />
      </Button>
      {editing && (
        <Suspense>
          <ProfileEditor profile={profile} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </>
  );
}
