//! `run.json`: what depends on the machine and the moment. Nothing here may enter `record.json`.

use serde::{Deserialize, Serialize};

/// Time, place and resources of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunLog {
    /// Start, seconds since 1970-01-01 00:00 UTC.
    pub started_unix: u64,
    /// Wall time of the whole run.
    pub seconds: f64,
    /// Largest resident memory of the process in MiB; `None` where the system does not tell.
    pub peak_memory_mib: Option<f64>,
    /// Worker threads used.
    pub threads: usize,
    /// Host name; empty when unknown.
    pub host: String,
    /// Operating system and processor architecture.
    pub system: String,
    /// Wall time by stage, in order.
    pub stages: Vec<StageTime>,
}

/// Wall time of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageTime {
    /// The stage's name.
    pub stage: String,
    /// Wall time.
    pub seconds: f64,
    /// Whether the result of an earlier, identical run was used.
    pub reused: bool,
}

impl RunLog {
    /// The text of `run.json`.
    pub fn to_json(&self) -> String {
        super::to_json(self)
    }
}
