//! `cargo xtask bench login-timing`: whether the time of a log-in tells that an account exists. Names and addresses that
//! somebody has and that nobody has are tried in turns with wrong passwords, over one connection, and the times compared.
//! Meant for a machine that does nothing else.
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use ureq::Agent;

use crate::system::{self, Running, System};
use crate::workspace::Profile;

/// How it is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Tries of each of the four kinds.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(20..))]
    tries: u32,
    /// Measure this running system and not one of our own; its log-in limits must be raised.
    #[arg(long)]
    url: Option<String>,
}

/// All tries come from one address and are wrong, which the usual limits would take for an attack.
const RAISED_LIMITS: [(&str, &str); 4] = [
    ("ECHO_SIGNUP_LIMIT", "1000000"),
    ("ECHO_LOGIN_LIMIT", "1000000"),
    ("ECHO_LOGIN_ACCOUNT_LIMIT", "1000000"),
    ("ECHO_SECURITY_LINES", "1"),
];
/// Accounts that are tried, one after the other.
const PEOPLE: u32 = 40;
/// Tries before those that count.
const WARM_UP: u32 = 20;
/// Who tells from one time whether an account exists may be right at most this much more often than by a coin.
const MOST_TOLD: f64 = 0.05;
/// Below this probability a difference isn't taken for chance.
const SIGNIFICANT: f64 = 0.001;

/// A kind of try.
#[derive(Clone, Copy)]
enum Login {
    Name,
    Address,
}

impl Login {
    fn of(self, name: &str) -> String {
        match self {
            Login::Name => name.to_owned(),
            Login::Address => format!("{name}@example.org"),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Login::Name => "by username",
            Login::Address => "by address",
        }
    }
}

/// Measures, prints what came out, and fails where the times tell.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut running = if args.url.is_none() { Some(start()?) } else { None };
    let url = match (&args.url, &running) {
        (Some(url), _) => url.clone(),
        (None, Some(running)) => running.url.clone(),
        (None, None) => bail!("there is no system to measure"),
    };
    let client = Client::new(url.trim_end_matches('/'));
    // Names of one length, which nobody has had on this system before.
    let run = u64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_millis())?;
    let somebody = |n: u32| format!("a{run:x}_{:02}", n % PEOPLE);
    let nobody = |n: u32| format!("b{run:x}_{:02}", n % PEOPLE);
    for n in 0..PEOPLE {
        client.sign_up(&somebody(n))?;
    }
    system::progress(&format!("trying {} log-ins of each kind at {url}", args.tries));
    let mut told = false;
    for login in [Login::Name, Login::Address] {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for n in 0..WARM_UP + args.tries {
            let mut pair = [(somebody(n), &mut known), (nobody(n), &mut unknown)];
            // Whatever comes after something else is as often the one as the other.
            if n % 2 == 1 {
                pair.reverse();
            }
            for (name, times) in pair {
                let took = client.wrong_log_in(&login.of(&name))?;
                if n >= WARM_UP {
                    times.push(took.as_secs_f64() * 1e3);
                }
            }
        }
        told |= tell(login, &known, &unknown);
    }
    if let Some(running) = &mut running {
        running.check()?;
    }
    if told {
        bail!("the time of a log-in tells whether an account exists");
    }
    Ok(())
}

fn start() -> Result<Running> {
    let mut system = System::private("bench", Profile::Release)?;
    let raised = RAISED_LIMITS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    system.variables.extend(raised);
    system.start()
}

/// Prints the times of both kinds, and says whether they tell.
fn tell(login: Login, known: &[f64], unknown: &[f64]) -> bool {
    println!("\n{}, milliseconds", login.title());
    for (what, times) in [("somebody's", known), ("nobody's", unknown)] {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |part: f64| quantile(&sorted, part);
        println!(
            "  {what:<11} n={} p10 {:.2} median {:.2} p90 {:.2} p99 {:.2}",
            sorted.len(),
            at(0.1),
            at(0.5),
            at(0.9),
            at(0.99)
        );
    }
    let MannWhitney { longer, p } = MannWhitney::of(known, unknown);
    println!(
        "  Mann–Whitney: a log-in of somebody takes longer in {:.1} of 100 pairs, p = {p:.4}",
        longer * 100.0
    );
    (longer - 0.5).abs() > MOST_TOLD && p < SIGNIFICANT
}

/// A client with one connection.
struct Client<'a> {
    url: &'a str,
    agent: Agent,
}

impl<'a> Client<'a> {
    fn new(url: &'a str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(20)))
            .http_status_as_error(false)
            .build();
        Self {
            url,
            agent: config.into(),
        }
    }

