import type { QueryClient } from "@tanstack/react-query";
import { http, session } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { CommentAccepted, Person, PostAccepted } from "@/lib/api/types";
import { newId } from "@/lib/ids";
import { type Delivery, DeliveryQueue, type Queued } from "@/lib/live/delivery-queue";
import { liveEvents } from "@/lib/live/live-events";
import { t } from "@/lib/messages";
import { browserStore } from "@/lib/storage";
import { showToast } from "@/lib/toasts";
import { countComment, insertComment } from "./cached-comments";
import { insertPost } from "./cached-posts";
import { type Draft, toBlocks, toShown } from "./draft";
import { ownPosts } from "./own-posts";

export interface WaitingPost extends Queued {
  kind: "post";
  draft: Draft;
}

export interface WaitingComment extends Queued {
  kind: "comment";
  post: string;
  text: string;
}

export type Waiting = WaitingPost | WaitingComment;

/**
 * Posts and comments on their way. They are kept until the server has them, whatever becomes of the
 * network or the tab, and go out under the same idempotency key each time, so that each is there once.
 */
export class PostOutbox extends DeliveryQueue<Waiting> {
  private readonly queries: QueryClient;
  private readonly me: Person;

  constructor(queries: QueryClient, me: Person) {
    super(`echo:post-outbox:${me.id}:`, {
      store: browserStore,
      account: me.id,
      deliver: (item) => this.deliver(item),
    });
    this.queries = queries;
    this.me = me;
  }

  /** Sends what waits, now and whenever there may be a connection again. Returns how to stop. */
  start(): () => void {
    const flush = () => this.flush();
    const follow = ({ key }: StorageEvent) => {
      if (key === null || key.startsWith(this.prefix)) this.syncWithStore();
    };
    window.addEventListener("online", flush);
    window.addEventListener("storage", follow);
    const stops = [liveEvents.onWelcome(flush), ownPosts.listen(this.queries, this.me)];
    this.resume();
    return () => {
      this.stop();
      window.removeEventListener("online", flush);
      window.removeEventListener("storage", follow);
      for (const stop of stops) stop();
      // A log-out leaves nothing behind; a session that ended by itself keeps what waits.
      const state = session.getState();
      if (state.status === "signed-out" && !state.ended) this.clear();
    };
  }

  publish(draft: Draft): void {
    this.enqueue({ ...this.queued("posts"), kind: "post", draft });
  }

  comment(post: string, text: string): void {
    this.enqueue({ ...this.queued(post), kind: "comment", post, text });
    countComment(this.queries, post, 1);
  }

  /** Takes back what was refused, or hasn't gone out yet. */
  takeBack(item: Waiting): void {
    this.discard(item.id);
    if (item.kind === "comment") countComment(this.queries, item.post, -1);
  }

  private queued(to: string): Queued {
    return { id: newId(), to, createdAt: new Date().toISOString(), state: "waiting" };
  }

  private async deliver(item: Waiting): Promise<Delivery> {
    try {
      if (item.kind === "post") await this.deliverPost(item);
      else await this.deliverComment(item);
      return { outcome: "sent" };
    } catch (error) {
      const problem = toProblem(error);
      // A token that ran out isn't the post's fault: it is renewed, or there is a log-in.
      const unknown = problem.isTransient || problem.status === 401;
      if (unknown) return { outcome: "unknown", retryAfter: problem.retryAfter };
      return { outcome: "refused", problem: problem.code };
    }
  }

  private async deliverPost({ id: key, draft, createdAt }: WaitingPost): Promise<void> {
    const body = { blocks: toBlocks(draft), visibility: draft.visibility };
    const headers = { "Idempotency-Key": key };
    const { id, position } = (await http.post<PostAccepted>("/v1/posts", body, { headers })).data;
    const post = { ...shownPost(draft, this.me, createdAt), id, position };
    insertPost(this.queries, post);
    ownPosts.announce(post);
    showToast("done", t.composer.published);
  }

  private async deliverComment({ id: key, post, text, createdAt }: WaitingComment): Promise<void> {
    const path = `/v1/posts/${encodeURIComponent(post)}/comments`;
    const headers = { "Idempotency-Key": key };
    const { id, position } = (await http.post<CommentAccepted>(path, { text }, { headers })).data;
    insertComment(this.queries, post, {
      ...shownComment(text, this.me, createdAt),
      id,
      position,
    });
  }
}

/** How a post looks before the server has told: it has no position yet. */
export function shownPost(draft: Draft, author: Person, createdAt: string) {
  return {
    id: "",
    author,
    blocks: toShown(draft),
    visibility: draft.visibility,
    like_count: 0,
    comment_count: 0,
    liked: false,
    created_at: createdAt,
    edited_at: null,
    position: "",
  };
}

/** The same of a comment. */
export function shownComment(text: string, author: Person, createdAt: string) {
  return {
    id: "",
    author,
    text,
    can_delete: true,
    created_at: createdAt,
    edited_at: null,
    position: "",
  };
}
