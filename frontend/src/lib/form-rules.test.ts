import { expect, test } from "vitest";
import { atMost, email, newPassword, shortEnough, someText, username } from "./form-rules";
import { typedUsername } from "./names";

test("lengths are counted as the server counts them", () => {
  expect(someText(50).safeParse("😀".repeat(50)).success).toBe(true);
  expect(someText(50).safeParse("😀".repeat(51)).success).toBe(false);
  expect(atMost(3).safeParse("a\r\nb").success).toBe(true);
  expect(newPassword.safeParse("😀a".repeat(64)).success).toBe(true);
  expect(newPassword.safeParse("😀a".repeat(2)).success).toBe(false);
  expect(newPassword.safeParse(`${"😀a".repeat(64)}😀`).success).toBe(false);
  expect(shortEnough(1)).toBeDefined();
});

test("blanks around a text don't count", () => {
  expect(someText(3).parse(" abc\n")).toBe("abc");
  expect(someText(3).safeParse(" \n").success).toBe(false);
});

test("a username is taken as pages show it, and in capitals of ASCII alone", () => {
  for (const typed of ["ann_1", "Ann_1", "@ann_1", " @ANN_1 "]) {
    expect(username.parse(typed)).toBe("ann_1");
  }
  for (const typed of ["\u212aim", "k\u0131m", "ｋｉｍ", "@@kim", "K\u0130M"]) {
    expect(username.safeParse(typed).success).toBe(false);
    expect(typedUsername(typed)).not.toBe("kim");
  }
});

test("addresses of all the world look like addresses", () => {
  for (const typed of [" ann@example.org ", "क्षि@डेटामेल.भारत", "ann@คน.ไทย"]) {
    expect(email.parse(typed)).toBe(typed.trim());
  }
});
