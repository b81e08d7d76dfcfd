//! Head sphere, neck and shaft axes of a femur, and the frame in which hip loads are given.

use super::section::{SectionLoop, plane_section};
use super::sphere::fit_sphere;
use crate::MeshingError;
use crate::centreline::centrelines;
use control::RunControl;
use mesh::{Point3, SurfaceMesh, Vector3};
use nalgebra::{Matrix3, Rotation3, Unit};

/// Body side of a paired bone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum Side {
    Left,
    Right,
}

impl Side {
    /// "left" or "right".
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// The direction towards the body's mid-plane in LPS.
    fn medial(self) -> Vector3<f64> {
        match self {
            Self::Left => -Vector3::x(),
            Self::Right => Vector3::x(),
        }
    }
}

/// Why landmarks could not be found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each message says what its fields are")]
pub enum LandmarkError {
    #[error("the surface is empty; load a femur surface")]
    Empty,
    #[error(
        "no closed cross-section at {level_mm:.1} mm above the lowest point; close the surface and check that its z axis points to the head (LPS)"
    )]
    NoSection { level_mm: f64 },
    #[error(
        "no femoral shaft: only {found} of {needed} sections have a nearly constant area; the surface must hold at least 40 mm of shaft"
    )]
    NoShaft { found: usize, needed: usize },
    #[error(
        "no spherical femoral head at the medial proximal end: the best sphere has radius {radius_mm:.1} mm and root-mean-square error {residual_mm:.2} mm; check the side and the frame (LPS) of the surface"
    )]
    NoHead { radius_mm: f64, residual_mm: f64 },
    #[error(
        "the head lies on the lateral side: this is a {found} femur, or the frame is not LPS; correct `side` or `frame`"
    )]
    WrongSide { found: &'static str },
    #[error("no neck section between head and shaft; the surface must include the whole proximal femur")]
    NoNeck,
}

/// Measured landmarks of a femur, in mm and LPS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FemurLandmarks {
    /// Centre of the sphere fitted to the articular surface.
    pub head_center: Point3<f64>,
    /// Its radius.
    pub head_radius: f64,
    /// Root mean square distance of the head's surface to that sphere.
    pub head_residual: f64,
    /// Centroid of the smallest cross-section between head and trochanters.
    pub neck_center: Point3<f64>,
    /// Area of that section in mm².
    pub neck_area: f64,
    /// Unit vector from the neck centre to the head centre.
    pub neck_axis: Unit<Vector3<f64>>,
    /// A point on the shaft axis.
    pub shaft_point: Point3<f64>,
    /// Unit vector along the shaft, towards the head.
    pub shaft_axis: Unit<Vector3<f64>>,
}

/// Right-handed for a left femur, left-handed for a right one: unit axes in which hip loads are published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FemurFrame {
    /// Towards the body's mid-plane.
    pub medial: Unit<Vector3<f64>>,
    /// Towards the front.
    pub anterior: Unit<Vector3<f64>>,
    /// Along the shaft towards the head.
    pub proximal: Unit<Vector3<f64>>,
}

impl FemurFrame {
    /// Vector of the given medial, anterior and proximal components, in LPS.
    pub fn vector(&self, components: [f64; 3]) -> Vector3<f64> {
        components[0] * *self.medial + components[1] * *self.anterior + components[2] * *self.proximal
    }
}

impl FemurLandmarks {
    /// The load frame. Proximal is the shaft axis. The neck axis points `anteversion` (radians) in front of the medial
    /// axis; 0 puts the medial axis into the plane of shaft and neck. A surface without condyles does not show its
    /// anteversion, so the value is the caller's and must be stated with the result.
    pub fn frame(&self, side: Side, anteversion: f64) -> FemurFrame {
        let proximal = self.shaft_axis;
        let across = *self.neck_axis - proximal.dot(&self.neck_axis) * *proximal;
        // medial × anterior = proximal for a left femur in LPS, −proximal for a right one
        let handed = if side == Side::Left { 1.0 } else { -1.0 };
        let medial = Rotation3::from_axis_angle(&proximal, -handed * anteversion) * Unit::new_normalize(across);
        let anterior = Unit::new_normalize(handed * proximal.cross(&medial));
        FemurFrame { medial, anterior, proximal }
    }
}

