//! k6's summary of a run: each metric's values, and whether its thresholds were met.
use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All metrics by name; a sub-metric's name carries its tags: `http_req_duration{kind:read}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) metrics: BTreeMap<String, Metric>,
}

/// One metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metric {
    /// By statistic: `p(95)`, `count`, `rate`.
    pub(crate) values: BTreeMap<String, f64>,
    /// By threshold: whether it was met.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) thresholds: BTreeMap<String, bool>,
}

impl Summary {
    /// What k6 exported.
    pub(crate) fn read(path: &Path) -> Result<Summary> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let exported = serde_json::from_str(&text);
        let exported: Value = exported.with_context(|| format!("{} is no summary", path.display()))?;
        Ok(Summary::of(&exported))
    }

    fn of(exported: &Value) -> Summary {
        let metrics = exported["metrics"].as_object().into_iter().flatten();
        Summary {
            metrics: metrics
                .map(|(name, metric)| (name.clone(), Metric::of(metric)))
                .collect(),
        }
    }

    /// How much of what was to be done at a rate was done at all.
    pub(crate) fn offered(&self) -> Offered {
        let count = |metric| self.value(metric, "count").unwrap_or_default();
        Offered {
            dropped: count("dropped_iterations"),
            done: count("iterations"),
        }
    }

    /// One statistic of one metric.
    pub(crate) fn value(&self, metric: &str, statistic: &str) -> Option<f64> {
        self.metrics.get(metric)?.values.get(statistic).copied()
    }
}

/// Iterations, those that a generator could not begin in time included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offered {
    dropped: f64,
    done: f64,
}

/// A generator may fall short by so much: what it takes to have more virtual users when a machine hesitates.
const MOST_DROPPED: f64 = 0.001;

impl Offered {
    /// Whether the load was the one that the scenario speaks of. If it wasn't, its figures are of another.
    pub(crate) fn is_kept(self) -> bool {
        self.dropped <= (self.dropped + self.done) * MOST_DROPPED
    }

    /// What was left out, if anything was.
    pub(crate) fn sentence(self) -> Option<String> {
        let all = self.dropped + self.done;
        (self.dropped > 0.0).then(|| {
            format!(
                "the load generator did not begin {:.0} of {all:.0} iterations ({:.2} %; at most {} %)",
                self.dropped,
                100.0 * self.dropped / all,
                100.0 * MOST_DROPPED
            )
        })
    }
}

impl Metric {
    fn of(exported: &Value) -> Metric {
        let numbers = exported.as_object().into_iter().flatten();
        let thresholds = exported["thresholds"].as_object().into_iter().flatten();
        Metric {
            values: numbers
                .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
                .collect(),
            // k6 exports whether a threshold was crossed.
            thresholds: thresholds
                .filter_map(|(name, crossed)| Some((name.clone(), !crossed.as_bool()?)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generator_that_falls_behind_is_found_out() {
        let offered = |dropped: u32| {
            // As k6 exports them; without a dropped iteration the metric is missing.
            let mut exported = serde_json::json!({ "metrics": { "iterations": { "count": 1_000 - dropped, "rate": 33.3 } } });
            if dropped > 0 {
                exported["metrics"]["dropped_iterations"] =
                    serde_json::json!({ "count": dropped, "rate": 0.1 });
            }
            Summary::of(&exported).offered()
        };
        assert!(offered(0).is_kept() && offered(0).sentence().is_none());
        assert!(offered(1).is_kept(), "one in a thousand");
        assert!(!offered(2).is_kept());
        assert_eq!(
            offered(250).sentence().unwrap(),
            "the load generator did not begin 250 of 1000 iterations (25.00 %; at most 0.1 %)"
        );
    }

    #[test]
    fn values_and_thresholds_are_told_apart() {
        let exported = serde_json::json!({ "metrics": {
            "echo_failed": { "value": 0.5, "thresholds": { "rate==0": true } },
            "http_req_duration{kind:read}": { "p(95)": 7.5, "thresholds": { "p(95)<10": false } },
        }});
        let summary = Summary::of(&exported);
        assert_eq!(summary.value("http_req_duration{kind:read}", "p(95)"), Some(7.5));
        let met = |metric: &str| summary.metrics[metric].thresholds.values().all(|met| *met);
        assert!(met("http_req_duration{kind:read}") && !met("echo_failed"));
    }
}
