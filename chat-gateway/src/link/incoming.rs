//! Frames from the client, counted. The library answers pings, pongs and pieces of messages by itself, so that nothing
//! else sees how many there are; each costs about as much as an event.

use std::num::NonZeroU16;
use std::time::Instant;

use crate::config::Limits;
use crate::limits::Bucket;

/// Frames for each event that a client may send: an event in a few pieces, and the answers to pings.
const FRAMES_PER_EVENT: u16 = 4;
/// Frames beside those of events that are allowed: whoever sends more events than allowed is told so some times.
const MORE: u16 = 300;
/// The kind of a frame that closes a connection.
const CLOSE: u8 = 8;
/// The longest head of a frame: two bytes, eight of the length, four of the mask.
const LONGEST_HEAD: usize = 14;

/// How many frames one connection may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(super) burst: u16,
    pub(super) per_second: u16,
}

impl Pace {
    /// Enough for whoever keeps to the limits of events.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self::allowing(limits.socket_events_burst, limits.socket_events_per_second)
    }

    pub(super) fn allowing(burst: NonZeroU16, per_second: NonZeroU16) -> Self {
        Self {
            burst: burst.get().saturating_mul(FRAMES_PER_EVENT).saturating_add(MORE),
            per_second: per_second.get().saturating_mul(FRAMES_PER_EVENT),
        }
    }
}

/// More frames than a connection may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more frames than a connection may send")]
pub(super) struct TooManyFrames;

/// The frames of one connection.
#[derive(Debug)]
pub(super) struct Incoming {
    bucket: Bucket,
    head: [u8; LONGEST_HEAD],
    /// How much of the head has come.
    known: usize,
    /// How much of the frame's payload hasn't come.
    rest: u64,
    closes: bool,
}

impl Incoming {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            bucket: Bucket::new(pace.burst, pace.per_second, now),
            head: [0; LONGEST_HEAD],
            known: 0,
            rest: 0,
            closes: false,
        }
    }

    /// Whether the next byte is the first of a frame.
    pub(super) fn between_frames(&self) -> bool {
        self.known == 0 && self.rest == 0
    }

    /// Whether the client has begun to close the connection.
    pub(super) fn closes(&self) -> bool {
        self.closes
    }

    /// Counts the frames that begin in `bytes`.
    ///
    /// # Errors
    ///
    /// There are too many.
    pub(super) fn count(&mut self, mut bytes: &[u8], now: Instant) -> Result<(), TooManyFrames> {
        while let Some((first, others)) = bytes.split_first() {
            if self.rest > 0 {
                let passed = bytes.len().min(usize::try_from(self.rest).unwrap_or(usize::MAX));
                self.rest -= passed as u64;
                bytes = bytes.get(passed..).unwrap_or_default();
                continue;
            }
            if self.known == 0 {
                self.bucket.take(now).map_err(|_| TooManyFrames)?;
            }
            if let Some(place) = self.head.get_mut(self.known) {
                *place = *first;
            }
            self.known += 1;
            bytes = others;
            if let Some(length) = self.length() {
                self.rest = length;
                self.known = 0;
                self.closes |= self.head.first().is_some_and(|first| first & 0x0f == CLOSE);
            }
        }
        Ok(())
    }

    /// The length of the payload, once the head is whole.
    fn length(&self) -> Option<u64> {
        let (_, lengths) = self.head.get(..self.known)?.split_first()?;
        let (&second, after) = lengths.split_first()?;
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        let (length, long) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(*after.first_chunk()?)), 2),
            127 => (u64::from_be_bytes(*after.first_chunk()?), 8),
            short => (u64::from(short), 0),
        };
        (after.len() == long + mask).then_some(length)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const FEW: Pace = Pace {
        burst: 3,
        per_second: 1,
    };

    /// A masked frame with so long a payload.
    fn frame(length: usize) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match u16::try_from(length) {
            Ok(short @ 0..126) => bytes.push(0x80 | short.to_be_bytes()[1]),
            Ok(short) => {
                bytes.push(0xfe);
                bytes.extend(short.to_be_bytes());
            }
            Err(_) => {
                bytes.push(0xff);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend([9; 4]);
        bytes.extend(vec![0x81; length]);
        bytes
    }

    #[test]
    fn frames_beyond_the_burst_are_too_many_until_time_has_passed() {
        let start = Instant::now();
        let mut incoming = Incoming::new(FEW, start);
        assert_eq!(incoming.count(&frame(1).repeat(3), start), Ok(()));
        assert_eq!(incoming.count(&frame(1), start), Err(TooManyFrames));
        assert_eq!(incoming.count(&[], start), Ok(()));
        let mut incoming = Incoming::new(FEW, start);
        assert_eq!(incoming.count(&frame(1).repeat(3), start), Ok(()));
        assert_eq!(incoming.count(&frame(1), start + Duration::from_secs(1)), Ok(()));
    }

    proptest! {
        #[test]
        fn frames_are_found_however_they_are_cut_into_reads(
            lengths in prop::collection::vec(prop_oneof![0..3_usize, 124..130_usize, 65_530..65_540_usize], 0..6),
            cuts in prop::collection::vec(1..2_000_usize, 1..50),
        ) {
            let start = Instant::now();
            let count = u16::try_from(lengths.len()).unwrap();
            let mut incoming = Incoming::new(Pace { burst: count.max(1), per_second: 1 }, start);
            let bytes: Vec<u8> = lengths.iter().flat_map(|length| frame(*length)).collect();
            let mut rest = &bytes[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                prop_assert_eq!(incoming.count(now, start), Ok(()));
                rest = later;
            }
            prop_assert!(incoming.between_frames());
            prop_assert_eq!(incoming.count(&frame(0), start).is_ok(), lengths.is_empty());
        }
    }
}
