//! Work on other threads: one job at a time for the user, and the layout of pictures beside it.
//!
//! A job gets a [`RunControl`] and answers through a channel; the window is repainted when something arrives.

use crate::tasks::Problem;
use control::{Progress, RunControl};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What a thread sends to the window.
pub(crate) enum Message<T> {
    /// How far the job is.
    Progress(Progress),
    /// The job ended.
    Done(Result<T, Problem>),
}

/// A job that runs on its own thread.
pub(crate) struct Job<T> {
    control: RunControl,
    receiver: Receiver<Message<T>>,
}

impl<T: Send + 'static> Job<T> {
    /// Starts `work` on a thread called `name`. A panic inside is our own bug; it is reported and does not end the program.
    pub(crate) fn start(
        name: &str,
        context: &egui::Context,
        work: impl FnOnce(&RunControl) -> Result<T, Problem> + Send + 'static,
    ) -> Self {
        let (sender, receiver) = channel();
        let control = listening(sender.clone(), context.clone());
        let (inside, context) = (control.clone(), context.clone());
        let body = move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&inside)));
            let outcome = outcome.unwrap_or_else(|panic| Err(Problem::bug(panic.as_ref())));
            // The window may be gone already; then nobody wants the answer.
            let _ = sender.send(Message::Done(outcome));
            context.request_repaint();
        };
        let spawned = std::thread::Builder::new().name(name.to_owned()).stack_size(16 << 20).spawn(body);
        if let Err(error) = spawned {
            // The sender went with the closure; the job below ends with what `poll` makes of a closed channel.
            eprintln!("no thread for {name}: {error}");
        }
        Self { control, receiver }
    }

    /// Asks the job to stop.
    pub(crate) fn cancel(&self) {
        self.control.cancel();
    }

    /// What arrived since the last call: progress in order, then the end if it came.
    pub(crate) fn poll(&self) -> (Vec<Progress>, Option<Result<T, Problem>>) {
        let mut reports = Vec::new();
        loop {
            match self.receiver.try_recv() {
                Ok(Message::Progress(progress)) => reports.push(progress),
                Ok(Message::Done(outcome)) => return (reports, Some(outcome)),
                Err(std::sync::mpsc::TryRecvError::Empty) => return (reports, None),
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return (reports, Some(Err(Problem::lost()))),
            }
        }
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.control.cancel();
    }
}

fn listening<T: Send + 'static>(sender: Sender<Message<T>>, context: egui::Context) -> RunControl {
    RunControl::new(move |progress| {
        let _ = sender.send(Message::Progress(progress.clone()));
        context.request_repaint();
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn end<T: Send + 'static>(job: &Job<T>) -> Result<T, Problem> {
        let start = Instant::now();
        loop {
            if let (_, Some(outcome)) = job.poll() {
                return outcome;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "the job never ended");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_panic_in_a_job_becomes_a_message() {
        let job = Job::<()>::start("test", &egui::Context::default(), |_| panic!("index 7 of 3"));
        let problem = end(&job).unwrap_err();
        assert!(problem.text.contains("index 7 of 3"), "{problem:?}");
    }

    #[test]
    fn a_cancelled_job_ends_at_its_next_check() {
        let job = Job::<()>::start("test", &egui::Context::default(), |control| {
            loop {
                control.check()?;
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        job.cancel();
        assert!(end(&job).unwrap_err().cancelled);
    }
}
