import { CalendarDays, Link2, MapPin } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { Avatar } from "@/components/avatar";
import { RichText } from "@/components/rich-text";
import { Ripples } from "@/components/ripples";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Profile } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { monthAndYear } from "@/lib/time";

const FriendsDialog = lazyPart(() => import("./friends-dialog"));

interface ProfileHeaderProps {
  profile: Profile;
  /** What can be done about another person. */
  actions: ReactNode;
  corner?: ReactNode;
}

export function ProfileHeader({ profile, actions, corner }: ProfileHeaderProps) {
  const { counts } = profile;
  const [listing, setListing] = useState(false);
  return (
    <Card className="overflow-hidden max-sm:border-t-0">
      {profile.cover ? (
        <img
          src={profile.cover}
          alt=""
          className="block h-28 w-full bg-sunken object-cover sm:h-40"
        />
      ) : (
        <Ripples seed={profile.id} className="h-28 sm:h-40" />
      )}
      <div className="relative flow-root px-4 pb-5 sm:px-6">
        {corner && <div className="absolute end-3 top-2 md:hidden">{corner}</div>}
        <Avatar person={profile} size="xl" className="-mt-14 ring-4 ring-surface sm:-mt-16" />
        <h1 tabIndex={-1} className="mt-3 text-2xl font-bold">
          <bdi>{profile.display_name}</bdi>
        </h1>
        <p className="text-ink-faint">@{profile.username}</p>
        {profile.bio && (
          <RichText text={profile.bio} className="mt-3 max-w-prose text-pretty [&_a]:text-brand" />
        )}
        <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-faint [&_svg]:size-4 [&_svg]:shrink-0">
          {profile.location && (
            <li className="flex min-w-0 items-center gap-1.5">
              <MapPin aria-hidden="true" />
              <bdi className="min-w-0 break-words">{profile.location}</bdi>
            </li>
          )}
          {profile.website && (
            <li className="flex min-w-0 items-center gap-1.5">
              <Link2 aria-hidden="true" /> <Website address={profile.website} />
            </li>
          )}
          <li className="flex items-center gap-1.5">
            <CalendarDays aria-hidden="true" /> {t.profile.joined(monthAndYear(profile.joined_at))}
          </li>
        </ul>
        <div className="mt-3 flex items-center gap-6">
          <Count value={counts.posts} label={t.profile.posts(counts.posts)} />
          <Count
            value={counts.friends}
            label={t.profile.friends(counts.friends)}
            {...(counts.friends > 0 && { onOpen: () => setListing(true) })}
          />
        </div>
        {listing && (
          <Suspense>
            <FriendsDialog profile={profile} onClose={() => setListing(false)} />
          </Suspense>
        )}
        {actions && (
          <div className="mt-4 flex flex-wrap gap-2 max-sm:*:flex-1 sm:absolute sm:end-6 sm:top-4 sm:mt-0">
            {actions}
          </div>
        )}
      </div>
    </Card>
  );
}

interface CountProps {
  value: number;
  label: string;
  /** Shows what is counted. */
  onOpen?: () => void;
}

function Count({ value, label, onOpen }: CountProps) {
  const number = <span className="text-lg font-bold text-ink tabular-nums">{value}</span>;
  const content = (
    <>
      {number} <span className="text-sm text-ink-faint">{label}</span>
    </>
  );
  if (!onOpen) return <p>{content}</p>;
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      onClick={onOpen}
      className="-mx-2 min-h-11 rounded-xl px-2 hover:bg-sunken"
    >
      {content}
    </button>
  );
}

/** Somebody else's text: only a web address becomes a link. */
function Website({ address }: { address: string }) {
  if (!/^https?:\/\//i.test(address)) return <span>{address}</span>;
  return (
    <a
      href={address}
      rel="nofollow noopener noreferrer"
      className="min-w-0 truncate underline hover:text-ink"
    >
      {address.replace(/^https?:\/\//i, "")}
    </a>
  );
}

export function ProfileHeaderSkeleton() {
  return (
    <Card className="overflow-hidden max-sm:border-t-0">
      <div role="status">
        <span className="sr-only">{t.actions.loading}</span>
        <Skeleton className="h-28 rounded-none sm:h-40" />
        <div className="px-4 pb-5 sm:px-6">
          <Skeleton className="-mt-14 size-28 rounded-full ring-4 ring-surface sm:-mt-16 sm:size-32" />
          <Skeleton className="mt-4 h-6 w-48" />
          <Skeleton className="mt-2 h-4 w-28" />
          <Skeleton className="mt-5 h-4 w-3/4" />
        </div>
      </div>
    </Card>
  );
}
