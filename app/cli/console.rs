//! What people and scripts see: progress and logs on standard error, results on standard output.

use control::{Progress, RunControl};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};

/// Levels of nested stages that a log shows; deeper ones come and go many times a second.
const LOGGED_DEPTH: usize = 2;

/// A control whose progress is drawn as a bar on a terminal, and as one line for each of the outer stages elsewhere. Ctrl-C cancels it; a
/// second Ctrl-C ends the program at once.
pub(crate) fn control() -> RunControl {
    let control = if std::io::stderr().is_terminal() { bar() } else { lines() };
    let cancelled = control.clone();
    let handler = move || {
        if cancelled.is_cancelled() {
            std::process::exit(130);
        }
        cancelled.cancel();
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("Ctrl-C will end the program without a record: {error}");
    }
    control
}

fn bar() -> RunControl {
    let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {percent:>3} %  {elapsed}  {msg}") {
        bar.set_style(style);
    }
    RunControl::new(move |progress: &Progress| {
        bar.set_position((1000.0 * progress.fraction) as u64);
        bar.set_message(progress.stage.clone());
        if !progress.remark.is_empty() {
            bar.println(format!("  {}: {}", progress.stage, progress.remark));
        }
        if progress.fraction >= 1.0 && !progress.stage.contains('›') {
            bar.finish_and_clear();
        }
    })
}

fn lines() -> RunControl {
    let last = Arc::new(Mutex::new(String::new()));
    RunControl::new(move |progress: &Progress| {
        let Ok(mut last) = last.lock() else { return };
        let stages: Vec<&str> = progress.stage.split(" › ").collect();
        let outer = stages.iter().take(LOGGED_DEPTH).copied().collect::<Vec<_>>().join(" › ");
        if *last != outer {
            eprintln!("{:>3.0} %  {outer}", 100.0 * progress.fraction);
            *last = outer;
        }
        if !progress.remark.is_empty() && stages.len() <= LOGGED_DEPTH {
            eprintln!("       {}", progress.remark);
        }
    })
}

/// Rows of equal length as left-aligned columns; the first row is underlined.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &w)| format!("{cell:<w$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        if index == 0 {
            text.push_str(&"-".repeat(widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1)));
            text.push('\n');
        }
    }
    text
}

/// A number with `digits` significant digits, without an exponent between 1e-3 and 1e6.
pub(crate) fn number(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor() as i32;
    if (-3..6).contains(&magnitude) {
        let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.*e}", digits.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_significant_digits() {
        assert_eq!(number(1234.5678, 4), "1235");
        assert_eq!(number(0.012345, 3), "0.0123");
        assert_eq!(number(1.5e-7, 3), "1.50e-7");
        assert_eq!(number(0.0, 3), "0");
    }

    #[test]
    fn tables_align_their_columns() {
        let rows = [["a", "value"], ["long name", "1"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a          value\n----------------\nlong name  1\n");
    }
}
