//! What a browser says of itself, in words that its owner knows.

/// Browsers by what they put into their `User-Agent`; those that name themselves after others come first.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// Systems in the same way.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];
/// A program that is none of these is called by its own first word, no longer than so many characters.
const LONGEST_NAME: usize = 40;

/// `Firefox on Linux`.
pub(crate) fn name(user_agent: Option<&str>) -> String {
    let user_agent = user_agent.unwrap_or_default();
    let among = |known: &[(&'static str, &'static str)]| {
        let found = known.iter().find(|(token, _)| user_agent.contains(token));
        found.map(|(_, name)| *name)
    };
    match (among(&BROWSERS), among(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => {
            let word = user_agent.split([' ', '/']).next().unwrap_or_default();
            let word: String = word.chars().take(LONGEST_NAME).collect();
            if word.is_empty() {
                "Unknown device".to_owned()
            } else {
                word
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Firefox on Linux"
    )]
    #[case(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
        "Edge on Windows"
    )]
    #[case(
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
        "Chrome on Android"
    )]
    #[case(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Safari on iPhone"
    )]
    #[case(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Safari on macOS"
    )]
    #[case("curl/8.5.0", "curl")]
    #[case("", "Unknown device")]
    fn a_device_is_called_as_its_owner_would(#[case] user_agent: &str, #[case] expected: &str) {
        assert_eq!(name(Some(user_agent)), expected);
    }

    #[test]
    fn nothing_is_made_up_of_a_device_that_is_not_known() {
        assert_eq!(name(None), "Unknown device");
        assert_eq!(name(Some(&"x".repeat(300))).len(), LONGEST_NAME);
    }
}
