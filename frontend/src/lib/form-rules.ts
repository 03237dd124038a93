import { config, z } from "zod/mini";
import { t } from "./messages";
import { typedUsername } from "./names";
import { characters } from "./text";

// The content security policy forbids the code generation that zod would otherwise try.
config({ jitless: true });

// Only what one can get wrong while typing; the server has the last word on every field.

const filledIn = z.refine<string>((value) => value.trim() !== "", t.fields.required);
const trimmed = z.overwrite<string>((value) => value.trim());

/** As the server counts. */
export const shortEnough = (most: number) =>
  z.refine<string>((value) => characters(value) <= most, t.fields.tooLong(most));

export const between = (least: number, most: number) => [
  z.refine<string>((value) => characters(value) >= least, t.fields.tooShort(least)),
  shortEnough(most),
];

/** Something has to stand there. */
export const someText = (most: number) => z.string().check(filledIn, trimmed, shortEnough(most));

/** Something may stand there. */
export const atMost = (most: number) => z.string().check(trimmed, shortEnough(most));

export const username = z
  .string()
  .check(
    filledIn,
    z.overwrite(typedUsername),
    ...between(3, 30),
    z.regex(/^[a-z0-9_]*$/, t.fields.username),
  );

export const email = z
  .string()
  .check(filledIn, trimmed, z.regex(/^[^\s@]+@[^\s@]+$/, t.fields.email));

/** More than one character, and some that can be seen. */
const isVaried = (value: string) =>
  new Set(value.toLowerCase().replace(/[\p{Z}\p{C}\u2800\u3164\uffa0]/gu, "")).size > 1;

/** Compared in one form (RFC 8265), so that two keyboards type the same password. */
export const newPassword = z.string().check(
  z.overwrite((value) => value.replace(/\p{Zs}/gu, " ").normalize("NFC")),
  ...between(8, 128),
  z.refine<string>(isVaried, t.problems["too-simple"]),
);

/** Whatever the password was set to once. */
export const currentPassword = z.string().check(z.minLength(1, t.fields.required));

/** A username or an email address. */
export const loginName = z.string().check(filledIn, trimmed);
