//! JPEG: segments, and scans of packed pixels between and behind them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Container, MAX_PROFILE};

const START_OF_IMAGE: &[u8] = b"\xff\xd8";
const END_OF_IMAGE: &[u8] = b"\xff\xd9";
const PROFILE: &[u8] = b"ICC_PROFILE\0";
const EXIF: &[u8] = b"Exif\0\0";
/// The most scans of a picture. Programs write about ten; each takes a walk over all pixels, however small it is.
const MAX_SCANS: usize = 100;

pub(super) fn open(upload: &[u8]) -> Option<Container<'_>> {
    let mut rest = upload.strip_prefix(START_OF_IMAGE)?;
    let mut picture = Picture {
        file: START_OF_IMAGE.to_vec(),
        ..Picture::default()
    };
    let mut container = Container {
        is_whole: false,
        is_lossy: true,
        ..Container::default()
    };
    loop {
        let (marker, behind) = next_marker(rest)?;
        if picture.scans > 0 {
            // What the scan before holds.
            picture
                .file
                .extend_from_slice(&rest[..rest.len() - behind.len() - 2]);
        }
        rest = behind;
        match marker {
            0xd9 => {
                container.is_whole = true;
                break;
            }
            // Markers that stand alone; restarts inside a scan are part of it.
            0x01 | 0xd8 => continue,
            _ => {}
        }
        container.is_whole |= picture.has_all_pixels();
        let Some(segment) = segment(rest) else {
            break;
        };
        rest = &rest[segment.len()..];
        picture.take(marker, segment, &mut container);
        if picture.scans > MAX_SCANS {
            return None;
        }
        if marker == 0xda && next_marker(rest).is_none() {
            // The last scan breaks off. An escape without its second byte tells nothing.
            picture
                .file
                .extend_from_slice(rest.strip_suffix(b"\xff").unwrap_or(rest));
            break;
        }
    }
    if picture.scans == 0 {
        return None;
    }
    if container.is_whole {
        picture.file.extend_from_slice(END_OF_IMAGE);
    }
    container.profile = picture.profile.joined();
    container.file = Cow::Owned(picture.file);
    Some(container)
}

/// The next marker, and what stands behind it. Before it may stand anything, as decoders let it, and the bytes of a
/// scan, in which an escaped 0xff and restarts are no markers.
fn next_marker(rest: &[u8]) -> Option<(u8, &[u8])> {
    let mut at = 0;
    loop {
        at += rest.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match rest.get(at + 1)? {
            // A fill byte.
            0xff => at += 1,
            0 | 0xd0..=0xd7 => at += 2,
            marker => return Some((*marker, &rest[at + 2..])),
        }
    }
}

/// A segment, with its length at its beginning.
fn segment(rest: &[u8]) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
    rest.get(..length).filter(|segment| segment.len() >= 2)
}

/// What makes the picture.
#[derive(Default)]
struct Picture {
    file: Vec<u8>,
    scans: usize,
    profile: Profile,
    components: usize,
    /// Components of a progressive picture whose coarse values have come.
    coarse: BTreeSet<u8>,
}

impl Picture {
    fn take(&mut self, marker: u8, segment: &[u8], container: &mut Container<'_>) {
        let body = &segment[2..];
        match marker {
            0xe1 if body.starts_with(EXIF) => return container.read_exif(&body[EXIF.len()..]),
            0xe2 if body.starts_with(PROFILE) => return self.profile.take(&body[PROFILE.len()..]),
            // JFIF and Adobe tell in which colours the pixels are.
            0xe0 | 0xee => {}
            0xe1..=0xef | 0xfe => return,
            0xc2 => self.components = body.get(5).copied().unwrap_or(0).into(),
            0xda => {
                self.scans += 1;
                self.coarse.extend(first_of_coarse(body));
            }
            _ => {}
        }
        self.file.extend_from_slice(&[0xff, marker]);
        self.file.extend_from_slice(segment);
    }

    /// Scans have ended that give a coarse value to every pixel; those that follow make it finer.
    fn has_all_pixels(&self) -> bool {
        self.components > 0 && self.coarse.len() >= self.components
    }
}

/// The components to which a scan gives their first coarse values.
fn first_of_coarse(scan: &[u8]) -> Vec<u8> {
    let Some((count, rest)) = scan.split_first() else {
        return Vec::new();
    };
    let count = usize::from(*count);
    let is_coarse =
        rest.get(count * 2) == Some(&0) && rest.get(count * 2 + 2).is_some_and(|bits| bits >> 4 == 0);
    let components = rest.get(..count * 2).filter(|_| is_coarse).unwrap_or_default();
    components.chunks(2).map(|component| component[0]).collect()
}

