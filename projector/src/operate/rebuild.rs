//! `projector rebuild`: registers the next version, which the running projectors build beside the live one, and
//! shows how far they have come.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use bson::doc;
use read_model::{Projection, engine::Version};

use crate::{
    config::RebuildArgs,
    engine::setup::register,
    operate::{Operator, looked_at, next, slowest},
};

/// How often progress is looked up.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often it is told where nobody looks on.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// How long nobody may own a shard before that is told.
const UNOWNED: Duration = Duration::from_secs(10);

/// Begins a rebuild, and follows it to its end unless told not to.
pub(crate) async fn run(operator: &Operator, args: &RebuildArgs) -> anyhow::Result<()> {
    let model = args.projection.model();
    let versions = operator.versions(model).await?;
    let version = match next(&versions) {
        Some(begun) if args.follow => begun,
        Some(begun) => anyhow::bail!(
            "version {0} of {1} is there already, beside the live one: compare it (`projector diff {1}`), switch \
             to it (`projector switch {1}`), drop it (`projector drop {1} {0}`), or follow it (--follow)",
            begun.version,
            model.name
        ),
        None if args.follow => anyhow::bail!("no version of {} is being built", model.name),
        None => begin(operator, model, args.shards).await?,
    };
    println!(
        "{} version {} is built beside version {}, in {} shard{}.",
        model.name,
        version.version,
        versions.live,
        version.shards,
        if version.shards == 1 { "" } else { "s" }
    );
    if args.no_wait {
        return Ok(());
    }
    follow(operator, model, version).await?;
    println!(
        "{0} version {1} has caught up. Compare it with `projector diff {0}`, then `projector switch {0}`.",
        model.name, version.version
    );
    Ok(())
}

async fn begin(operator: &Operator, model: &Projection, shards: Option<u32>) -> anyhow::Result<Version> {
    let later = doc! { "$map": { "input": "$versions", "as": "version", "in": { "$gt": ["$$version.version", "$live"] } } };
    let none_later = doc! { "$not": [{ "$anyElementTrue": [later] }] };
    let begun = register(&operator.database, model, shards, none_later).await?;
    anyhow::ensure!(begun, "somebody else has begun to build {} just now", model.name);
    let versions = operator.versions(model).await?;
    next(&versions).ok_or_else(|| anyhow::anyhow!("the new version of {} was dropped at once", model.name))
}

/// Where events come in all the time a version is never at the stream's very end; so close it has caught up.
const CLOSE: u64 = 100;

/// Shows progress until every shard has all that had happened when it was asked, and nearly all that happened since.
async fn follow(operator: &Operator, model: &Projection, version: Version) -> anyhow::Result<()> {
    let begun_at = operator.last(model.stream).await?;
    let mut end = begun_at;
    let mut progress = Progress::new(model.name, version.version);
    let mut owned = Instant::now();
    loop {
        let shards = operator.shards(model, version.version).await?;
        let done = slowest(&shards);
        let made = shards.len() == usize::try_from(version.shards)?;
        if made && done >= begun_at && done + CLOSE >= end {
            progress.show(done, end);
            Progress::end();
            return Ok(());
        }
        if made && shards.iter().all(|shard| shard.owner.is_some()) {
            owned = Instant::now();
        } else if owned.elapsed() > UNOWNED {
            println!("No running projector takes it up: start one with `projector run`.");
            owned = Instant::now();
        }
        progress.show(done, end);
        tokio::time::sleep(LOOK_EVERY).await;
        let kept = operator.versions(model).await?;
        anyhow::ensure!(kept.get(version.version).is_some(), "the version was dropped");
        end = operator.last(model.stream).await?;
    }
}

/// What is shown of a rebuild on its way.
struct Progress {
    name: &'static str,
    version: u32,
    began: Option<(Instant, u64)>,
    told: Option<Instant>,
}

impl Progress {
    fn new(name: &'static str, version: u32) -> Self {
        Self {
            name,
            version,
            began: None,
            told: None,
        }
    }

    fn show(&mut self, done: u64, end: u64) {
        let now = Instant::now();
        let (began, from) = *self.began.get_or_insert((now, done));
        let line = line(done, end, done.saturating_sub(from), now - began);
        if looked_at() {
            // Over the last line, which may have been longer.
            print!("\r{} version {}: {line:<60}", self.name, self.version);
            // A terminal that is gone shows nothing.
            drop(std::io::stdout().flush());
        } else if self.told.is_none_or(|told| now - told >= TELL_EVERY) || done >= end {
            println!("{} version {}: {line}", self.name, self.version);
            self.told = Some(now);
        }
    }

    fn end() {
        if looked_at() {
            println!();
        }
    }
}

/// How far it is, and, once that can be told, how fast and for how long still.
fn line(done: u64, end: u64, since: u64, took: Duration) -> String {
    let percent = (done * 100).checked_div(end).unwrap_or(100).min(100);
    let far = format!("{done} of {end} events, {percent} %");
    if since == 0 || took.is_zero() {
        return far;
    }
    #[expect(clippy::cast_precision_loss, reason = "shown in whole events and seconds")]
    let (since, left) = (since as f64, end.saturating_sub(done) as f64);
    let rate = since / took.as_secs_f64();
    format!("{far}, {rate:.0}/s, {} left", duration(left / rate))
}

/// Seconds in words.
fn duration(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and saturating"
    )]
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_rate_and_time_left() {
        let ten = Duration::from_secs(10);
        assert_eq!(
            line(2_000, 10_000, 1_000, ten),
            "2000 of 10000 events, 20 %, 100/s, 1 min 20 s left"
        );
        assert_eq!(line(0, 10, 0, Duration::ZERO), "0 of 10 events, 0 %");
        assert_eq!(line(0, 0, 0, ten), "0 of 0 events, 100 %");
        assert_eq!(duration(7_384.0), "2 h 3 min");
    }
}
