// What was acknowledged, a line of JSON each on the console, which `cargo xtask bench` keeps in a file: `check.js`
// reads it afterwards and looks for every one of them in the system.

/** A write that the system has acknowledged: `kind` is post, comment, like or message. */
export function acknowledged(kind, fields) {
  console.log(JSON.stringify({ acknowledged: kind, ...fields }));
}

/** The people, whose tokens the check reads with. */
export function introduced({ people }) {
  for (const { id, username } of people) console.log(JSON.stringify({ person: id, username }));
}

/** From here on the CPU time of the system counts for `phase`; null for no phase. */
export function phase(name) {
  console.log(JSON.stringify({ phase: name }));
}
