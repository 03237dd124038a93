//! WebP: chunks in a RIFF file; one of them, or one and its transparency, make the picture.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::{Container, MAX_PROFILE, Size, vp8l};

const START: usize = 12;
/// What stands before the chunks of a frame: its place, size, duration and flags.
const FRAME_HEADER: usize = 16;
const HAS_ALPHA: u8 = 0b1_0000;
const IS_ANIMATED: u8 = 0b10;
/// The sign at the beginning of a lossy picture.
const KEY_FRAME: [u8; 3] = [0x9d, 0x01, 0x2a];

pub(super) fn open(upload: &[u8]) -> Option<Container<'_>> {
    let mut found = Found::default();
    let mut container = Container::default();
    let _: ControlFlow<()> = each_chunk(upload.get(START..)?, |kind, data| {
        match kind {
            b"VP8X" if found.canvas.is_none() => found.canvas = canvas(data),
            b"ICCP" if data.len() <= MAX_PROFILE => container.profile = Some(data.to_vec()),
            // Some programs write what only JPEG wants before it.
            b"EXIF" => container.read_exif(data.strip_prefix(b"Exif\0\0").unwrap_or(data)),
            b"ALPH" if found.alpha.is_none() => found.alpha = Some(data),
            b"VP8 " | b"VP8L" if found.picture.is_none() => found.picture = Some((*kind, data)),
            b"ANMF" if found.frame.is_none() => found.frame = Some(data),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    container.moves = found.frame.is_some();
    let file = match found.frame {
        Some(frame) => first_frame(&mut container, &found, frame)?,
        None => still(&mut container, &found)?,
    };
    container.file = Cow::Owned(file);
    Some(container)
}

/// An animation of nothing but its first frame.
fn first_frame(container: &mut Container<'_>, found: &Found<'_>, frame: &[u8]) -> Option<Vec<u8>> {
    let (alpha, picture) = inside(frame);
    let picture = picture?;
    container.is_lossy = is_lossy(picture.0);
    let size = (three_bytes(frame, 6)? + 1, three_bytes(frame, 9)? + 1);
    check(size, alpha, picture)?;
    Some(riff(&[
        chunk(*b"VP8X", &extended(HAS_ALPHA | IS_ANIMATED, found.canvas?)),
        chunk(*b"ANIM", &[0; 6]),
        chunk(*b"ANMF", frame),
    ]))
}

fn still(container: &mut Container<'_>, found: &Found<'_>) -> Option<Vec<u8>> {
    let picture = found.picture?;
    container.is_lossy = is_lossy(picture.0);
    let size = size(picture)?;
    let alpha = found
        .alpha
        .filter(|_| container.is_lossy && found.canvas.is_some());
    check(found.canvas.unwrap_or(size), alpha, picture)?;
    let packed = chunk(picture.0, picture.1);
    Some(match alpha {
        Some(alpha) => riff(&[
            chunk(*b"VP8X", &extended(HAS_ALPHA, size)),
            chunk(*b"ALPH", alpha),
            packed,
        ]),
        None => riff(&[packed]),
    })
}

#[derive(Default)]
struct Found<'a> {
    canvas: Option<Size>,
    alpha: Option<&'a [u8]>,
    picture: Option<Picture<'a>>,
    frame: Option<&'a [u8]>,
}

/// How a picture is packed, and its bytes.
type Picture<'a> = ([u8; 4], &'a [u8]);

fn is_lossy(kind: [u8; 4]) -> bool {
    kind == *b"VP8 "
}

