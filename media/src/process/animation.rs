//! GIF, which may move: written anew frame by frame, with the same colours and timing and without anything else.
//!
//! Many programs have written GIF for long, and browsers show what any of them wrote. So do we: a file that breaks off
//! ends with its last whole frame, and a frame that doesn't fit is cut to the picture.

use std::borrow::Cow;
use std::io::Cursor;
use std::num::NonZeroU64;

use events::media::Format;
use gif::{ColorOutput, DecodeOptions, Decoder, Encoder, Frame, MemoryLimit};

use super::container;
use super::{
    MAX_ANIMATED_PIXELS, MAX_BYTES, MAX_FRAMES, MAX_PIXELS, MAX_SIDE, Processed, Refusal, check_pixels,
    scale, still,
};

/// The most bytes of what is written: another encoder may pack a little worse.
const MAX_WRITTEN: usize = 2 * MAX_BYTES;
/// Where interlacing begins with each pass over the lines, and how many lines further the next one is.
const PASSES: [(u16, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

/// Makes of an uploaded GIF what is stored.
pub(super) fn process(upload: &[u8]) -> Result<Processed, Refusal> {
    let mut decoder = open(upload, false)?;
    let written = rewrite(&mut decoder)?;
    let is_large = u32::from(written.width.max(written.height)) > MAX_SIDE;
    if written.frames > 1 && is_large {
        return Err(Refusal::AnimationTooLarge);
    }
    // Its first frame, as it is shown: a frame need not cover the whole picture.
    let file = container::open(Format::Gif, &written.file).ok_or(Refusal::Unreadable)?;
    let first = still::pixels(Format::Gif, &file)?;
    if !is_large {
        return still::finish(Format::Gif, written.file, first);
    }
    let image = scale::fit(first, MAX_SIDE);
    let original = still::encode(&image, Format::Png)?;
    still::finish(Format::Png, original, image)
}

/// The pixels of all frames.
pub(super) fn work(upload: &[u8]) -> u64 {
    let Ok(mut decoder) = open(upload, true) else {
        return 0;
    };
    let (mut pixels, mut frames) = (0, 0);
    while let Ok(Some(frame)) = decoder.next_frame_info() {
        pixels += u64::from(frame.width) * u64::from(frame.height);
        frames += 1;
        // It will be refused when so much was decoded.
        if pixels > MAX_ANIMATED_PIXELS || frames > MAX_FRAMES {
            break;
        }
    }
    pixels.min(MAX_ANIMATED_PIXELS)
}

fn open(upload: &[u8], skip_pixels: bool) -> Result<Decoder<Cursor<&[u8]>>, Refusal> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.skip_frame_decoding(skip_pixels);
    options.allow_unknown_blocks(true);
    options.set_memory_limit(MemoryLimit::Bytes(
        NonZeroU64::new(MAX_PIXELS).unwrap_or(NonZeroU64::MIN),
    ));
    options
        .read_info(Cursor::new(upload))
        .map_err(|error| unreadable(&error))
}

/// A file that was written anew.
struct Written {
    file: Vec<u8>,
    width: u16,
    height: u16,
    frames: usize,
}

/// The frames in a new file. Comments and whatever programs put in are left out.
fn rewrite(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<Written, Refusal> {
    if u64::from(decoder.width()) * u64::from(decoder.height()) > MAX_PIXELS {
        return Err(Refusal::TooManyPixels);
    }
    let palette = decoder.global_palette().unwrap_or_default().to_vec();
    let first = decoder.next_frame_info().map_err(|error| unreadable(&error))?;
    let first = first.ok_or(Refusal::Unreadable)?.clone();
    // A first frame that doesn't fit makes the picture larger, as browsers do it.
    let width = decoder.width().max(first.left.saturating_add(first.width));
    let height = decoder.height().max(first.top.saturating_add(first.height));
    check_pixels(width.into(), height.into())?;
    let (mut file, mut frames, mut pixels) = (Vec::new(), 0, 0);
    let mut encoder = Encoder::new(&mut file, width, height, &palette).map_err(|error| unreadable(&error))?;
    let mut next = Some(first);
    while let Some(mut frame) = next {
        if frame.width == 0 || frame.height == 0 {
            (frame.width, frame.height) = (width, height);
        }
        let size = u64::from(frame.width) * u64::from(frame.height);
        pixels += size;
        if size > MAX_PIXELS {
            return Err(Refusal::TooManyPixels);
        }
        if pixels > MAX_ANIMATED_PIXELS || frames >= MAX_FRAMES || encoder.get_ref().len() > MAX_WRITTEN {
            return Err(Refusal::AnimationTooLarge);
        }
        let lines = read_lines(decoder, &mut frame);
        if frames == 0 {
            if lines < frame.height {
                return Err(Refusal::Unreadable);
            }
            // Where the file says it, it is known by now.
            encoder
                .set_repeat(decoder.repeat())
                .map_err(|error| unreadable(&error))?;
        }
        if lines == frame.height
            && let Some(frame) = cut(frame, width, height)
        {
            encoder.write_frame(&frame).map_err(|error| unreadable(&error))?;
            frames += 1;
        }
        next = match decoder.next_frame_info() {
            Ok(frame) => frame.cloned(),
            // The file breaks off, or goes on with something else.
            Err(error) => {
                tracing::debug!(%error, "a GIF ends early");
                None
            }
        };
    }
    drop(encoder);
    Ok(Written {
        file,
        width,
        height,
        frames,
    })
}

/// Reads the pixels of a frame, its lines in their order, and tells how many lines were there.
fn read_lines(decoder: &mut Decoder<Cursor<&[u8]>>, frame: &mut Frame<'static>) -> u16 {
    let width = usize::from(frame.width);
    let mut buffer = vec![0; width * usize::from(frame.height)];
    let mut lines = 0;
    for line in order(frame) {
        let start = usize::from(line) * width;
        match decoder.fill_buffer(&mut buffer[start..start + width]) {
            Ok(true) => lines += 1,
            Ok(false) => break,
            Err(error) => {
                tracing::debug!(%error, "a frame ends early");
                break;
            }
        }
    }
    frame.buffer = Cow::Owned(buffer);
    frame.interlaced = false;
    lines
}

/// The lines in the order in which they are sent.
fn order(frame: &Frame<'_>) -> Vec<u16> {
    let height = frame.height;
    if !frame.interlaced {
        return (0..height).collect();
    }
    let passes = PASSES.iter();
    passes
        .flat_map(|(from, step)| (*from..height).step_by(*step))
        .collect()
}

/// What of a frame is inside the picture.
fn cut(mut frame: Frame<'static>, width: u16, height: u16) -> Option<Frame<'static>> {
    let across = frame.width.min(width.checked_sub(frame.left)?);
    let down = frame.height.min(height.checked_sub(frame.top)?);
    if across == 0 || down == 0 {
        return None;
    }
    if (across, down) != (frame.width, frame.height) {
        let lines = frame.buffer.chunks(usize::from(frame.width)).take(down.into());
        let buffer = lines.flat_map(|line| &line[..across.into()]).copied().collect();
        frame.buffer = Cow::Owned(buffer);
        (frame.width, frame.height) = (across, down);
    }
    Some(frame)
}

fn unreadable(error: &impl std::fmt::Display) -> Refusal {
    tracing::debug!(%error, "a GIF is refused");
    Refusal::Unreadable
}