/// How far from the head's centre, in its radii, the middle of head and neck is taken for the neck-shaft angle: to where
/// the neck ends.
const NECK_REACH: f64 = 1.3;

/// Angle between the shaft axis and the line that best fits the middle of head and neck, in radians, on the medial side
/// (about 2.2 rad = 126°).
///
/// The middle is the centreline from the head's centre to the shaft. The line from the narrowest section to the head
/// ([`FemurLandmarks::neck_axis`]) is about 7° steeper: that section lies where the neck already bends.
///
/// # Errors
/// Those of [`centrelines`].
pub fn neck_shaft_angle(
    surface: &SurfaceMesh,
    marks: &FemurLandmarks,
    control: &RunControl,
) -> Result<f64, MeshingError> {
    let lines = centrelines(surface, &marks.head_center, &[marks.shaft_point], control)?;
    let reach = NECK_REACH * marks.head_radius;
    let is_near = |p: &&Point3<f64>| (**p - marks.head_center).norm() <= reach;
    let middle: Vec<Point3<f64>> = lines.iter().flat_map(|line| line.points.iter().filter(is_near)).copied().collect();
    let (_, axis) = fit_line(&middle);
    // The direction of a fitted line has no sign; the angle on the medial side is the obtuse one.
    let angle = axis.angle(&marks.shaft_axis);
    Ok(angle.max(std::f64::consts::PI - angle))
}

/// Measures a closed femur surface (mm, LPS, head up): shaft axis from the sections of nearly constant area, head by an
/// iterated sphere fit on the articular surface, neck from the smallest section between them.
/// Works on a proximal femur cut through the shaft and on a whole one. Cost O(sections × triangles).
pub fn femur(surface: &SurfaceMesh, side: Side) -> Result<FemurLandmarks, LandmarkError> {
    measure(surface, side).map_err(|error| match measure(surface, side.other()) {
        Ok(_) => LandmarkError::WrongSide { found: side.other().name() },
        Err(_) => error,
    })
}

fn measure(surface: &SurfaceMesh, side: Side) -> Result<FemurLandmarks, LandmarkError> {
    let (shaft_point, shaft_axis) = shaft(surface)?;
    let (head_center, head_radius, head_residual) = head(surface, &shaft_axis, side)?;
    let to_head = head_center - shaft_point;
    let offset = to_head - shaft_axis.dot(&to_head) * *shaft_axis;
    if offset.dot(&side.medial()) < 0.5 * offset.norm() {
        return Err(LandmarkError::WrongSide { found: side.other().name() });
    }
    let neck = neck(surface, &shaft_point, &shaft_axis, &head_center, head_radius)?;
    Ok(FemurLandmarks {
        head_center,
        head_radius,
        head_residual,
        neck_center: neck.centroid,
        neck_area: neck.area,
        neck_axis: Unit::new_normalize(head_center - neck.centroid),
        shaft_point,
        shaft_axis,
    })
}

const SHAFT_SECTIONS: usize = 48;

/// Line through the section centroids of the part of the shaft whose area is within 30 % of the smallest.
fn shaft(surface: &SurfaceMesh) -> Result<(Point3<f64>, Unit<Vector3<f64>>), LandmarkError> {
    let mut axis = Vector3::z_axis();
    let mut line = (Point3::origin(), axis);
    for _ in 0..4 {
        let heights = surface.points.iter().map(|p| axis.dot(&p.coords));
        let (low, high) = heights.fold((f64::MAX, f64::MIN), |(l, h), z| (l.min(z), h.max(z)));
        if low > high {
            return Err(LandmarkError::Empty);
        }
        let mut sections = Vec::with_capacity(SHAFT_SECTIONS);
        for k in 0..SHAFT_SECTIONS {
            let level = (high - low) * (0.08 + 0.54 * k as f64 / SHAFT_SECTIONS as f64);
            let loops = plane_section(surface, &Point3::from(*axis * (low + level)), &axis);
            sections.push(loops.into_iter().next().ok_or(LandmarkError::NoSection { level_mm: level })?);
        }
        line = fit_line(&constant_part(&sections)?);
        axis = if line.1.z < 0.0 { -line.1 } else { line.1 };
    }
    Ok((line.0, axis))
}

