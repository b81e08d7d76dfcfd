//! The import report: what a mesh file holds, what is wrong with it, what was changed and what to do.

mod frame;
mod orientation;
mod report;
mod surface;
mod unit;
mod volume;

pub use frame::{FrameDecision, decide_frame};
pub use report::{Basis, Bounds, ElementQuality, Finding, ImportReport, Kind, Severity};
pub use surface::{JudgedSurface, judge_surface};
pub use unit::{UnitDecision, guess_unit};
pub use volume::{JudgedVolume, judge_volume};

use crate::{Frame, LengthUnit, Provenance};
use mesh::{Point3, Vector3};

/// What the user knows about a file better than its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JudgeOptions {
    /// The unit of the coordinates; without it the file's statement counts, then a guess.
    pub unit: Option<LengthUnit>,
    /// The frame of the coordinates; without it the file's statement counts, then LPS is assumed.
    pub frame: Option<Frame>,
}

/// Decides unit and frame and turns the points into mm and LPS.
fn convert(
    points: &mut [Point3<f64>],
    provenance: &Provenance,
    options: &JudgeOptions,
) -> (UnitDecision, FrameDecision) {
    let unit = unit::decide(points, provenance.unit, options.unit);
    let frame = decide_frame(provenance.frame, options.frame);
    let factor = unit.unit.in_mm();
    let scale = match frame.frame {
        Frame::Lps => Vector3::new(factor, factor, factor),
        Frame::Ras => Vector3::new(-factor, -factor, factor),
    };
    // Nothing to do must change nothing, not even the sign of a zero.
    if scale != Vector3::new(1.0, 1.0, 1.0) {
        points.iter_mut().for_each(|p| p.coords.component_mul_assign(&scale));
    }
    (unit, frame)
}
