//! How fast is each read, and does it get slower as the network grows?
//!
//! Fills one network with a tenth of the people and posts and one with all of them, both with documents as the
//! projector writes them, and puts each read under load on the one and on the other. `cargo xtask bench reads` runs
//! this on servers of its own.

mod load;
mod network;
mod reads;

use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use crate::{
    load::{Measured, Target},
    network::{Network, Size},
};

#[derive(Parser)]
struct Args {
    /// How many people the larger network has.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..))]
    accounts: u32,
    /// How many posts.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..))]
    posts: u32,
    /// For how many seconds each read is measured on each of the two.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many readers ask at once, each as soon as it has its answer.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..))]
    readers: u8,
    /// Only reads whose name has this in it.
    #[arg(long, default_value = "")]
    only: String,
    /// `cargo bench` says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let whole = Size {
        accounts: args.accounts,
        posts: args.posts,
    };
    let tenth = Size {
        accounts: args.accounts / 10,
        posts: args.posts / 10,
    };
    let duration = Duration::from_secs(args.seconds);
    let mut measured = Vec::new();
    for size in [tenth, whole] {
        eprintln!(
            "filling a network of {} people and {} posts",
            size.accounts, size.posts
        );
        let network = Network::fill(size).await?;
        let target = Target::start(&network.system).await?;
        let mut of_size = Vec::new();
        for read in reads::ALL.iter().filter(|read| read.name.contains(&args.only)) {
            eprintln!("measuring {}", read.name);
            of_size.push(target.measure(&network, read, args.readers, duration).await?);
        }
        network.drop().await?;
        measured.push(of_size);
    }
    report(&args, &measured);
    Ok(())
}

/// A table for `docs/performance.md`.
fn report(args: &Args, measured: &[Vec<Measured>]) {
    let [tenth, whole] = measured else { return };
    println!(
        "{} people and {} posts, and a tenth of both; {} readers, {} s each",
        args.accounts, args.posts, args.readers, args.seconds
    );
    println!();
    println!("| read | reads/s, tenth | reads/s, whole | ratio | p99, tenth | p99, whole | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let (mut rates, mut tails) = (Vec::new(), Vec::new());
    for (tenth, whole) in tenth.iter().zip(whole) {
        let rate = whole.per_second / tenth.per_second;
        let tail = whole.p99.as_secs_f64() / tenth.p99.as_secs_f64();
        println!(
            "| {} | {:.0} | {:.0} | {rate:.2} | {:.1} ms | {:.1} ms | {tail:.2} |",
            whole.name,
            tenth.per_second,
            whole.per_second,
            tenth.p99.as_secs_f64() * 1e3,
            whole.p99.as_secs_f64() * 1e3,
        );
        rates.push(rate);
        tails.push(tail);
    }
    println!(
        "| geometric mean | | | {:.2} | | | {:.2} |",
        mean(&rates),
        mean(&tails)
    );
}

/// The geometric mean, which is the one for ratios.
fn mean(ratios: &[f64]) -> f64 {
    let count: f64 = ratios.iter().map(|_| 1.0).sum();
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / count).exp()
}
