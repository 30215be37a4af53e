//! One measured number, what it stands beside, and its limit.

use serde::{Deserialize, Serialize};

use crate::statistics::median;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    /// As a person reads it: `3.42 s`, or for a ratio `2.10 × (3.42 s / 1.63 s)`.
    pub shown: String,
    pub value: f64,
    pub limit: Option<Limit>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    pub fn new(name: impl Into<String>, value: f64, unit: &str) -> Self {
        Self {
            name: name.into(),
            shown: format!("{} {unit}", rounded(value)),
            value,
            limit: None,
        }
    }

    /// Ours over the peer's, both in `unit`.
    pub fn ratio(name: impl Into<String>, ours: f64, peers: f64, unit: &str) -> Self {
        let value = ours / peers;
        Self {
            name: name.into(),
            shown: format!(
                "{} × ({} {unit} / {} {unit})",
                rounded(value),
                rounded(ours),
                rounded(peers)
            ),
            value,
            limit: None,
        }
    }

    /// Of measurements taken in turns: the median of each of ours over its neighbour, so that what
    /// slowed the machine for a while slowed both.
    pub fn of_pairs(name: impl Into<String>, ours: &[f64], peers: &[f64], unit: &str) -> Self {
        let ratios: Vec<f64> = ours.iter().zip(peers).map(|(our, its)| our / its).collect();
        let value = median(&ratios);
        Self {
            name: name.into(),
            shown: format!(
                "{} × ({} {unit} / {} {unit})",
                rounded(value),
                rounded(median(ours)),
                rounded(median(peers))
            ),
            value,
            limit: None,
        }
    }

    pub fn at_most(self, limit: f64) -> Self {
        Self {
            limit: Some(Limit::AtMost(limit)),
            ..self
        }
    }

    pub fn at_least(self, limit: f64) -> Self {
        Self {
            limit: Some(Limit::AtLeast(limit)),
            ..self
        }
    }

    /// Within its limit; true also where it has none.
    pub fn is_good(&self) -> bool {
        match self.limit {
            Some(Limit::AtMost(limit)) => self.value <= limit,
            Some(Limit::AtLeast(limit)) => self.value >= limit,
            None => true,
        }
    }

    pub fn limit_shown(&self) -> String {
        match self.limit {
            Some(Limit::AtMost(limit)) => format!("at most {limit}"),
            Some(Limit::AtLeast(limit)) => format!("at least {limit}"),
            None => String::new(),
        }
    }
}

/// Three digits that mean something.
fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_beyond_its_limit_is_not_good() {
        assert!(Figure::ratio("x", 4.0, 2.0, "s").at_most(2.5).is_good());
        assert!(!Figure::ratio("x", 6.0, 2.0, "s").at_most(2.5).is_good());
        assert!(!Figure::new("x", 0.9, "").at_least(0.95).is_good());
    }

    #[test]
    fn a_ratio_shows_what_it_was_made_of() {
        let figure = Figure::ratio("x", 3.417, 1.63, "s");
        assert_eq!(figure.shown, "2.10 × (3.42 s / 1.63 s)");
    }
}