/// Centroids of the run of neighbouring sections around the smallest one, whose areas stay within 30 % of it.
fn constant_part(sections: &[SectionLoop]) -> Result<Vec<Point3<f64>>, LandmarkError> {
    let smallest = (0..sections.len()).min_by(|&a, &b| sections[a].area.total_cmp(&sections[b].area)).unwrap_or(0);
    let limit = 1.3 * sections[smallest].area;
    let first = (0..smallest).rev().take_while(|&k| sections[k].area <= limit).last().unwrap_or(smallest);
    let last = (smallest..sections.len()).take_while(|&k| sections[k].area <= limit).last().unwrap_or(smallest);
    let needed = SHAFT_SECTIONS / 6;
    if last - first + 1 < needed {
        return Err(LandmarkError::NoShaft { found: last - first + 1, needed });
    }
    Ok(sections[first..=last].iter().map(|section| section.centroid).collect())
}

/// Total least-squares line: mean point and first principal direction.
fn fit_line(points: &[Point3<f64>]) -> (Point3<f64>, Unit<Vector3<f64>>) {
    let mean = points.iter().fold(Vector3::zeros(), |sum, p| sum + p.coords) / points.len() as f64;
    let covariance = points.iter().map(|p| p.coords - mean).fold(Matrix3::zeros(), |sum, d| sum + d * d.transpose());
    let eigen = covariance.symmetric_eigen();
    let direction = eigen.eigenvectors.column(eigen.eigenvalues.imax()).into_owned();
    (Point3::from(mean), Unit::new_normalize(direction))
}

/// Sphere of the articular surface: vertices within 6 % of the radius, on the far side of the centre from the neck.
fn head(
    surface: &SurfaceMesh,
    shaft_axis: &Unit<Vector3<f64>>,
    side: Side,
) -> Result<(Point3<f64>, f64, f64), LandmarkError> {
    let outward = (side.medial() + **shaft_axis).normalize();
    let weighted = vertex_areas(surface);
    let tip = weighted.iter().map(|w| w.0).max_by(|a, b| outward.dot(&a.coords).total_cmp(&outward.dot(&b.coords)));
    let tip = tip.ok_or(LandmarkError::Empty)?;
    let near: Vec<_> = weighted.iter().copied().filter(|(p, _)| (p - tip).norm() < 15.0).collect();
    let mut fit = fit_sphere(&near).ok_or(LandmarkError::NoHead { radius_mm: 0.0, residual_mm: 0.0 })?;
    for _ in 0..30 {
        let articular = |(p, _): &(Point3<f64>, f64)| {
            let from_center = p - fit.center;
            (from_center.norm() - fit.radius).abs() < 0.06 * fit.radius && outward.dot(&from_center) > -0.2 * fit.radius
        };
        let chosen: Vec<_> = weighted.iter().copied().filter(articular).collect();
        let Some(next) = fit_sphere(&chosen) else { break };
        let moved = (next.center - fit.center).norm() + (next.radius - fit.radius).abs();
        fit = next;
        if moved < 1e-9 {
            break;
        }
    }
    if fit.residual > 0.04 * fit.radius || !(12.0..=40.0).contains(&fit.radius) {
        return Err(LandmarkError::NoHead { radius_mm: fit.radius, residual_mm: fit.residual });
    }
    Ok((fit.center, fit.radius, fit.residual))
}

/// Every vertex with a third of the area of its triangles.
fn vertex_areas(surface: &SurfaceMesh) -> Vec<(Point3<f64>, f64)> {
    let mut weighted: Vec<_> = surface.points.iter().map(|&p| (p, 0.0)).collect();
    for (t, triangle) in surface.triangles.iter().enumerate() {
        let share = surface.area_vector2(t).norm() / 6.0;
        for &v in triangle {
            weighted[v as usize].1 += share;
        }
    }
    weighted
}

