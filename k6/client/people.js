// The people of a load test: made before it begins, through the API like everybody else.
import { befriend, comment, logIn, publish, sendMessage, signUpMany } from "./api.js";

/** Each is a friend of so many others: of those who come next in a ring. */
export const FRIENDS_AHEAD = 4;
/** How many sign up at once: fewer than may wait for a password hash. */
const AT_ONCE = 32;
/** Access tokens live for 15 minutes; who comes near that logs in again. */
const TOKEN_KEPT_MS = 10 * 60 * 1000;

/**
 * Signs up `count` people (at least 10), makes friends of neighbours, and gives each some posts, comments and
 * messages: `{ people: [{ id, username, token, posts }] }`, small enough to be handed to every virtual user.
 * Sign-ups go many at once, since each costs a password hash; so thousands take a minute, not an hour.
 */
export function prepare(count, { postsEach = 3 } = {}) {
  const people = [];
  while (people.length < count) {
    const names = Array.from({ length: Math.min(AT_ONCE, count - people.length) }, () => "load");
    people.push(...signUpMany(names).filter((person) => person !== null));
  }
  people.forEach((person, index) => {
    for (let ahead = 1; ahead <= FRIENDS_AHEAD; ahead += 1) befriend(person, at(people, index + ahead));
    const posts = Array.from({ length: postsEach }, (_, n) =>
      publish(person, `Prepared post number ${n + 1}: the market had fresh figs today.`),
    );
    person.posts = posts.filter((post) => post !== null).map((post) => post.id);
  });
  people.forEach((person, index) => {
    const friend = at(people, index + 1);
    for (const post of friend.posts.slice(0, 1)) comment(person, post, "Where was that?");
    sendMessage(person, friend, "Shall we go there on Sunday?");
  });
  return { people, preparedAt: Date.now() };
}

function at(people, index) {
  return people[index % people.length];
}

let renewed = null;

/** The person that a virtual user (numbered from 1) plays, with a token that is still good. */
export function playedBy({ people, preparedAt }, vu) {
  const person = at(people, vu - 1);
  const since = renewed ? renewed.at : preparedAt;
  if (Date.now() - since < TOKEN_KEPT_MS) return Object.assign(person, renewed && { token: renewed.token });
  renewed = { token: logIn(person) ?? person.token, at: Date.now() };
  return Object.assign(person, { token: renewed.token });
}

/** One of a person's friends, at random. */
export function friendOf({ people }, vu) {
  const distance = 1 + Math.floor(Math.random() * FRIENDS_AHEAD);
  const direction = Math.random() < 0.5 ? 1 : -1;
  return at(people, vu - 1 + direction * distance + people.length);
}

/** One of the posts that somebody had from the start. */
export function oldPostOf(person) {
  return person.posts[Math.floor(Math.random() * person.posts.length)];
}
