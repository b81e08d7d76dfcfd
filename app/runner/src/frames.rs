//! Named frames of a study.

use mesh::{Point3, Vector3};
use meshing::landmarks::{FemurFrame, FemurLandmarks};
use study::{FrameName, Length};

/// The frames that points and vectors of a study may be given in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frames {
    /// Landmarks and axes of the femur, where the study asks for them.
    pub(crate) femur: Option<(FemurLandmarks, FemurFrame)>,
}

impl Frames {
    /// A vector with components along the axes of `frame`, in LPS.
    pub(crate) fn vector(&self, frame: &FrameName, components: [f64; 3]) -> Vector3<f64> {
        match &self.femur {
            Some((_, axes)) if !frame.is_lps() => axes.vector(components),
            _ => Vector3::from(components),
        }
    }

    /// A point given in `frame` (mm), in LPS. The origin of "femur" is the centre of the head.
    pub(crate) fn point(&self, frame: &FrameName, coordinates: &[Length; 3]) -> Point3<f64> {
        let components = [0, 1, 2].map(|k| coordinates[k].value());
        match &self.femur {
            Some((landmarks, axes)) if !frame.is_lps() => landmarks.head_center + axes.vector(components),
            _ => Point3::from(components),
        }
    }

    /// The axes of `frame` as unit vectors in LPS.
    pub(crate) fn axes(&self, frame: &FrameName) -> [Vector3<f64>; 3] {
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|unit| self.vector(frame, unit))
    }
}
