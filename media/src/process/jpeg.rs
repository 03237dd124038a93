//! Whether a JPEG is all there: the decoder fills up with grey what is missing, and says nothing.

/// Start of scan: what follows is the picture.
const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// Whether an end follows the beginning of the picture itself. Ends in the segments before it don't count: they
/// belong to embedded thumbnails.
pub(super) fn is_complete(file: &[u8]) -> bool {
    scan(file).is_some_and(|scan| scan.windows(2).any(|bytes| bytes == END_OF_IMAGE))
}

/// The file from its first scan on.
fn scan(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file.get(2..)?;
    loop {
        // Any number of fill bytes may stand before a marker.
        let marker = rest.iter().position(|byte| *byte != 0xff)?;
        if marker == 0 {
            return None;
        }
        let (code, segment) = rest[marker..].split_first()?;
        if *code == START_OF_SCAN {
            return Some(segment);
        }
        let length = usize::from(u16::from_be_bytes([*segment.first()?, *segment.get(1)?]));
        rest = segment.get(length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &[u8] = b"\xff\xd8";
    const THUMBNAIL: &[u8] = b"\xff\xe1\x00\x06..\xff\xd9";

    #[test]
    fn an_end_inside_a_segment_is_not_the_end() {
        let scan = b"\xff\xff\xda\x00\x02\x12\x34";
        let file = [START, THUMBNAIL, scan].concat();
        assert!(!is_complete(&file));
        assert!(is_complete(&[&file[..], b"\xff\xd9"].concat()));
        assert!(is_complete(
            &[&file[..], b"\xff\xd9 and something after it"].concat()
        ));
    }

    #[test]
    fn any_prefix_is_looked_at_without_harm() {
        let file = [START, THUMBNAIL, b"\xff\xda\x00\x02\x12\xff\xd9"].concat();
        for end in 0..file.len() {
            assert!(!is_complete(&file[..end]));
        }
        assert!(!is_complete(b"\xff\xd8\xff\xe1\xff\xff"));
        assert!(!is_complete(b"\xff\xd8\x12\x34"));
    }
}
