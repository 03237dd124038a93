// Temporary: the shapes of the contract by hand, until docs/contracts/openapi.json has them.
export interface Person {
  id: string;
  username: string;
  display_name: string;
  avatar: string | null;
}
export interface Peer {
  id: string;
  username: string | null;
  display_name: string | null;
  avatar: string | null;
}
export interface SessionAnswer {
  account: Person;
  access_token: string;
  token_type: string;
  expires_in: number;
  position: string;
}
export type Visibility = "public" | "friends";
export type NewBlock = { type: "text"; text: string };
export type Block =
  | { type: "text"; text: string }
  | {
      type: "image";
      media_id: string;
      alt: string;
      url: string | null;
      thumbnail_url: string | null;
      width: number | null;
      height: number | null;
      blurhash: string | null;
    };
export interface Post {
  id: string;
  author: Person;
  blocks: Block[];
  visibility: Visibility;
  like_count: number;
  comment_count: number;
  liked: boolean;
  created_at: string;
  edited_at: string | null;
  position: string;
}
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
export type Relationship = "self" | "friends" | "requested" | "requested_by" | "blocked" | "none";
export interface Profile extends Person {
  bio: string;
  location: string;
  website: string;
  cover: string | null;
  joined_at: string;
  counts: { posts: number; friends: number };
  relationship: Relationship;
}
export interface Message {
  id: string;
  position: string;
  from: string;
  to: string;
  text: string | null;
  media: unknown[];
  sent_at: string;
  edited_at: string | null;
  deleted: boolean;
}
export interface Messages {
  items: Message[];
  next_cursor: string | null;
  peer: Peer;
  can_send: boolean;
  read_up_to: string | null;
  peer_read_up_to: string | null;
}
export interface Sidebar {
  recent: { peer: Peer; last_message: Message; unread_count: number }[];
  more_recent: boolean;
  friends: { peer: Peer }[];
  more_friends: boolean;
}
export type SyncItem =
  | { type: "message"; peer: string; changed: string; message: Message }
  | {
      type: "read";
      peer: string;
      changed: string;
      read_up_to: string | null;
      peer_read_up_to: string | null;
    };
export interface Sync {
  items: SyncItem[];
  position: string;
  more: boolean;
  reset: boolean;
}
