use crate::{Cancelled, RunControl};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long after a cancellation the work may take to stop by itself.
const GRACE: Duration = Duration::from_millis(10);
const POLL: Duration = Duration::from_millis(2);

/// Does `work` on a thread of its own and returns its result, or `Cancelled` soon after `control` was cancelled
/// even where the work looks at the control more rarely. Work that is left behind so goes on until it looks again, and its
/// result is dropped: whatever it writes must be sealed by the caller.
///
/// # Panics
/// When the work panics, with its panic.
pub fn promptly<T: Send + 'static>(
    control: &RunControl,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Cancelled> {
    promptly_within(GRACE, control, work)
}

/// [`promptly`] with another time for the work to stop by itself: longer where it writes files of its own, which it removes
/// when it stops.
///
/// # Errors
/// [`Cancelled`].
///
/// # Panics
/// When the work panics, with its panic.
pub fn promptly_within<T: Send + 'static>(
    grace: Duration,
    control: &RunControl,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Cancelled> {
    let (sender, receiver) = channel();
    // Nobody waits for a result that comes after a cancellation.
    let worker = std::thread::spawn(move || drop(sender.send(work())));
    let mut cancelled_at: Option<Instant> = None;
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => return Err(Cancelled),
            },
            Err(RecvTimeoutError::Timeout) if control.is_cancelled() => {
                if cancelled_at.get_or_insert_with(Instant::now).elapsed() >= grace {
                    return Err(Cancelled);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_not_look_is_left_behind() {
        let control = RunControl::silent();
        assert_eq!(promptly(&control, || 7), Ok(7));
        control.cancel();
        let begun = Instant::now();
        let outcome = promptly(&control, || std::thread::sleep(Duration::from_secs(5)));
        assert_eq!(outcome, Err(Cancelled));
        assert!(begun.elapsed() < Duration::from_secs(1));
        // Work that stops in time gives its own result.
        let inner = control.clone();
        assert_eq!(promptly(&control, move || inner.check().is_err()), Ok(true));
    }

    #[test]
    #[should_panic(expected = "broken")]
    fn a_panic_of_the_work_is_passed_on() {
        let _ = promptly(&RunControl::silent(), || panic!("broken"));
    }
}
