import type { components } from "./schema";
import type { components as socket } from "./socket-schema";

// Short names for what the services' own documents describe; no shape is written here by hand.

type Schemas = components["schemas"];

export type SessionAnswer = Schemas["SignedIn"];

export type Person = Schemas["Person"];
export type Profile = Schemas["Profile"];
export type Me = Schemas["Me"];
export type ProfileChange = Schemas["UpdateProfile"];
export type Relationship = Profile["relationship"];
export type FoundPerson = Schemas["FoundPerson"];
export type Suggestion = Schemas["Suggestion"];

export type Post = Schemas["Post"];
export type PostVersion = Schemas["PostVersion"];
export type PostAccepted = Schemas["PostAccepted"];
export type Block = Schemas["PostBlock"];
export type NewBlock = Schemas["NewBlock"];
export type NewPost = Schemas["NewPost"];
export type Comment = Schemas["Comment"];
export type CommentAccepted = Schemas["CommentAccepted"];
export type ReportReason = Schemas["ReportReason"];
export type ReportSubject = Schemas["ReportSubject"];
export type Visibility = Schemas["Visibility"];

/** Somebody one chats with: a chat outlives its people's accounts. */
export type Peer = Schemas["Peer"];
export type Message = Schemas["Message"];
export type MessageMedia = Schemas["MessageMedia"];
export type UploadedMedia = Schemas["UploadedMedia"];
export type MessageAccepted = Schemas["MessageAccepted"];
export type MessageEdited = Schemas["MessageChanged"];
export type Messages = Schemas["Messages"];
export type Sidebar = Schemas["ChatSidebar"];
export type Sync = Schemas["ChatSync"];
export type SyncItem = Schemas["ChatChange"];

export type Notification = Schemas["Notification"];
export type UnreadCount = Schemas["UnreadCount"];
/** A device on which one is signed in. */
export type DeviceSession = Schemas["Session"];

export type ProblemBody = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];

type Socket = socket["schemas"];

/** `message:new`, `message:edited` and `message:deleted`: the message as it is now. */
export type MessageChanged = Socket["MessageChanged"];
/** `message:read`. */
export type ReadChanged = Socket["ReadChanged"];
export type MessageSent = Socket["MessageSent"];
export type Typing = Socket["Typing"];
export type TypingChanged = Socket["TypingChanged"];
export type PresenceWatch = Socket["PresenceWatch"];
export type PresenceWatched = Socket["PresenceWatched"];
export type PresenceChanged = Socket["PresenceChanged"];
export type NotificationNew = Socket["NotificationNew"];
export type FeedNew = Socket["FeedNew"];
export type PostWatch = Socket["PostWatch"];
export type PostCounts = Socket["PostCounts"];

/** All lists are alike. */
export type Page<T> = Omit<Schemas["PostList"], "items"> & { items: T[] };
