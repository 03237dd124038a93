//! What kind of picture some bytes are: told by the bytes, never by a name.

use events::media::Format;
use infer::image::{is_gif, is_jpeg, is_png, is_webp};

/// How many bytes [`format_of`] has to see.
pub(crate) const SNIFFED: usize = 12;

/// The format of a picture that begins with these bytes; none if it is none that we take.
pub fn format_of(start: &[u8]) -> Option<Format> {
    if is_jpeg(start) {
        Some(Format::Jpeg)
    } else if is_png(start) {
        Some(Format::Png)
    } else if is_webp(start) && start.starts_with(b"RIFF") {
        Some(Format::Webp)
    } else if is_gif(start) {
        Some(Format::Gif)
    } else {
        None
    }
}

/// The media type of a format.
pub const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "image/jpeg",
        Format::Png => "image/png",
        Format::Webp => "image/webp",
        Format::Gif => "image/gif",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_the_first_bytes_alone() {
        assert_eq!(format_of(b"\xff\xd8\xff\xe0...."), Some(Format::Jpeg));
        assert_eq!(format_of(b"\x89PNG\r\n\x1a\n"), Some(Format::Png));
        assert_eq!(format_of(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(format_of(b"GIF89a"), Some(Format::Gif));
        for other in [
            &b""[..],
            b"%PDF-1.7",
            b"<svg xmlns=",
            b"XXXX\0\0\0\0WEBP",
            b"\0\0\0\x1cftypavif",
        ] {
            assert_eq!(format_of(other), None);
        }
    }
}