/// A colour profile in pieces, each with its number and how many they are.
#[derive(Default)]
struct Profile {
    pieces: BTreeMap<u8, Vec<u8>>,
    bytes: usize,
    count: u8,
}

impl Profile {
    fn take(&mut self, piece: &[u8]) {
        let [number, count, bytes @ ..] = piece else {
            return;
        };
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes <= MAX_PROFILE {
            self.count = *count;
            self.pieces.entry(*number).or_insert_with(|| bytes.to_vec());
        }
    }

    fn joined(self) -> Option<Vec<u8>> {
        let is_there =
            self.bytes <= MAX_PROFILE && self.count > 0 && self.pieces.len() == usize::from(self.count);
        is_there.then(|| self.pieces.into_values().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &[u8] = b"\xff\xdb\x00\x04..";
    const THUMBNAIL: &[u8] = b"\xff\xe1\x00\x06..\xff\xd9";
    const SCAN: &[u8] = b"\xff\xda\x00\x02\x12\xff\x00\xff\xd3\x34";

    fn file(parts: &[&[u8]]) -> Vec<u8> {
        [START_OF_IMAGE, &parts.concat()[..]].concat()
    }

    #[test]
    fn the_picture_alone_is_left() {
        let comment = b"\xff\xfe\x00\x04..";
        let odd = b"..\xff";
        let upload = file(&[
            THUMBNAIL,
            odd,
            TABLES,
            comment,
            SCAN,
            THUMBNAIL,
            SCAN,
            END_OF_IMAGE,
            b"more",
        ]);
        let container = open(&upload).unwrap();
        assert!(container.is_whole);
        assert_eq!(*container.file, file(&[TABLES, SCAN, SCAN, END_OF_IMAGE]));
    }

    #[test]
    fn an_end_inside_a_segment_is_not_the_end() {
        let upload = file(&[THUMBNAIL, SCAN]);
        let container = open(&upload).unwrap();
        assert!(!container.is_whole);
        assert_eq!(*container.file, file(&[SCAN]));
    }

    #[test]
    fn a_progressive_picture_has_all_pixels_once_its_coarse_scans_have_ended() {
        let frame = b"\xff\xc2\x00\x0c\x08\0\x01\0\x01\x02\x01..\x02";
        let coarse =
            |component: u8| [&b"\xff\xda\x00\x08\x01"[..], &[component], &b"\0\0\0\0\x12"[..]].concat();
        let fine = b"\xff\xda\x00\x08\x01\x01\0\x01\x05\0\x12";
        let is_whole = |parts: &[&[u8]]| open(&file(parts)).unwrap().is_whole;
        assert!(!is_whole(&[frame, &coarse(1), &coarse(2)]));
        assert!(!is_whole(&[frame, &coarse(1), fine]));
        assert!(is_whole(&[frame, &coarse(1), &coarse(2), fine]));
    }

    #[test]
    fn a_profile_is_joined_from_its_pieces() {
        let piece = |number: u8, count: u8, bytes: &[u8]| {
            let length = u16::try_from(bytes.len() + 16).unwrap().to_be_bytes();
            [b"\xff\xe2", &length[..], PROFILE, &[number, count], bytes].concat()
        };
        let profile = |pieces: &[Vec<u8>]| open(&file(&[&pieces.concat(), SCAN])).unwrap().profile;
        assert_eq!(
            profile(&[piece(2, 2, b"cd"), piece(1, 2, b"ab")]).unwrap(),
            b"abcd"
        );
        assert_eq!(profile(&[piece(1, 2, b"ab")]), None);
        let large: Vec<_> = (1..=70).map(|n| piece(n, 70, &vec![0; 65_000])).collect();
        assert_eq!(profile(&large), None, "more than a profile has");
    }

    #[test]
    fn a_picture_of_endless_scans_is_refused() {
        let upload = |scans: usize| file(&[&SCAN.repeat(scans), END_OF_IMAGE]);
        assert!(open(&upload(MAX_SCANS)).is_some());
        assert!(open(&upload(MAX_SCANS + 1)).is_none());
    }

    #[test]
    fn any_prefix_is_looked_at_without_harm() {
        let whole = file(&[THUMBNAIL, TABLES, SCAN, END_OF_IMAGE]);
        for end in 0..whole.len() {
            assert!(open(&whole[..end]).is_none_or(|container| !container.is_whole));
        }
        assert!(open(b"\xff\xd8\xff\xe1\xff\xff").is_none());
        assert!(open(b"\xff\xd8\x12\x34").is_none());
    }
}
