/** Every address of the client. */
export const paths = {
  home: "/",
  explore: "/explore",
  friends: "/friends",
  chat: "/chat",
  notifications: "/notifications",
  blocked: "/friends/blocked",
  settings: "/settings",
  login: "/login",
  signup: "/signup",
  forgotPassword: "/forgot-password",
  /** The mails of command-api link to these two, with a token behind the `#`. */
  resetPassword: "/reset-password",
  confirmEmail: "/confirm-email",
  user: (username: string) => `/people/${username}`,
  post: (id: string) => `/posts/${id}`,
  /** By username; a person who has left has none, and is known by id. */
  conversation: (peer: { id: string; username?: string | null }) =>
    `/chat/${peer.username ?? peer.id}`,
};
