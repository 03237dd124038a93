import { z } from "zod/mini";
import {
  currentPassword,
  email,
  loginName,
  newPassword,
  someText,
  username,
} from "@/lib/form-rules";

export const signUpSchema = z.object({
  display_name: someText(50),
  username,
  email,
  password: newPassword,
});

export const logInSchema = z.object({ login: loginName, password: currentPassword });
export const forgotPasswordSchema = z.object({ email });
export const resetPasswordSchema = z.object({ new_password: newPassword });

export type SignUp = z.infer<typeof signUpSchema>;
export type LogIn = z.infer<typeof logInSchema>;
export type ForgotPassword = z.infer<typeof forgotPasswordSchema>;
export type ResetPassword = z.infer<typeof resetPasswordSchema>;
