import type { Message, Person, Post, Profile, SessionAnswer } from "@/lib/api/types";

export const ann: SessionAnswer["account"] = {
  id: "0198a1b2-0000-7000-8000-000000000001",
  username: "ann",
  display_name: "Ann",
  avatar: null,
};

export const ben: SessionAnswer["account"] = {
  id: "0198a1b2-0000-7000-8000-000000000002",
  username: "ben",
  display_name: "Ben",
  avatar: null,
};

export const profileOf = (
  person: Person,
  relationship: Profile["relationship"] = "none",
): Profile => ({
  ...person,
  bio: "",
  location: "",
  website: "",
  cover: null,
  joined_at: "2026-01-02T03:04:05.000Z",
  counts: { posts: 0, friends: 0 },
  relationship,
});

let lastPost = 0;

export function postBy(author: Person, text: string): Post {
  lastPost += 1;
  return {
    id: `0198a1b2-0000-7000-9000-${String(lastPost).padStart(12, "0")}`,
    author,
    blocks: [{ type: "text", text }],
    visibility: "public",
    like_count: 0,
    comment_count: 0,
    liked: false,
    created_at: "2026-01-02T03:04:05.000Z",
    edited_at: null,
    position: `e${lastPost}`,
  };
}

export function message(sequence: number, from: Person, to: Person, text: string): Message {
  return {
    id: `0198a1b2-0000-7000-a000-${String(sequence).padStart(12, "0")}`,
    position: `c${sequence}`,
    from: from.id,
    to: to.id,
    text,
    media: [],
    sent_at: new Date(Date.UTC(2026, 0, 2, 3, 0, sequence)).toISOString(),
    edited_at: null,
    deleted: false,
  };
}