    fn post(&self, path: &str, body: &serde_json::Value) -> Result<(u16, Duration)> {
        let (address, body) = (format!("{}{path}", self.url), body.to_string());
        let began = Instant::now();
        let request = self
            .agent
            .post(&address)
            .header("Content-Type", "application/json");
        let mut answer = request.send(&body).with_context(|| format!("POST {address}"))?;
        // Read to its end, so that the connection is used again.
        answer.body_mut().read_to_string()?;
        Ok((answer.status().as_u16(), began.elapsed()))
    }

    fn sign_up(&self, name: &str) -> Result<()> {
        let body = json!({
            "username": name, "email": format!("{name}@example.org"),
            "password": "correct horse", "display_name": "Measured",
        });
        let (status, _) = self.post("/v1/auth/signup", &body)?;
        ensure!(status == 201, "a sign-up was answered with {status}");
        Ok(())
    }

    fn wrong_log_in(&self, login: &str) -> Result<Duration> {
        let body = json!({ "login": login, "password": "battery staple" });
        let (status, took) = self.post("/v1/auth/login", &body)?;
        ensure!(
            status == 401,
            "a wrong log-in was answered with {status}; are the limits raised?"
        );
        Ok(took)
    }
}

/// The value below which `part` of the sorted ones are.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list"
    )]
    let place = (part * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// What the test by Mann and Whitney says of two samples.
struct MannWhitney {
    /// In which part of all pairs the first is larger; ties count half.
    longer: f64,
    /// How probable a difference at least so large is by chance, by the normal approximation.
    p: f64,
}

impl MannWhitney {
    #[expect(clippy::cast_precision_loss, reason = "samples of thousands")]
    fn of(first: &[f64], second: &[f64]) -> Self {
        let mut all: Vec<(f64, bool)> = first.iter().map(|time| (*time, true)).collect();
        all.extend(second.iter().map(|time| (*time, false)));
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut ranks_of_first, mut ties, mut from) = (0.0, 0.0, 0);
        while from < all.len() {
            let value = all[from].0;
            let to = from
                + all[from..]
                    .iter()
                    .take_while(|(time, _)| time.total_cmp(&value).is_eq())
                    .count();
            // Equal ones share the middle of their ranks, which count from 1.
            let rank = (from + 1 + to) as f64 / 2.0;
            let of_first = all[from..to].iter().filter(|(_, is_first)| *is_first).count();
            ranks_of_first += rank * of_first as f64;
            let equal = (to - from) as f64;
            ties += equal.powi(3) - equal;
            from = to;
        }
        let (n, m) = (first.len() as f64, second.len() as f64);
        let u = ranks_of_first - n * (n + 1.0) / 2.0;
        let total = n + m;
        let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
        let z = if variance > 0.0 {
            (u - n * m / 2.0) / variance.sqrt()
        } else {
            0.0
        };
        Self {
            longer: u / (n * m),
            p: two_sided(z),
        }
    }
}

/// The probability that a normal variable is at least as far from the middle as `z`, good to six digits
/// (Abramowitz and Stegun 7.1.26).
fn two_sided(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ]
    .iter()
    .fold(0.0, |sum, factor| sum * t + factor);
    series * t * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_samples_differ_by_chance_and_shifted_ones_do_not() {
        let even: Vec<f64> = (0..200).map(f64::from).collect();
        let same = MannWhitney::of(&even, &even);
        assert!((same.longer - 0.5).abs() < 1e-9 && same.p > 0.99);
        let longer: Vec<f64> = even.iter().map(|time| time + 30.0).collect();
        let shifted = MannWhitney::of(&longer, &even);
        assert!(shifted.longer > 0.6 && shifted.p < 1e-5);
        let shorter = MannWhitney::of(&even, &longer);
        assert!((shifted.longer + shorter.longer - 1.0).abs() < 1e-9);
        assert!((shifted.p - shorter.p).abs() < 1e-9);
    }

    #[test]
    fn probability_is_that_of_the_tables() {
        for (z, p) in [
            (0.0, 1.0),
            (1.0, 0.317_311),
            (1.96, 0.049_996),
            (-3.29, 0.001_002),
        ] {
            assert!((two_sided(z) - p).abs() < 2e-6, "{z}");
        }
    }

    #[test]
    fn quantiles_are_values_of_the_sample() {
        let sorted = [1.0, 2.0, 3.0, 4.0, 5.0];
        let quantiles = [0.0, 0.5, 0.9, 1.0].map(|part| quantile(&sorted, part));
        assert!(
            quantiles
                .iter()
                .zip([1.0, 3.0, 5.0, 5.0])
                .all(|(a, b)| a.total_cmp(&b).is_eq())
        );
    }
}
