//! How fast the machine is just now. One that others share takes half as long again for the same work minutes later;
//! what an operation costs can be compared only beside what a fixed piece of work costs.
use std::{fs, hint::black_box};

/// Eight MiB: more than a core's own cache, as the memory of a whole system is.
const WORDS: usize = 1 << 20;
/// About a tenth of a second, as `cargo xtask` compiles it, without optimizations: short enough for the accounts of what
/// goes on meanwhile to be read in time.
const STEPS: u32 = 1_000_000;
/// Knuth's multiplier for linear congruential generators of 64 bits.
const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

/// The CPU time, in milliseconds, of reading and changing memory here and there; `None` where the kernel doesn't tell.
pub(crate) fn measure() -> Option<f64> {
    let mut memory = vec![1_u64; WORDS];
    let before = cpu_ms()?;
    let mut place = 1_u64;
    for _ in 0..STEPS {
        place = place.wrapping_mul(MULTIPLIER).wrapping_add(1);
        // The upper bits are the good ones.
        let word = &mut memory[(place >> 44) as usize % WORDS];
        *word = word.wrapping_add(place);
        place ^= *word & 1;
    }
    black_box(&memory);
    Some(cpu_ms()? - before)
}

/// What this thread has used.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn cpu_ms() -> Option<f64> {
    let account = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = account.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_piece_of_work_takes_time() {
        assert!(measure().expect("Linux tells") > 0.1);
    }
}
