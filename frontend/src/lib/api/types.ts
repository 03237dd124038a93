// Temporary: the shapes of the contract by hand, until docs/contracts/openapi.json has them.
export interface Person {
  id: string;
  username: string;
  display_name: string;
  avatar: Image | null;
}
export interface Image {
  id: string;
  url: string;
  thumbnail_url: string;
  width: number;
  height: number;
  blurhash: string;
  alt: string;
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
export type Block = { type: "text"; text: string } | ({ type: "image" } & Image);
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
  joined_at: string;
  post_count: number;
  friend_count: number;
  relationship: Relationship;
}
export interface Message {
  id: string;
  position: string;
  from: string;
  to: string;
  text: string;
  sent_at: string;
  edited_at: string | null;
  deleted: boolean;
}
export interface Sidebar {
  recent: { peer: Person; last_message: Message; unread_count: number }[];
  friends: { peer: Person }[];
}
