import { Feather, UserRoundX } from "lucide-react";
import { Suspense } from "react";
import { Link, useLocation, useParams } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { ProfileHeader, ProfileHeaderSkeleton } from "@/features/people/profile-header";
import { useUser } from "@/features/people/use-user";
import { PostList } from "@/features/posts/post-list";
import { useUserPosts } from "@/features/posts/use-posts";
import { toProblem } from "@/lib/api/problem";
import type { Profile } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { typedUsername } from "@/lib/names";
import { paths } from "@/lib/paths";
import { BackButton } from "./back-button";
import { Page } from "./page";

// One or the other.
const RelationshipButton = lazyPart(() =>
  import("@/features/people/relationship-button").then((module) => ({
    default: module.RelationshipButton,
  })),
);
const OwnCorner = lazyPart(() => import("./own-corner"));
const OwnProfileActions = lazyPart(() => import("@/features/people/own-profile-actions"));

export function Component() {
  const username = typedUsername(useParams().username ?? "");
  const me = useMe();
  const user = useUser(username);
  return (
    <Page
      posts
      title={user.data?.display_name ?? `@${username}`}
      heading={
        username !== me.username && (
          <div className="flex min-h-16 items-center gap-1 bg-surface px-2 md:hidden">
            <BackButton />
            <bdi className="min-w-0 truncate text-xl font-bold">
              {user.data?.display_name ?? `@${username}`}
            </bdi>
          </div>
        )
      }
    >
      {user.isPending && (
        <Loading query={user}>
          <ProfileHeaderSkeleton />
        </Loading>
      )}
      {user.data && <FoundProfile profile={user.data} />}
      {user.isLoadingError &&
        (toProblem(user.error).status === 404 ? (
          <EmptyState
            heading="h1"
            icon={<UserRoundX />}
            title={t.profile.missing}
            hint={t.profile.missingHint}
            action={
              <Button asChild variant="soft">
                <Link to={paths.friends}>{t.friends.find}</Link>
              </Button>
            }
          />
        ) : (
          <LoadError error={user.error} retry={user.refetch} />
        ))}
    </Page>
  );
}

function FoundProfile({ profile }: { profile: Profile }) {
  const posts = useUserPosts(profile.username);
  const own = profile.relationship === "self";
  const { state } = useLocation();
  // A newcomer is led here to be recognised.
  const edit = (state as { edit?: boolean } | null)?.edit === true;
  return (
    <>
      <ProfileHeader
        profile={profile}
        actions={
          <Suspense fallback={<Skeleton className="h-11 w-40 rounded-full" />}>
            {own ? (
              <OwnProfileActions profile={profile} edit={edit} />
            ) : (
              <RelationshipButton profile={profile} />
            )}
          </Suspense>
        }
        corner={
          own && (
            <Suspense>
              <OwnCorner />
            </Suspense>
          )
        }
      />
      <PostList
        query={posts}
        waiting={own ? "all" : undefined}
        label={t.profile.postsOf(profile.display_name)}
        empty={
          <EmptyState
            icon={<Feather />}
            title={own ? t.profile.noPostsSelf : t.profile.noPosts(profile.display_name)}
            hint={own ? t.profile.noPostsSelfHint : t.profile.noPostsHint}
          />
        }
      />
    </>
  );
}
