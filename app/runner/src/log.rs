//! What a run took: times, threads, memory. Everything here goes to `run.json`.

use std::time::{Instant, SystemTime, UNIX_EPOCH};
use study::record::{RunLog, StageTime};

/// Measures the stages of a run.
pub(crate) struct Watch {
    start: Instant,
    started_unix: u64,
    threads: usize,
    stages: Vec<StageTime>,
}

impl Watch {
    pub(crate) fn start(threads: usize) -> Self {
        let started_unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        Self { start: Instant::now(), started_unix, threads, stages: Vec::new() }
    }

    /// Ends a stage that began at `begun`.
    pub(crate) fn end(&mut self, stage: &str, begun: Instant, reused: bool) {
        self.stages.push(StageTime { stage: stage.to_owned(), seconds: begun.elapsed().as_secs_f64(), reused });
    }

    /// The log up to now.
    pub(crate) fn log(&self) -> RunLog {
        RunLog {
            started_unix: self.started_unix,
            seconds: self.start.elapsed().as_secs_f64(),
            peak_memory_mib: peak_memory_mib(),
            threads: self.threads,
            host: host(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            stages: self.stages.clone(),
        }
    }
}

/// Largest resident memory of this process so far, from Linux' `/proc`; `None` elsewhere.
pub(crate) fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1024.0)
}

fn host() -> String {
    let file = std::fs::read_to_string("/proc/sys/kernel/hostname");
    file.ok().or_else(|| std::env::var("COMPUTERNAME").ok()).map_or_else(String::new, |name| name.trim().to_owned())
}
