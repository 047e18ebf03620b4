//! Progress bars on standard error: on a terminal only, for work that takes over half a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::context::Context;

/// Work that is shorter shows no bar.
const SOON: Duration = Duration::from_millis(500);

/// The progress of one task.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    /// Whether the bar is still hidden and is to be shown after [`SOON`].
    waiting: bool,
}

impl Progress {
    /// Progress in bytes of a file.
    pub(super) fn of_bytes(context: &Context) -> Progress {
        Progress::new(
            "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}",
            context,
        )
    }

    /// Progress in entries; `what` labels the bar.
    pub(super) fn of_entries(what: &str, context: &Context) -> Progress {
        Progress::new(
            &format!("{what} {{bar:30}} {{human_pos}}/{{human_len}} entries {{per_sec}} {{eta}}"),
            context,
        )
    }

    fn new(template: &str, context: &Context) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Progress {
            bar,
            started: Instant::now(),
            waiting: context.environment.stderr_terminal,
        }
    }

    /// Sets the progress to `done` of `total`, and shows the bar once [`SOON`] has passed,
    /// until all is done.
    pub(super) fn at(&mut self, done: u64, total: u64) {
        if self.waiting && self.started.elapsed() >= SOON {
            self.waiting = false;
            self.bar
                .set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        if !self.waiting {
            self.bar.set_length(total);
            self.bar.set_position(done);
        }
        if done >= total {
            self.end();
        }
    }

    /// Removes the bar.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Shows the bar while an operation changes many entries, until
    /// [`Effects::unwatch`](crate::store::Effects::unwatch).
    pub(super) fn watch(context: &Context) {
        if context.environment.stderr_terminal {
            let mut progress = Progress::of_entries("changing", context);
            let watcher = move |done, total| progress.at(done, total);
            context.environment.effects.watch(watcher);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
