//! The page: `OpenMetrics` text, which Prometheus and its kin read.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use telemetry::Durations;

use super::Metrics;
use super::families::{Families, Family, Labels, Samples, families};
use super::scrape::scrape;
use crate::app::App;
use crate::error::Error;

pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Metrics {
    /// Everything, as it stands now.
    pub async fn page(app: &App) -> Result<String, Error> {
        let scraped = scrape(app).await?;
        write(families(&app.metrics, &scraped)).map_err(Error::internal)
    }
}

fn write(families: Families) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(families));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for family in &self.0 {
            encode_family(family, &mut encoder)?;
        }
        Ok(())
    }
}

fn encode_family(
    family: &Family,
    encoder: &mut DescriptorEncoder<'_>,
) -> Result<(), std::fmt::Error> {
    let kind = match family.samples {
        Samples::Counter(_) => MetricType::Counter,
        Samples::Gauge(_) => MetricType::Gauge,
        Samples::Durations(_) => MetricType::Histogram,
    };
    let mut metric = encoder.encode_descriptor(family.name, family.help, None, kind)?;
    match &family.samples {
        Samples::Counter(samples) => encode_each(samples, &mut metric, |value, sample| {
            sample.encode_counter::<NoLabelSet, _, f64>(value, None)
        }),
        Samples::Gauge(samples) => encode_each(samples, &mut metric, |value, sample| {
            sample.encode_gauge(value)
        }),
        Samples::Durations(samples) => encode_each(samples, &mut metric, encode_durations),
    }
}

/// A sample without labels stands without braces.
fn encode_each<T>(
    samples: &[(Labels, T)],
    metric: &mut MetricEncoder<'_>,
    encode: impl Fn(&T, &mut MetricEncoder<'_>) -> Result<(), std::fmt::Error>,
) -> Result<(), std::fmt::Error> {
    for (labels, value) in samples {
        if labels.is_empty() {
            encode(value, metric)?;
        } else {
            encode(value, &mut metric.encode_family(labels)?)?;
        }
    }
    Ok(())
}

fn encode_durations(
    durations: &Durations,
    sample: &mut MetricEncoder<'_>,
) -> Result<(), std::fmt::Error> {
    let buckets = durations.buckets().map(|(bound, count)| {
        let bound = match bound {
            std::time::Duration::MAX => f64::INFINITY,
            bound => bound.as_secs_f64(),
        };
        (bound, count)
    });
    let buckets: Vec<(f64, u64)> = buckets.collect();
    let sum = durations.sum().as_secs_f64();
    sample.encode_histogram::<NoLabelSet>(sum, durations.count(), &buckets, None)
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
