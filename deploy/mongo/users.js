// Sets up MongoDB for compose.yaml, by mongosh beside the server: the replica set, which transactions need, and the users
// of users.json with the passwords of the environment. Run again it changes nothing but what has changed. The server is
// known to others as MONGO_HOST, `mongo:27017` unless that is set.
//
// It ends with 0 when the server takes writes and has its users.
const fs = require("fs");

const password = (user) => process.env[`MONGO_PASSWORD_${user.replace("-", "_").toUpperCase()}`];
const admin = db.getSiblingDB("admin");
const logIn = () => admin.auth("operator", password("operator"));
const written = (roles) => JSON.stringify(roles.map(({ role, db }) => [role, db]).sort());

if (!db.hello().setName) {
  try {
    rs.initiate({ _id: "rs0", members: [{ _id: 0, host: process.env.MONGO_HOST ?? "mongo:27017" }] });
  } catch (error) {
    // A server that is only starting has its set already, and users who alone may do this.
    if (!["AlreadyInitialized", "Unauthorized"].includes(error.codeName)) throw error;
  }
}
if (!db.hello().isWritablePrimary) quit(1);
try {
  logIn();
} catch {
  // As long as there is no user at all, whoever sits beside the server may make the first.
  admin.createUser({ user: "operator", pwd: password("operator"), roles: ["root"] });
  logIn();
}
for (const { user, roles } of JSON.parse(fs.readFileSync(`${__dirname}/users.json`, "utf8"))) {
  const known = admin.getUser(user);
  if (!known) admin.createUser({ user, pwd: password(user), roles });
  else if (written(known.roles) !== written(roles)) admin.updateUser(user, { roles });
}
