import { config, z } from "zod/mini";
import { t } from "@/lib/messages";

// The content security policy forbids the code generation that zod would otherwise try.
config({ jitless: true });

const filledIn = z.refine<string>((value) => value.trim() !== "", t.fields.required);
const between = (least: number, most: number) => [
  z.minLength(least, t.fields.tooShort(least)),
  z.maxLength(most, t.fields.tooLong(most)),
];

// Only what one can get wrong while typing; the server has the last word on every field.
export const signUpSchema = z.object({
  display_name: z.string().check(filledIn, z.maxLength(50, t.fields.tooLong(50))),
  username: z.string().check(
    filledIn,
    z.overwrite((value) => value.trim().toLowerCase()),
    ...between(3, 30),
    z.regex(/^[a-z0-9_]*$/, t.fields.username),
  ),
  email: z.string().check(
    filledIn,
    z.overwrite((value) => value.trim()),
    z.regex(/^[^\s@]+@[^\s@]+$/, t.fields.email),
  ),
  password: z.string().check(...between(8, 128)),
});

export const logInSchema = z.object({
  login: z.string().check(
    filledIn,
    z.overwrite((value) => value.trim()),
  ),
  password: z.string().check(z.minLength(1, t.fields.required)),
});

export type SignUp = z.infer<typeof signUpSchema>;
export type LogIn = z.infer<typeof logInSchema>;
