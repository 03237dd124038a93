/** Every address of the client. */
export const paths = {
  home: "/",
  explore: "/explore",
  friends: "/friends",
  chat: "/chat",
  settings: "/settings",
  login: "/login",
  signup: "/signup",
  user: (username: string) => `/people/${username}`,
  post: (id: string) => `/posts/${id}`,
  conversation: (username: string) => `/chat/${username}`,
};
