//! The element size of a partition.

use super::deviation::volume_errors;
use crate::MeshingError;
use crate::domain::PartsDomain;
use crate::surface::MeshOptions;
use crate::tets::TetMesh;
use control::{Cancelled, RunControl};
use mesh::{Partition, Point3};
use rayon::prelude::*;

/// First size over the median thickness of a part ...
const OF_MEDIAN: f64 = 0.2;
/// ... and over the thickness of its thin places (5 % of the area).
const OF_THIN: f64 = 0.25;
/// Least and largest factor between sizes when one is too fine.
const COARSER: [f64; 2] = [1.05, 4.0];
/// Elements along a border at least, times its area over the square of the size: a third of what is usual.
const ALONG_BORDER: f64 = 8.0;
/// The size that the volume errors ask for is at least this part of the one they were found at.
const FINEST: f64 = 0.4;
/// Part of the allowed volume error that the next size aims at.
const AIM: f64 = 0.9;
/// Elements at most where the size is found: more is for the user to ask for. Those of one size everywhere ...
pub(super) const BASE_ELEMENTS: usize = 250_000;
/// ... and with the finer ones where these miss the input.
pub(super) const MOST_ELEMENTS: usize = 850_000;

/// The size to take and where it comes from.
pub(super) struct Planned {
    pub(super) size: f64,
    pub(super) reason: String,
    /// Width of the finest cells, mm.
    pub(super) finest: f64,
    /// The distance (mm) that the borders of input and mesh are to keep, where the size is found.
    pub(super) tolerance: Option<f64>,
    wanted: f64,
    /// Whether a finer size was too fine.
    is_bounded: bool,
}

impl Planned {
    fn new(size: f64, reason: String) -> Self {
        Self { size, reason, finest: size, tolerance: None, wanted: size, is_bounded: false }
    }

    /// The cells went down to `finest` to keep `tolerance`, both in mm.
    pub(super) fn follow(&mut self, finest: f64, tolerance: f64) {
        (self.finest, self.tolerance) = (finest, Some(tolerance));
        if finest < self.size {
            let more =
                format!("; down to {finest:.3} mm where the input would be missed by more than {tolerance:.3} mm");
            self.reason.push_str(&more);
        }
    }

    /// The size at which the worst part of a mesh made at this one would keep its volume within `allowed`, if that is finer
    /// and was not found too fine: errors fall with the square of the size.
    pub(super) fn refine(&mut self, domain: &PartsDomain, tets: &TetMesh, allowed: f64) -> bool {
        let worst = volume_errors(domain, tets).into_values().fold(0.0, f64::max);
        if self.is_bounded || worst <= allowed {
            return false;
        }
        self.size *= (AIM * allowed / worst).sqrt().max(FINEST);
        self.wanted = self.size;
        let (size, percent) = (self.size, 100.0 * allowed);
        self.reason = format!("found: at {size:.3} mm the volume of every part is expected within {percent:.2} %");
        true
    }

    /// The next larger size, because the last would give `elements` and not `limit` at most. Most lie along borders, so that
    /// their number falls with the square of the size.
    pub(super) fn coarsen(&mut self, elements: f64, limit: usize) {
        self.size *= (elements / limit as f64).sqrt().clamp(COARSER[0], COARSER[1]);
        self.is_bounded = true;
        let (size, wanted) = (self.size, self.wanted);
        self.reason = format!(
            "found: thickness and volume of the parts ask for {wanted:.3} mm, {limit} elements allow {size:.3} mm"
        );
    }
}

/// Thickness at each triangle of the thinner of the parts beside it, mm.
pub(super) fn thicknesses(
    domain: &PartsDomain,
    partition: &Partition,
    control: &RunControl,
) -> Result<Vec<Option<f64>>, Cancelled> {
    let at = |(t, sides): (usize, &[u16; 2])| -> Result<Option<f64>, Cancelled> {
        if t.is_multiple_of(256) {
            control.check()?;
        }
        let Some([a, b, c]) = domain.bvh.corners(t as u32) else { return Ok(None) };
        let Some(normal) = (b - a).cross(&(c - a)).try_normalize(0.0) else { return Ok(None) };
        let centroid = Point3::from((a.coords + b.coords + c.coords) / 3.0);
        let across = |sign: f64| {
            let other = |hit: &geometry::RayHit| hit.triangle as usize != t;
            let hit = domain.bvh.ray_filtered(&centroid, &(normal * sign), 0.0..=f64::INFINITY, other);
            hit.map(|hit| hit.parameter)
        };
        let own = sides.iter().zip([-1.0, 1.0]).filter(|(side, _)| Partition::is_part(**side));
        Ok(own.filter_map(|(_, sign)| across(sign)).min_by(f64::total_cmp))
    };
    partition.sides.par_iter().enumerate().map(at).collect()
}

/// The size that the options give, or the least that the thickness of a part asks for.
pub(super) fn plan(
    domain: &PartsDomain,
    thickness: &[Option<f64>],
    options: &MeshOptions,
    control: &RunControl,
) -> Result<Planned, MeshingError> {
    if let Some(size) = options.size {
        return Ok(Planned { is_bounded: true, ..Planned::new(size, "given".to_owned()) });
    }
    let mut size = f64::INFINITY;
    for part in domain.parts() {
        let percentiles = part.boundary.thickness_percentiles(&[0.05, 0.5], control)?;
        let at = |k: usize| percentiles.get(k).copied().flatten().filter(|t| *t > 0.0);
        let of_part = [at(0).map(|t| OF_THIN * t), at(1).map(|t| OF_MEDIAN * t)];
        size = of_part.into_iter().flatten().fold(size, f64::min);
    }
    if !size.is_finite() {
        // No ray leaves any part: the thinnest place anywhere.
        size = thickness.iter().flatten().copied().filter(|t| *t > 0.0).fold(f64::INFINITY, f64::min) * OF_THIN;
    }
    if !size.is_finite() {
        return Err(MeshingError::EmptySurface);
    }
    let reason = format!("found: the thinnest part asks for {size:.3} mm");
    let mut planned = Planned::new(size, reason);
    // Where even one layer of cells along the boundaries is too much, the lattice need not be tried.
    let area: f64 = (0..thickness.len() as u32).filter_map(|t| domain.bvh.corners(t)).map(|c| area_of(&c)).sum();
    let most = options.max_elements.min(BASE_ELEMENTS);
    let elements = |size: f64| ALONG_BORDER * area / size.powi(2);
    while elements(planned.size) > most as f64 {
        planned.coarsen(elements(planned.size), most);
    }
    Ok(planned)
}

fn area_of([a, b, c]: &[Point3<f64>; 3]) -> f64 {
    0.5 * (b - a).cross(&(c - a)).norm()
}
