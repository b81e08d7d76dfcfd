//! The quick verification suite, as `vesalius verify` runs it.

use vesalius::control::RunControl;
use vesalius::verification::{Shelf, run};

#[test]
fn every_quick_check_holds() {
    let report = run("", Shelf::Quick, &RunControl::silent(), &|_| None, &mut |_, _| {}).expect("nobody cancels");
    let missed: Vec<_> = report.checks.iter().filter(|check| !check.passed).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(report.passed >= 45, "only {} checks", report.passed);
}
