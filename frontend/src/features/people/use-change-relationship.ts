import {
  type InfiniteData,
  type QueryClient,
  type QueryKey,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type {
  Notification,
  Page,
  Person,
  Profile,
  Relationship,
  Suggestion,
} from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";

export type RelationshipAction =
  | "add"
  | "cancel"
  | "accept"
  | "decline"
  | "remove"
  | "block"
  | "unblock";

type People = InfiniteData<Page<Person>, string | null>;

/** What each action makes of a relationship, if nothing has happened in the meantime. */
const OUTCOME: Record<RelationshipAction, Relationship> = {
  add: "requested",
  cancel: "none",
  accept: "friends",
  decline: "none",
  remove: "none",
  block: "blocked",
  unblock: "none",
};

/** Where nothing on screen says it. */
const SAID: Partial<Record<RelationshipAction, (name: string) => string>> = {
  add: t.relationship.requestSent,
  accept: t.relationship.nowFriends,
  block: t.relationship.blocked,
  unblock: t.relationship.unblocked,
};

function request(action: RelationshipAction, id: string): Promise<unknown> {
  switch (action) {
    case "add":
      return http.post("/v1/friend-requests", { user_id: id });
    case "cancel":
      return http.delete(`/v1/friend-requests/${id}`);
    case "accept":
      return http.post(`/v1/friend-requests/${id}/accept`);
    case "decline":
      return http.post(`/v1/friend-requests/${id}/decline`);
    case "remove":
      return http.delete(`/v1/friends/${id}`);
    case "block":
      return http.put(`/v1/blocks/${id}`);
    case "unblock":
      return http.delete(`/v1/blocks/${id}`);
  }
}

/** Changes at once what is shown of a friendship, and puts it back if the server refuses. */
export function useChangeRelationship(person: Person) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: RelationshipAction) => request(action, person.id),
    onMutate: async (action) => {
      const touched: QueryKey[] = [
        keys.user(person.username),
        keys.friends,
        keys.friendRequests("incoming"),
        keys.friendRequests("outgoing"),
        keys.waitingRequests,
        keys.suggestions,
        keys.blocks,
        keys.notifications,
      ];
      await Promise.all(touched.map((queryKey) => queries.cancelQueries({ queryKey })));
      const before = touched.map((key) => [key, queries.getQueryData(key)] as const);
      showOutcome(queries, person, action);
      return before;
    },
    onError: (error, _action, before) => {
      for (const [key, data] of before ?? []) queries.setQueryData(key, data);
      showToast("error", `${t.relationship.failed} ${toProblem(error).text}`);
    },
    onSuccess: (_answer, action) => {
      const said = SAID[action]?.(person.display_name);
      if (said) showToast("done", said);
    },
    onSettled: () => {
      // Who is a friend decides about the lists of people, whose posts one sees, and the chat.
      for (const queryKey of [
        keys.allUsers,
        keys.friends,
        keys.allFriendRequests,
        keys.allSearches,
        keys.suggestions,
        keys.blocks,
        keys.sidebar,
        keys.allCanSend,
        keys.allPosts,
        keys.notifications,
      ]) {
        void queries.invalidateQueries({ queryKey });
      }
    },
  });
}

/** A request is told of until it is answered. */
function withoutRequestOf(
  data: InfiniteData<Page<Notification>> | undefined,
  person: Person,
): InfiniteData<Page<Notification>> | undefined {
  const isTheirs = ({ type, actors }: Notification) =>
    type === "friend_request" && actors.some(({ id }) => id === person.id);
  return (
    data && {
      ...data,
      pages: data.pages.map((page) => ({
        ...page,
        items: page.items.filter((notification) => !isTheirs(notification)),
      })),
    }
  );
}

function showOutcome(queries: QueryClient, person: Person, action: RelationshipAction): void {
  queries.setQueryData<Profile>(
    keys.user(person.username),
    (profile) => profile && { ...profile, relationship: OUTCOME[action] },
  );
  const change = (key: QueryKey, apply: (people: Person[], isFirst: boolean) => Person[]) =>
    queries.setQueryData<People>(
      key,
      (data) =>
        data && {
          ...data,
          pages: data.pages.map((page, i) => ({ ...page, items: apply(page.items, i === 0) })),
        },
    );
  const without = (people: Person[]) => people.filter(({ id }) => id !== person.id);
  if (action === "accept" || action === "decline") {
    queries.setQueryData<number>(keys.waitingRequests, (n) => n && Math.max(0, n - 1));
    queries.setQueryData<InfiniteData<Page<Notification>>>(keys.notifications, (data) =>
      withoutRequestOf(data, person),
    );
  }
  change(keys.friendRequests("incoming"), without);
  change(keys.friendRequests("outgoing"), (people, isFirst) =>
    action === "add" && isFirst ? [person, ...without(people)] : without(people),
  );
  change(keys.friends, (people, isFirst) =>
    action === "accept" && isFirst ? [person, ...without(people)] : without(people),
  );
  change(keys.blocks, (people, isFirst) =>
    action === "block" && isFirst ? [person, ...without(people)] : without(people),
  );
  queries.setQueryData<Suggestion[]>(keys.suggestions, (people) =>
    people?.filter(({ id }) => id !== person.id),
  );
}
