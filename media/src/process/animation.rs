//! GIF, which may move: written anew frame by frame, with the same colours and timing and without anything else.

use std::io::Cursor;
use std::num::NonZeroU64;

use events::media::Format;
use gif::{ColorOutput, DecodeOptions, Decoder, Encoder, MemoryLimit};

use super::{MAX_ANIMATED_PIXELS, MAX_PIXELS, MAX_SIDE, Processed, Refusal, check_pixels, scale, still};

/// Makes of an uploaded GIF what is stored.
pub(super) fn process(upload: &[u8]) -> Result<Processed, Refusal> {
    let mut decoder = open(upload)?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    check_pixels(width, height)?;
    let is_large = width.max(height) > MAX_SIDE;
    let (written, frames) = rewrite(&mut decoder)?;
    if frames > 1 && is_large {
        return Err(Refusal::AnimationTooLarge);
    }
    // Its first frame, as it is shown: a frame need not cover the whole picture.
    let (first, _) = still::decode(Format::Gif, upload)?;
    if !is_large {
        return still::finish(Format::Gif, written, first);
    }
    let image = scale::fit(first, MAX_SIDE);
    let original = still::encode(&image, Format::Png)?;
    still::finish(Format::Png, original, image)
}

fn open(upload: &[u8]) -> Result<Decoder<Cursor<&[u8]>>, Refusal> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_frame_consistency(true);
    options.set_memory_limit(MemoryLimit::Bytes(
        NonZeroU64::new(MAX_PIXELS).unwrap_or(NonZeroU64::MIN),
    ));
    options
        .read_info(Cursor::new(upload))
        .map_err(|error| unreadable(&error))
}

/// The frames in a new file, and how many they are. Comments and whatever programs put in are left out.
fn rewrite(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<(Vec<u8>, usize), Refusal> {
    let palette = decoder.global_palette().unwrap_or_default().to_vec();
    let (width, height) = (decoder.width(), decoder.height());
    let mut encoder =
        Encoder::new(Vec::new(), width, height, &palette).map_err(|error| unreadable(&error))?;
    let (mut frames, mut pixels) = (0, 0);
    // Looked at before its pixels are decoded.
    while let Some(frame) = decoder.next_frame_info().map_err(|error| unreadable(&error))? {
        pixels += u64::from(frame.width) * u64::from(frame.height);
        if pixels > MAX_ANIMATED_PIXELS {
            return Err(Refusal::AnimationTooLarge);
        }
        let mut frame = frame.clone();
        let mut buffer = vec![0; decoder.buffer_size()];
        decoder
            .read_into_buffer(&mut buffer)
            .map_err(|error| unreadable(&error))?;
        frame.buffer = buffer.into();
        // The decoder has put the lines in order.
        frame.interlaced = false;
        if frames == 0 {
            // Where the file says it, it is known by now.
            encoder
                .set_repeat(decoder.repeat())
                .map_err(|error| unreadable(&error))?;
        }
        encoder.write_frame(&frame).map_err(|error| unreadable(&error))?;
        frames += 1;
    }
    if frames == 0 {
        return Err(Refusal::Unreadable);
    }
    let written = encoder.into_inner().map_err(|error| unreadable(&error))?;
    Ok((written, frames))
}

fn unreadable(error: &impl std::fmt::Display) -> Refusal {
    tracing::debug!(%error, "a GIF is refused");
    Refusal::Unreadable
}
