//! How many tables a lossless WebP asks a decoder to build.
//!
//! A picture may be packed by thousands of groups of prefix codes. One of sixty bytes unpacks to tables of twenty
//! kilobytes, and nothing but the format's own 65,536 bounds how many there are. So they are counted before anything is
//! unpacked. The number stands in a small picture of its own before the real one, which is read here as far as that:
//! what it refers back to holds no number that isn't there already, so no pixels need to be kept.

use super::Size;

/// The most groups that are taken: libwebp's encoder writes up to about 2,600.
const MAX_GROUPS: u32 = 4_096;
const SIGNATURE: u8 = 0x2f;
const MAX_LENGTH: usize = 15;
const LENGTH_CODES: usize = 19;
/// The order in which the lengths of the codes of lengths are sent.
const LENGTH_CODE_ORDER: [usize; LENGTH_CODES] =
    [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// Of green and lengths (to which a cache's entries come), red, blue, alpha, distances.
const ALPHABETS: [usize; 5] = [256 + 24, 256, 256, 256, 40];

/// The size that a picture's first bytes tell.
pub(super) fn size(data: &[u8]) -> Option<Size> {
    let [SIGNATURE, a, b, c, d, ..] = *data else {
        return None;
    };
    let bits = u32::from_le_bytes([a, b, c, d]);
    Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
}

/// None if a picture has too many groups, or can't be read.
pub(super) fn check(data: &[u8]) -> Option<()> {
    let size = size(data)?;
    check_without_header(&data[5..], size)
}

/// The same for what packs a transparency, which has no header.
pub(super) fn check_without_header(data: &[u8], size: Size) -> Option<()> {
    (groups(data, size)? <= MAX_GROUPS).then_some(())
}

fn groups(data: &[u8], (mut width, height): Size) -> Option<u32> {
    let mut bits = Bits { data, at: 0 };
    // Each of the four transforms comes once at most.
    for _ in 0..=4 {
        if bits.take(1)? == 0 {
            break;
        }
        match bits.take(2)? {
            0 | 1 => {
                let block = bits.take(3)? + 2;
                skim(&mut bits, blocks(width, block), blocks(height, block))?;
            }
            2 => {}
            _ => {
                let colors = bits.take(8)? + 1;
                skim(&mut bits, colors, 1)?;
                let packed = match colors {
                    0..=2 => 3,
                    3..=4 => 2,
                    5..=16 => 1,
                    _ => 0,
                };
                width = blocks(width, packed);
            }
        }
    }
    cache(&mut bits)?;
    if bits.take(1)? == 0 {
        return Some(1);
    }
    let block = bits.take(3)? + 2;
    let greatest = skim(&mut bits, blocks(width, block), blocks(height, block))?;
    Some(greatest + 1)
}

/// So many blocks of 2^`bits` pixels.
fn blocks(side: u32, bits: u32) -> u32 {
    side.div_ceil(1 << bits)
}

/// The number of entries of the colour cache, if there is one.
fn cache(bits: &mut Bits<'_>) -> Option<usize> {
    if bits.take(1)? == 0 {
        return Some(0);
    }
    let bits = bits.take(4)?;
    (1..=11).contains(&bits).then_some(1 << bits)
}

/// Reads over a picture that has a single group, and tells the greatest number that its reds and greens make.
fn skim(bits: &mut Bits<'_>, width: u32, height: u32) -> Option<u32> {
    let cached = cache(bits)?;
    let mut codes = Vec::with_capacity(ALPHABETS.len());
    for (n, alphabet) in ALPHABETS.into_iter().enumerate() {
        codes.push(Code::read(
            bits,
            if n == 0 { alphabet + cached } else { alphabet },
        )?);
    }
    let [green, red, blue, alpha, distance] = &codes[..] else {
        return None;
    };
    let mut left = u64::from(width) * u64::from(height);
    let mut greatest = 0;
    while left > 0 {
        let symbol = green.next(bits)?;
        let pixels = match symbol {
            0..256 => {
                greatest = greatest.max(red.next(bits)? << 8 | symbol);
                blue.next(bits)?;
                alpha.next(bits)?;
                1
            }
            256..280 => {
                let length = bits.number(symbol - 256)?;
                let near = distance.next(bits)?;
                bits.number(near)?;
                u64::from(length)
            }
            // Out of the cache.
            _ => 1,
        };
        left = left.saturating_sub(pixels);
        // Pixels that take no bits: the rest is the same.
        if symbol < 256 && codes[..4].iter().all(Code::is_single) {
            break;
        }
    }
    Some(greatest)
}

/// Bits, the lowest of each byte first.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next ones, at most 24.
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for n in 0..count {
            let byte = self.data.get(self.at / 8)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << n;
            self.at += 1;
        }
        Some(value)
    }

    /// A length or distance: a prefix, and as many bits as it says.
    fn number(&mut self, prefix: u32) -> Option<u32> {
        if prefix < 4 {
            return Some(prefix + 1);
        }
        let extra = (prefix - 2) >> 1;
        let base = (2 + (prefix & 1)) << extra;
        Some(base + self.take(extra)? + 1)
    }
}