/// Smallest section between head and shaft; the axis from its centroid to the head centre is iterated with it.
fn neck(
    surface: &SurfaceMesh,
    shaft_point: &Point3<f64>,
    shaft_axis: &Unit<Vector3<f64>>,
    head_center: &Point3<f64>,
    head_radius: f64,
) -> Result<SectionLoop, LandmarkError> {
    let along = shaft_axis.dot(&(head_center - shaft_point));
    let foot = shaft_point + **shaft_axis * along;
    // first guess: 45° below the horizontal from the head to the shaft
    let lateral = foot - head_center;
    let mut direction = Unit::new_normalize(lateral - **shaft_axis * lateral.norm());
    let mut best: Option<SectionLoop> = None;
    for _ in 0..6 {
        best = None;
        for k in 0..=28 {
            let origin = head_center + *direction * (head_radius * (0.6 + 0.05 * f64::from(k)));
            let through_axis = plane_section(surface, &origin, &direction)
                .into_iter()
                .find(|section| (section.centroid - origin).norm() < head_radius);
            if let Some(section) = through_axis
                && best.as_ref().is_none_or(|b| section.area < b.area)
            {
                best = Some(section);
            }
        }
        let Some(section) = &best else { return Err(LandmarkError::NoNeck) };
        direction = Unit::new_normalize(section.centroid - head_center);
    }
    best.ok_or(LandmarkError::NoNeck)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(name: &str) -> SurfaceMesh {
        let path = format!("{}/../../assets/anatomies/{name}", env!("CARGO_MANIFEST_DIR"));
        mesh_io::load_surface(path.as_ref(), None, None, &control::RunControl::silent()).unwrap().surface
    }

    /// Reference: assets/anatomies/libhip_m4_bone_ant.csv, hip joint centres; the "mean actual radius" is 25.0 mm on
    /// both sides, the "simplified radius" 25.51 and 26.21 mm.
    #[test]
    fn head_centres_agree_with_the_published_hip_joint_centres() {
        for (file, side, center) in [
            ("libhip_m4_lfemur.stl", Side::Left, Point3::new(78.34, 28.85, -365.2)),
            ("libhip_m4_rfemur.stl", Side::Right, Point3::new(-92.6, 18.49, -356.62)),
        ] {
            let found = femur(&asset(file), side).unwrap();
            assert!((found.head_center - center).norm() < 1.0, "{file}: {:?}", found.head_center);
            assert!((24.0..26.5).contains(&found.head_radius), "{file}: {}", found.head_radius);
            let frame = found.frame(side, 0.0);
            assert!(frame.anterior.y < -0.8 && frame.proximal.z > 0.9, "{file}: {frame:?}");
            assert!(frame.medial.dot(&frame.anterior).abs() < 1e-12);
            assert!(frame.medial.x * side.medial().x > 0.8, "{file}: {frame:?}");
        }
    }

    /// Reference: the same file, 126° left and 120° right.
    #[test]
    fn neck_shaft_angles_agree_with_the_published_ones() {
        for (file, side, degrees) in
            [("libhip_m4_lfemur.stl", Side::Left, 126.0), ("libhip_m4_rfemur.stl", Side::Right, 120.0)]
        {
            let surface = asset(file);
            let marks = femur(&surface, side).unwrap();
            let found = neck_shaft_angle(&surface, &marks, &control::RunControl::silent()).unwrap().to_degrees();
            println!("{file}: {found:.1}° for {degrees}°");
            assert!((found - degrees).abs() < 4.0, "{file}: {found}° for {degrees}°");
        }
    }

    #[test]
    fn anteversion_turns_the_medial_axis_backwards_on_both_sides() {
        for (file, side) in [("libhip_m4_lfemur.stl", Side::Left), ("libhip_m4_rfemur.stl", Side::Right)] {
            let found = femur(&asset(file), side).unwrap();
            let frame = found.frame(side, 0.2);
            let ahead = found.neck_axis.dot(&frame.anterior) / found.neck_axis.dot(&frame.medial);
            assert!((ahead.atan() - 0.2).abs() < 1e-12, "{file}");
        }
    }

    #[test]
    fn the_wrong_side_is_refused_by_name() {
        let error = femur(&asset("libhip_m4_lfemur.stl"), Side::Right).unwrap_err();
        assert_eq!(error, LandmarkError::WrongSide { found: "left" });
    }
}
