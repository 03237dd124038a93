//! Positions: one number that means "up to here".
//!
//! A position is a stream and a sequence in it, and travels as one opaque string (`e42`). Commands
//! return it, reads wait for it, projections checkpoint it, clients resume from it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The streams that hold Echo's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Accounts, friendships, posts and all else that is kept for ever but isn't chat.
    Events,
    /// Direct messages.
    Chat,
    /// Signed-in devices; its events expire.
    Sessions,
}

impl Stream {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Events, Self::Chat, Self::Sessions];

    /// The first token of the stream's subjects.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Events => "evt",
            Self::Chat => "chat",
            Self::Sessions => "sess",
        }
    }

    /// True if its events never expire and are never deleted, so that each sequence up to its end holds one.
    pub const fn is_permanent(self) -> bool {
        match self {
            Self::Events | Self::Chat => true,
            Self::Sessions => false,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Events => 'e',
            Self::Chat => 'c',
            Self::Sessions => 's',
        }
    }
}

/// A place in one stream: everything up to and including `sequence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Which stream.
    pub stream: Stream,
    /// The stream's sequence; the first event has 1, and 0 is before all.
    pub sequence: u64,
}

impl Position {
    /// The position of `sequence` in `stream`.
    pub const fn new(stream: Stream, sequence: u64) -> Self {
        Self { stream, sequence }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.stream.letter(), self.sequence)
    }
}

/// Why a text is not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position")]
pub struct InvalidPosition;

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut characters = text.chars();
        let letter = characters.next().ok_or(InvalidPosition)?;
        let stream = Stream::ALL
            .into_iter()
            .find(|s| s.letter() == letter)
            .ok_or(InvalidPosition)?;
        let digits = characters.as_str();
        // One spelling per position: no sign, no leading zero. MongoDB holds sequences as i64.
        let canonical =
            digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        let sequence: u64 = digits.parse().map_err(|_| InvalidPosition)?;
        if !canonical || i64::try_from(sequence).is_err() {
            return Err(InvalidPosition);
        }
        Ok(Self { stream, sequence })
    }
}

impl Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// At most one position a stream: what a command that touched two streams returns, and what a read
/// is asked to have applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    sequences: [Option<u64>; Stream::ALL.len()],
}

impl Positions {
    /// Nothing asked, nothing touched.
    pub const NONE: Self = Self {
        sequences: [None; Stream::ALL.len()],
    };

    /// Adds a position; of two in one stream the later stands.
    pub fn add(&mut self, position: Position) {
        let held = &mut self.sequences[position.stream as usize];
        *held = Some(held.unwrap_or(0).max(position.sequence));
    }

    /// The position in `stream`, if any.
    pub fn in_stream(&self, stream: Stream) -> Option<Position> {
        self.sequences[stream as usize].map(|sequence| Position { stream, sequence })
    }

    /// All positions, in the order of the streams.
    pub fn iter(&self) -> impl Iterator<Item = Position> + '_ {
        Stream::ALL
            .into_iter()
            .filter_map(|stream| self.in_stream(stream))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl From<Position> for Positions {
    fn from(position: Position) -> Self {
        Self::from_iter([position])
    }
}

impl FromIterator<Position> for Positions {
    fn from_iter<I: IntoIterator<Item = Position>>(iter: I) -> Self {
        let mut positions = Self::NONE;
        iter.into_iter().for_each(|position| positions.add(position));
        positions
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, position) in self.iter().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            position.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for Positions {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(|part| part.trim().parse::<Position>())
            .collect()
    }
}

impl Serialize for Positions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_position_reads_back(sequence in 0..=i64::MAX.unsigned_abs(), stream in 0..3_usize) {
            let position = Position::new(Stream::ALL[stream], sequence);
            prop_assert_eq!(position.to_string().parse(), Ok(position));
        }

        #[test]
        fn no_text_panics_and_what_parses_is_canonical(text in ".{0,24}") {
            if let Ok(position) = text.parse::<Position>() {
                prop_assert_eq!(position.to_string(), text);
            }
        }
    }

    #[test]
    fn other_spellings_of_a_number_are_refused() {
        for text in [
            "",
            "e",
            "e-1",
            "e+1",
            "e01",
            "x1",
            "e9223372036854775808",
            "1",
            "e1 ",
            "é1",
        ] {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text:?}");
        }
    }

    #[test]
    fn of_two_positions_in_one_stream_the_later_stands() {
        let positions: Positions = "e4, c9,e2".parse().unwrap();
        assert_eq!(positions.to_string(), "e4,c9");
        assert_eq!("e4,".parse::<Positions>(), Err(InvalidPosition));
    }
}
