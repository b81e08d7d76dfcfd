//! Prints every quick check whose id contains the first argument: `cargo run --release -p verification --example suite solid/le`;
//! with a second argument `full` those of the full shelf too.

use control::RunControl;
use verification::{Shelf, run};

fn main() {
    let pattern = std::env::args().nth(1).unwrap_or_default();
    let shelf = if std::env::args().nth(2).as_deref() == Some("full") { Shelf::Full } else { Shelf::Quick };
    let report = run(&pattern, shelf, &RunControl::silent(), &|_| None, &mut |_, checks| {
        for check in checks {
            let verdict = if check.passed { "ok  " } else { "MISS" };
            let (value, reference) = (check.value, check.reference);
            println!(
                "{verdict} {:45} {value:>12.6e} {} {reference:e} {:.2} s",
                check.id, check.tolerance, check.seconds
            );
        }
    });
    if let Ok(report) = report {
        println!("{} passed, {} failed", report.passed, report.failed);
    }
}