/// A canonical prefix code.
struct Code {
    /// How many codes there are of each length.
    counts: [u32; MAX_LENGTH + 1],
    /// By length, and then in order.
    symbols: Vec<u32>,
}

impl Code {
    fn new(lengths: &[usize]) -> Option<Self> {
        let mut counts = [0; MAX_LENGTH + 1];
        let mut symbols = Vec::new();
        for (length, count) in counts.iter_mut().enumerate().skip(1) {
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, each)| **each == length) {
                *count += 1;
                symbols.push(u32::try_from(symbol).ok()?);
            }
        }
        (!symbols.is_empty()).then_some(Self { counts, symbols })
    }

    fn read(bits: &mut Bits<'_>, alphabet: usize) -> Option<Self> {
        if bits.take(1)? == 1 {
            let two = bits.take(1)? == 1;
            let wide = bits.take(1)? == 1;
            let first = bits.take(if wide { 8 } else { 1 })?;
            let mut code = Self {
                counts: [0; MAX_LENGTH + 1],
                symbols: vec![first],
            };
            if two {
                // One bit, even where both are the same.
                code.counts[1] = 2;
                code.symbols.push(bits.take(8)?);
            }
            return Some(code);
        }
        let mut lengths = [0; LENGTH_CODES];
        let sent = usize::try_from(bits.take(4)?).ok()? + 4;
        for place in LENGTH_CODE_ORDER.get(..sent)? {
            lengths[*place] = usize::try_from(bits.take(3)?).ok()?;
        }
        let code = Self::new(&lengths)?;
        let mut left = alphabet;
        if bits.take(1)? == 1 {
            let width = 2 + 2 * bits.take(3)?;
            left = usize::try_from(bits.take(width)?).ok()? + 2;
        }
        let (mut lengths, mut last) = (Vec::with_capacity(alphabet), 8);
        while lengths.len() < alphabet && left > 0 {
            left -= 1;
            let symbol = code.next(bits)?;
            let (length, times) = match symbol {
                0..=15 => (usize::try_from(symbol).ok()?, 1),
                16 => (last, 3 + bits.take(2)?),
                17 => (0, 3 + bits.take(3)?),
                _ => (0, 11 + bits.take(7)?),
            };
            if length > 0 {
                last = length;
            }
            lengths.extend(std::iter::repeat_n(length, usize::try_from(times).ok()?));
        }
        (lengths.len() <= alphabet).then_some(())?;
        Self::new(&lengths)
    }

    /// There is one symbol, which takes no bits.
    fn is_single(&self) -> bool {
        self.symbols.len() == 1
    }

    fn next(&self, bits: &mut Bits<'_>) -> Option<u32> {
        if let [only] = self.symbols[..] {
            return Some(only);
        }
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code = code << 1 | bits.take(1)?;
            if code < first + count {
                return self
                    .symbols
                    .get(usize::try_from(index + code - first).ok()?)
                    .copied();
            }
            index += count;
            first = (first + count) << 1;
        }
        None
    }
}
