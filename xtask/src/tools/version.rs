//! Version numbers as the tools print them.
use std::fmt;

/// Major, minor and patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// The first `1.2.3` in a text, whatever stands around it.
    pub(crate) fn find_in(text: &str) -> Option<Version> {
        text.split(|c: char| !c.is_ascii_digit() && c != '.')
            .find_map(|word| {
                let mut numbers = word.split('.').map(str::parse::<u32>);
                match (numbers.next(), numbers.next(), numbers.next()) {
                    (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Some(Version(major, minor, patch)),
                    _ => None,
                }
            })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_in_what_each_tool_prints() {
        for (text, expected) in [
            ("nats-server: v2.15.1\n", Version(2, 15, 1)),
            (
                "db version v6.0.5\nBuild Info: {\n \"version\": \"6.0.5\"",
                Version(6, 0, 5),
            ),
            ("v2.11.7 h1:abc=", Version(2, 11, 7)),
            ("k6 v1.1.0 (go1.24.6, linux/amd64)", Version(1, 1, 0)),
        ] {
            assert_eq!(Version::find_in(text), Some(expected));
        }
        assert_eq!(Version::find_in("unknown 1.2"), None);
    }

    #[test]
    fn versions_are_ordered_by_number_not_by_letter() {
        assert!(Version(2, 9, 0) < Version(2, 15, 0));
    }
}
