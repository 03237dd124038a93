//! What kind of WebP a file is.

/// Whether the picture in a WebP file was compressed with loss: its chunk `VP8 ` stands alone, or among the chunks of
/// an extended file. Of a file that can't be understood the answer means nothing.
pub(super) fn is_lossy(file: &[u8]) -> bool {
    let mut rest = file.get(12..).unwrap_or_default();
    while let Some((header, body)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, length @ ..] = *header;
        match &[a, b, c, d] {
            b"VP8 " => return true,
            b"VP8L" => return false,
            // A frame of an animation holds the chunk of its picture.
            b"ANMF" => rest = body.get(16..).unwrap_or_default(),
            _ => {
                let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
                // Chunks begin at even places.
                rest = body.get(length.saturating_add(length % 2)..).unwrap_or_default();
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(chunks: &[&[u8]]) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP", &chunks.concat()[..]].concat()
    }

    #[test]
    fn the_first_picture_of_a_file_tells() {
        let extended = b"VP8X\x0a\0\0\0..........";
        let odd = b"ICCP\x03\0\0\0...\0";
        assert!(is_lossy(&file(&[b"VP8 \x04\0\0\0...."])));
        assert!(!is_lossy(&file(&[b"VP8L\x04\0\0\0...."])));
        assert!(is_lossy(&file(&[extended, odd, b"VP8 \x04\0\0\0...."])));
        assert!(!is_lossy(&file(&[extended, odd, b"VP8L\x04\0\0\0...."])));
        let frame = [&b"ANMF\x20\0\0\0................"[..], b"VP8 \x04\0\0\0...."].concat();
        assert!(is_lossy(&file(&[extended, &frame])));
    }

    #[test]
    fn nonsense_is_looked_at_without_harm() {
        for text in [
            &b""[..],
            b"RIFF",
            b"RIFF\0\0\0\0WEBPXXXX\xff\xff\xff\xff",
            b"RIFF\0\0\0\0WEBPANMF\0\0\0\0.",
        ] {
            assert!(!is_lossy(text));
        }
    }
}
