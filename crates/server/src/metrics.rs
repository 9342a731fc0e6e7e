//! Counters of the door, and their Prometheus text.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the latency histogram's buckets, in microseconds.
const BOUNDS: [u64; 10] = [100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000];

/// What the door counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    by_class: [AtomicU64; 6],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
    pub(crate) connections: AtomicU64,
    pub(crate) in_flight: AtomicU64,
    refused: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn answered(&self, status: u16, micros: u64) {
        let class = usize::from(status / 100);
        if let Some(counter) = self.by_class.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        if let Some(counter) = self.buckets.get(bucket) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Counts a connection that was not let in. `true` for the first, second, fourth, eighth …: those
    /// are worth a line in the log.
    pub(crate) fn refused(&self) -> bool {
        (self.refused.fetch_add(1, Ordering::Relaxed) + 1).is_power_of_two()
    }

    /// The Prometheus text exposition (version 0.0.4).
    pub(crate) fn text(&self) -> String {
        let mut out = String::from(
            "# HELP keywright_requests_total Answers by class of HTTP status.\n\
             # TYPE keywright_requests_total counter\n",
        );
        for (class, counter) in self.by_class.iter().enumerate().skip(2) {
            let count = counter.load(Ordering::Relaxed);
            out.push_str(&format!("keywright_requests_total{{status=\"{class}xx\"}} {count}\n"));
        }
        out.push_str(
            "# HELP keywright_request_seconds Time from a whole request to its answer.\n\
             # TYPE keywright_request_seconds histogram\n",
        );
        let mut sum = 0;
        for (at, counter) in self.buckets.iter().enumerate() {
            sum += counter.load(Ordering::Relaxed);
            let bound =
                BOUNDS.get(at).map_or("+Inf".to_owned(), |us| format!("{}", *us as f64 / 1e6));
            out.push_str(&format!("keywright_request_seconds_bucket{{le=\"{bound}\"}} {sum}\n"));
        }
        let seconds = self.micros.load(Ordering::Relaxed) as f64 / 1e6;
        out.push_str(&format!("keywright_request_seconds_sum {seconds}\n"));
        out.push_str(&format!("keywright_request_seconds_count {sum}\n"));
        let refused = self.refused.load(Ordering::Relaxed);
        out.push_str(&format!(
            "# HELP keywright_connections_refused_total Connections that were not let in.\n\
             # TYPE keywright_connections_refused_total counter\n\
             keywright_connections_refused_total {refused}\n"
        ));
        for (name, help, gauge) in [
            ("connections", "Open connections.", &self.connections),
            ("requests_in_flight", "Requests that wait for their answer.", &self.in_flight),
        ] {
            let value = gauge.load(Ordering::Relaxed);
            out.push_str(&format!(
                "# HELP keywright_{name} {help}\n# TYPE keywright_{name} gauge\nkeywright_{name} {value}\n"
            ));
        }
        out
    }
}
