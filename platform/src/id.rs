//! New ids and random bytes.

use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

/// A new id that sorts roughly by time (UUIDv7), for things that are stored.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that the rule points to"
)]
pub fn ordered() -> Uuid {
    Uuid::now_v7()
}

/// A new id that tells nothing, not even when it was made (version 4).
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that the rule points to"
)]
pub fn random() -> Uuid {
    Uuid::new_v4()
}

/// The id that `name` always has inside `namespace` (UUIDv5): the same request made twice finds the same thing.
pub fn derived(namespace: Uuid, name: &[u8]) -> Uuid {
    Uuid::new_v5(&namespace, name)
}

/// `N` bytes from the operating system's generator.
///
/// # Panics
///
/// If the operating system has no randomness to give, when no secret made here could be trusted.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the operating system gives random bytes");
    bytes
}

/// A random number in `0..=1`, for jitter; not for secrets' sake but for want of another generator.
pub fn random_fraction() -> f64 {
    f64::from(u32::from_le_bytes(random_bytes())) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_depends_on_namespace_and_name_alone() {
        let (one, other) = (random(), random());
        assert_eq!(derived(one, b"a"), derived(one, b"a"));
        assert_ne!(derived(one, b"a"), derived(one, b"b"));
        assert_ne!(derived(one, b"a"), derived(other, b"a"));
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random_bytes::<32>(), random_bytes::<32>());
        assert!((0.0..=1.0).contains(&random_fraction()));
    }
}
