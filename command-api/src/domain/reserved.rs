//! Usernames that nobody may take. Accounts that had one before it was reserved keep it.

/// Names under which people would take somebody for one of those who run Echo. What looks like one of them is reserved,
/// too, and so is what is put together of them: `_admin_`, `adm1n`, `echo_support`.
const OF_AUTHORITY: [&str; 40] = [
    "abuse",
    "admin",
    "administration",
    "administrator",
    "admins",
    "billing",
    "contact",
    "customersupport",
    "daemon",
    "echo",
    "echoadmin",
    "echohelp",
    "echoofficial",
    "echosupport",
    "echoteam",
    "help",
    "helpdesk",
    "hostmaster",
    "legal",
    "mailerdaemon",
    "moderation",
    "moderator",
    "moderators",
    "mods",
    "noreply",
    "official",
    "operator",
    "postmaster",
    "privacy",
    "root",
    "safety",
    "security",
    "staff",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "team",
    "verified",
    "webmaster",
];

/// Names that stand for something else: parts of addresses, groups of people, words of programming languages.
const OF_THINGS: [&str; 66] = [
    "__proto__",
    "about",
    "account",
    "accounts",
    "all",
    "anonymous",
    "anybody",
    "api",
    "app",
    "assets",
    "auth",
    "blocks",
    "bot",
    "chat",
    "chats",
    "comments",
    "constructor",
    "deleted",
    "docs",
    "download",
    "everybody",
    "everyone",
    "explore",
    "export",
    "false",
    "feed",
    "friends",
    "guest",
    "hasownproperty",
    "healthz",
    "home",
    "imprint",
    "index",
    "info",
    "login",
    "logout",
    "media",
    "messages",
    "mod",
    "nan",
    "news",
    "nobody",
    "none",
    "notifications",
    "null",
    "people",
    "post",
    "posts",
    "press",
    "profile",
    "prototype",
    "register",
    "reports",
    "search",
    "session",
    "sessions",
    "settings",
    "signin",
    "signup",
    "somebody",
    "static",
    "status",
    "terms",
    "undefined",
    "unknown",
    "user",
];

/// Whether nobody may take a username, which is in lower case.
pub fn is_reserved(username: &str) -> bool {
    OF_THINGS.contains(&username) || speaks_with_authority(username)
}

fn speaks_with_authority(username: &str) -> bool {
    let is_one = |text: &str| {
        let text = skeleton(text);
        OF_AUTHORITY.iter().any(|name| skeleton(name) == text)
    };
    let mut parts = username.split('_').filter(|part| !part.is_empty()).peekable();
    let is_put_together = parts.peek().is_some() && parts.all(is_one);
    is_put_together || is_one(&username.replace('_', ""))
}

/// The text with one letter for all that look like it.
fn skeleton(text: &str) -> String {
    let alike = |c: char| match c {
        '0' => 'o',
        '1' | 'i' => 'l',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        '8' => 'b',
        _ => c,
    };
    text.replace("rn", "m")
        .replace("vv", "w")
        .chars()
        .map(alike)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_those_who_run_the_place_are_reserved_in_any_disguise() {
        for name in [
            "admin",
            "administrator",
            "root",
            "system",
            "echo",
            "support",
            "help",
            "moderator",
            "security",
            "staff",
            "official",
            "_admin_",
            "adm1n",
            "admln",
            "4dm1n",
            "adrnin",
            "a_d_m_i_n",
            "5upport",
            "r00t",
            "echo_support",
            "support_echo",
            "__echo__",
            "echo_admin_team",
            "m0derator",
        ] {
            assert!(is_reserved(name), "{name}");
        }
    }

    #[test]
    fn names_of_things_are_reserved_as_they_are() {
        for name in [
            "api",
            "about",
            "settings",
            "login",
            "null",
            "undefined",
            "__proto__",
            "constructor",
        ] {
            assert!(is_reserved(name), "{name}");
        }
    }

    #[test]
    fn people_have_the_names_that_people_have() {
        for name in [
            "ann",
            "ann_lee",
            "ben",
            "echoes",
            "help_me_out",
            "rooted",
            "adminton",
            "minad",
            "systematic",
            "team_ann",
            "nullable",
            "api_fan",
            "ian",
            "lan",
            "___",
            "7",
            "supporter",
            "mara_1990",
            "chatty",
            "postman",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn every_reserved_name_is_one_that_could_be_asked_for() {
        for name in OF_AUTHORITY.iter().chain(&OF_THINGS) {
            assert!(is_reserved(name), "{name}");
            assert!((3..=30).contains(&name.len()), "{name}");
            assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'_')), "{name}");
        }
        assert!(OF_AUTHORITY.is_sorted() && OF_THINGS.is_sorted());
    }
}
