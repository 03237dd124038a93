//! Chance that falls the same way every time.

/// A source of numbers from 0 to 1 that follow from a seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(u32);

impl Chance {
    pub(super) fn new(seed: u32) -> Chance {
        Chance(scramble(seed ^ 0x9e37_79b9))
    }

    /// Another source, that tells nothing of this one.
    pub(super) fn branch(self, number: u32) -> Chance {
        Chance(scramble(self.0 ^ scramble(number.wrapping_add(0x51ed_270b))))
    }

    /// The number at a place.
    pub(super) fn at(self, place: u32) -> f64 {
        f64::from(scramble(self.0 ^ scramble(place))) / f64::from(u32::MAX)
    }

    /// A number between two others.
    pub(super) fn between(self, place: u32, low: f64, high: f64) -> f64 {
        low + (high - low) * self.at(place)
    }

    /// One of several.
    pub(super) fn pick<T: Copy, const N: usize>(self, place: u32, among: [T; N]) -> T {
        among[scramble(self.0 ^ scramble(place)) as usize % N]
    }

    /// A smooth line without steps, from -1 to 1, that changes about once in each unit; and finer lines on it.
    pub(super) fn line(self, x: f64, finer: u32) -> f64 {
        let octaves = 0..=finer;
        let octave = |n: u32| self.branch(n).wave(x * f64::from(1_u32 << n)) / f64::from(1_u32 << n);
        octaves.map(octave).sum::<f64>() / 1.5
    }

    fn wave(self, x: f64) -> f64 {
        let cell = x.floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "canvases are a few units wide"
        )]
        let left = (cell + 64.0).max(0.0) as u32;
        let share = x - cell;
        let share = share * share * (3.0 - 2.0 * share);
        let (from, to) = (self.at(left), self.at(left + 1));
        (from + (to - from) * share) * 2.0 - 1.0
    }
}

/// Spreads a number's bits.
fn scramble(mut bits: u32) -> u32 {
    bits ^= bits >> 16;
    bits = bits.wrapping_mul(0x7feb_352d);
    bits ^= bits >> 15;
    bits = bits.wrapping_mul(0x846c_a68b);
    bits ^ (bits >> 16)
}