/// Calls `take` with each chunk, the last one as far as it is there.
fn each_chunk<'a>(
    mut rest: &'a [u8],
    mut take: impl FnMut(&[u8; 4], &'a [u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    while let Some((kind, body)) = rest.split_first_chunk::<4>() {
        let Some((length, body)) = body.split_first_chunk::<4>() else {
            break;
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        take(kind, &body[..body.len().min(length)])?;
        // Chunks begin at even places.
        rest = body.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    ControlFlow::Continue(())
}

/// The transparency and the picture of a frame.
fn inside(frame: &[u8]) -> (Option<&[u8]>, Option<Picture<'_>>) {
    let (mut alpha, mut picture) = (None, None);
    let _: ControlFlow<()> = each_chunk(frame.get(FRAME_HEADER..).unwrap_or_default(), |kind, data| {
        match kind {
            b"ALPH" => alpha = Some(data),
            b"VP8 " | b"VP8L" => {
                picture = Some((*kind, data));
                return ControlFlow::Break(());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    (alpha, picture)
}

/// That a picture has the size that its surroundings say, and doesn't unpack to more tables than pictures need. A
/// decoder allocates by both before it compares or counts.
fn check((width, height): Size, alpha: Option<&[u8]>, picture: Picture<'_>) -> Option<()> {
    if size(picture)? != (width, height) {
        return None;
    }
    if !is_lossy(picture.0) {
        vp8l::check(picture.1)?;
    }
    match alpha {
        // Its first byte says how it is packed; 1 is without loss.
        Some([how, packed @ ..]) if how & 0b11 == 1 => vp8l::check_without_header(packed, (width, height)),
        _ => Some(()),
    }
}

/// The size that a picture's own bytes tell.
fn size((kind, data): Picture<'_>) -> Option<Size> {
    if is_lossy(kind) {
        let sides = data.get(3..)?.strip_prefix(&KEY_FRAME)?;
        let [a, b, c, d] = *sides.first_chunk()?;
        let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
        return Some((side([a, b]), side([c, d])));
    }
    vp8l::size(data)
}

fn canvas(header: &[u8]) -> Option<Size> {
    Some((three_bytes(header, 4)? + 1, three_bytes(header, 7)? + 1))
}

fn three_bytes(bytes: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = *bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}

fn extended(flags: u8, (width, height): Size) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes();
    [&[flags, 0, 0, 0], &side(width)[..3], &side(height)[..3]].concat()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    // An upload has at most 10 MiB.
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let odd = &[0][..data.len() % 2];
    [&kind, &length[..], data, odd].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(*b"RIFF", &[b"WEBP", &chunks.concat()[..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lossy picture of this size, so far as its header goes.
    fn lossy(width: u16, height: u16) -> Vec<u8> {
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        chunk(*b"VP8 ", &[&[0; 3], &KEY_FRAME[..], &sides, b"...."].concat())
    }

    fn frame(size: Size, picture: &[u8]) -> Vec<u8> {
        let three = |side: u32| (side - 1).to_le_bytes();
        chunk(
            *b"ANMF",
            &[
                &[0; 6],
                &three(size.0)[..3],
                &three(size.1)[..3],
                &[0; 4],
                picture,
            ]
            .concat(),
        )
    }

    #[test]
    fn the_picture_alone_is_left() {
        let upload = riff(&[
            chunk(*b"VP8X", &extended(0b11_1100, (8, 6))),
            chunk(*b"ICCP", b"abc"),
            lossy(8, 6),
            chunk(*b"XMP ", b"secret"),
        ]);
        let container = open(&upload).unwrap();
        assert_eq!(*container.file, riff(&[lossy(8, 6)]));
        assert_eq!(container.profile.as_deref(), Some(&b"abc"[..]));
        assert!(container.is_lossy && !container.moves);
    }

    #[test]
    fn of_an_animation_the_first_frame_is_left() {
        let (head, first) = (
            chunk(*b"VP8X", &extended(0b10, (9, 9))),
            frame((8, 6), &lossy(8, 6)),
        );
        let upload = riff(&[head, chunk(*b"ANIM", &[7; 6]), first.clone(), first.clone()]);
        let container = open(&upload).unwrap();
        assert!(container.is_lossy && container.moves);
        let head = chunk(*b"VP8X", &extended(0b1_0010, (9, 9)));
        assert_eq!(*container.file, riff(&[head, chunk(*b"ANIM", &[0; 6]), first]));
    }

    #[test]
    fn a_picture_larger_than_its_surroundings_say_is_refused() {
        let head = |flags| chunk(*b"VP8X", &extended(flags, (8, 6)));
        assert!(open(&riff(&[head(0), lossy(16_383, 16_383)])).is_none());
        let first = frame((8, 6), &lossy(16_383, 16_383));
        assert!(open(&riff(&[head(0b10), chunk(*b"ANIM", &[0; 6]), first])).is_none());
    }

    #[test]
    fn nonsense_is_looked_at_without_harm() {
        for text in [
            &b""[..],
            b"RIFF",
            b"RIFF\0\0\0\0WEBPXXXX\xff\xff\xff\xff",
            b"RIFF\0\0\0\0WEBPANMF\0\0\0\0.",
            b"RIFF\0\0\0\0WEBPANMF\xff\0\0\0.................................",
        ] {
            assert!(open(text).is_none());
        }
    }
}
