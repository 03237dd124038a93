//! PNG: chunks, of which five make the picture.

use std::borrow::Cow;

use super::{Container, MAX_PROFILE};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";
/// Length and type before a chunk's data, and the checksum behind it.
const AROUND: usize = 12;

pub(super) fn open(upload: &[u8]) -> Option<Container<'_>> {
    let mut rest = upload.strip_prefix(SIGNATURE)?;
    let mut file = SIGNATURE.to_vec();
    let mut container = Container::default();
    while let Some((kind, data, chunk)) = split(rest) {
        rest = &rest[chunk.len()..];
        match kind {
            b"IHDR" | b"PLTE" | b"tRNS" => file.extend_from_slice(chunk),
            b"IDAT" if chunk.len() == data.len() + AROUND => file.extend_from_slice(chunk),
            b"IDAT" => broken_off(&mut file, data),
            b"iCCP" if container.profile.is_none() => container.profile = unpacked(data),
            b"eXIf" => container.read_exif(data),
            b"acTL" => container.moves = true,
            b"IEND" => break,
            // Texts, times, previews, further frames.
            _ => {}
        }
    }
    file.extend_from_slice(END);
    container.file = Cow::Owned(file);
    Some(container)
}

/// The next chunk: its type, its data and all of it, as far as they are there.
fn split(rest: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, body) = rest.split_first_chunk::<4>()?;
    let (kind, data) = body.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let chunk = &rest[..rest.len().min(length.saturating_add(AROUND))];
    Some((kind, &data[..data.len().min(length)], chunk))
}

/// The last chunk of a file that broke off, with what is there of its data. The decoder finds out whether that is
/// enough.
fn broken_off(file: &mut Vec<u8>, data: &[u8]) {
    let Ok(length) = u32::try_from(data.len()) else {
        return;
    };
    file.extend_from_slice(&length.to_be_bytes());
    let start = file.len();
    file.extend_from_slice(b"IDAT");
    file.extend_from_slice(data);
    let checksum = crc32fast::hash(&file[start..]);
    file.extend_from_slice(&checksum.to_be_bytes());
}

/// A colour profile: a name, how it is packed (0 is the only way), and the packed bytes.
fn unpacked(data: &[u8]) -> Option<Vec<u8>> {
    let name = data.iter().take(80).position(|byte| *byte == 0)?;
    let packed = data[name..].strip_prefix(&[0, 0])?;
    fdeflate::decompress_to_vec_bounded(packed, MAX_PROFILE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let checksum = crc32fast::hash(&[&kind, data].concat()).to_be_bytes();
        [&length[..], &kind, data, &checksum].concat()
    }

    #[test]
    fn the_picture_alone_is_left() {
        let (header, data) = (chunk(*b"IHDR", b"size"), chunk(*b"IDAT", b"pixels"));
        let texts = [
            chunk(*b"tEXt", b"a\0b"),
            chunk(*b"zTXt", b"a\0\0x"),
            chunk(*b"fdAT", b"more"),
        ]
        .concat();
        let end = chunk(*b"IEND", b"");
        let upload = [SIGNATURE, &header, &texts, &data, &texts, &end, b"and more"].concat();
        let container = open(&upload).unwrap();
        assert_eq!(*container.file, [SIGNATURE, &header, &data, &end].concat());
        assert!(!container.moves);
    }

    #[test]
    fn a_chunk_that_breaks_off_is_closed_where_it_does() {
        let whole = [SIGNATURE, &chunk(*b"IDAT", b"pixels")].concat();
        for missing in [1, 4, 6] {
            let container = open(&whole[..whole.len() - missing]).unwrap();
            let data = &b"pixels"[..6.min(10 - missing)];
            assert_eq!(*container.file, [SIGNATURE, &chunk(*b"IDAT", data), END].concat());
        }
    }

    #[test]
    fn a_profile_that_unpacks_to_too_much_is_ignored() {
        let profile = |bytes: usize| {
            let packed = fdeflate::compress_to_vec(&vec![0; bytes]);
            let upload = [SIGNATURE, &chunk(*b"iCCP", &[b"name\0\0", &packed[..]].concat())].concat();
            open(&upload).unwrap().profile.map(|profile| profile.len())
        };
        assert_eq!(profile(MAX_PROFILE - 1), Some(MAX_PROFILE - 1));
        assert_eq!(profile(MAX_PROFILE + 1), None);
    }
}
