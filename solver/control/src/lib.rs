//! Progress reports and cancellation of long computations.
//!
//! Every loop that can exceed 100 ms takes a [`RunControl`] and calls [`RunControl::check`] at least that often.
//! A control is cheap to clone; clones share the cancel flag and the listener.
//!
//! ```
//! use control::RunControl;
//! let control = RunControl::silent();
//! for step in 0..10 {
//!     control.check()?;
//!     control.report(step as f64 / 10.0);
//! }
//! # Ok::<(), control::Cancelled>(())
//! ```

mod prompt;

pub use prompt::{promptly, promptly_within};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The user asked to stop; work done so far is kept by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// One message of progress: the path of stages and the fraction of the whole run that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Stage names from the outermost to the current one, joined by " › ".
    pub stage: String,
    /// Fraction of the whole run, 0 to 1.
    pub fraction: f64,
    /// A remark worth showing in a log, for example a residual; empty for plain progress.
    pub remark: String,
}

type Listener = dyn Fn(&Progress) + Send + Sync;

/// Cancel flag, progress listener and the part of the whole run that this control speaks for.
#[derive(Clone)]
pub struct RunControl {
    cancel: Arc<AtomicBool>,
    listener: Arc<Listener>,
    stage: Arc<str>,
    start: f64,
    span: f64,
}

impl std::fmt::Debug for RunControl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RunControl")
            .field("stage", &self.stage)
            .field("cancelled", &self.is_cancelled())
            .finish()
    }
}

impl RunControl {
    /// A control that tells `listener` of progress. The listener is called from worker threads.
    pub fn new(listener: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self {
            cancel: Arc::new(AtomicBool::new(false)),
            listener: Arc::new(listener),
            stage: Arc::from(""),
            start: 0.0,
            span: 1.0,
        }
    }

    /// A control that tells nobody.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Asks every holder of a clone to stop.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether [`RunControl::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// `Err(Cancelled)` once [`RunControl::cancel`] was called.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// A control for the part of this run from `from` to `to` (fractions of this control's own span), named `name`.
    pub fn stage(&self, name: &str, from: f64, to: f64) -> Self {
        let stage = if self.stage.is_empty() { name.to_owned() } else { format!("{} › {name}", self.stage) };
        let child = Self {
            stage: Arc::from(stage),
            start: self.start + self.span * from,
            span: self.span * (to - from),
            ..self.clone()
        };
        child.report(0.0);
        child
    }

    /// Reports that `fraction` (0 to 1) of this control's span is done.
    pub fn report(&self, fraction: f64) {
        self.remark(fraction, "");
    }

    /// Reports progress with a remark for the log.
    pub fn remark(&self, fraction: f64, remark: &str) {
        (self.listener)(&Progress {
            stage: self.stage.to_string(),
            fraction: self.start + self.span * fraction.clamp(0.0, 1.0),
            remark: remark.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn stages_nest_and_map_their_fraction_to_the_whole_run() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        let control = RunControl::new(move |progress| sink.lock().unwrap().push(progress.clone()));
        let outer = control.stage("solve", 0.5, 1.0);
        outer.stage("factorise", 0.0, 0.5).report(1.0);
        let last = seen.lock().unwrap().last().cloned().unwrap();
        assert_eq!(last.stage, "solve › factorise");
        assert!((last.fraction - 0.75).abs() < 1e-15);
    }

    #[test]
    fn cancelling_any_clone_stops_all() {
        let control = RunControl::silent();
        let child = control.stage("mesh", 0.0, 1.0);
        child.cancel();
        assert_eq!(control.check(), Err(Cancelled));
    }
}
