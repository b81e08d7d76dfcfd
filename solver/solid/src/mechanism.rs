//! Rigid motions and hinges that no constraint stops, found before the equations are solved.

use crate::SolidError;
use crate::parts::{Parts, find_parts};
use crate::support::Springs;
use mesh::{Point3, Vector3, VolumeMesh};
use nalgebra::{DMatrix, Matrix3, Matrix6, RowVector6, Vector6};
use std::fmt::Write;

/// A motion is free when the constraints resist it less than this, over the motion they resist most (squares of sines
/// of angles, so that supports within 1e-5 of the body's size of a point or line count as one).
const FREE: f64 = 1e-10;

/// One rigid motion that nothing stops.
#[derive(Debug, Clone, PartialEq)]
pub enum Motion {
    /// Along a direction.
    Translation {
        /// Unit direction.
        direction: Vector3<f64>,
    },
    /// About an axis, with `pitch` mm of travel along it a radian (0 for a pure rotation).
    Rotation {
        /// Unit direction of the axis.
        axis: Vector3<f64>,
        /// A point on the axis.
        point: Point3<f64>,
        /// Travel along the axis a radian.
        pitch: f64,
    },
}

/// The free motions of one connected component.
#[derive(Debug, Clone, PartialEq)]
pub struct FreeMotion {
    /// Component counted from 1, in order of its first element.
    pub component: usize,
    /// Number of components in the mesh.
    pub components: usize,
    /// Elements of the component.
    pub elements: usize,
    /// Its first element.
    pub first_element: usize,
    /// Mean of its nodes.
    pub centre: Point3<f64>,
    /// The free motions.
    pub motions: Vec<Motion>,
}

pub(crate) fn describe(free: &[FreeMotion]) -> String {
    let mut text = String::new();
    for (k, part) in free.iter().take(5).enumerate() {
        let motions: Vec<String> = part.motions.iter().map(Motion::to_string).collect();
        let joined = match motions.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => motions.concat(),
        };
        let c = part.centre;
        let separator = if k == 0 { "" } else { "; " };
        let which = if part.components == 1 {
            "the body".to_owned()
        } else {
            format!(
                "component {} of {} ({} elements from element {}, around ({:.3}, {:.3}, {:.3}) mm)",
                part.component, part.components, part.elements, part.first_element, c.x, c.y, c.z
            )
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}nothing stops {joined} of {which}");
    }
    if free.len() > 5 {
        let _ = write!(text, "; and so for {} more components", free.len() - 5);
    }
    text + "; add a constraint or a spring there"
}

impl std::fmt::Display for Motion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Translation { direction } => write!(formatter, "translation along {}", named(direction)),
            Self::Rotation { axis, point, pitch } => {
                write!(formatter, "rotation about {}", named(axis))?;
                write!(formatter, " through ({:.3}, {:.3}, {:.3}) mm", point.x, point.y, point.z)?;
                if *pitch != 0.0 {
                    write!(formatter, " (with {pitch:.3} mm along it a radian)")?;
                }
                Ok(())
            }
        }
    }
}

fn named(direction: &Vector3<f64>) -> String {
    for (i, name) in ["x", "y", "z"].into_iter().enumerate() {
        if direction[i].abs() > 1.0 - 1e-9 {
            return name.to_owned();
        }
    }
    format!("({:.4}, {:.4}, {:.4})", direction.x, direction.y, direction.z)
}

/// What holds a body, in terms of its nodes.
pub(crate) struct Restraints<'a> {
    pub(crate) directions: &'a [(u32, Vector3<f64>)],
    pub(crate) springs: &'a Springs,
}

/// Finds every rigid motion of every connected component, and every motion of its face-connected parts against each
/// other, that the restraints leave free. Returns the number of components.
pub(crate) fn check_restraint(mesh: &VolumeMesh, restraints: &Restraints<'_>) -> Result<usize, SolidError> {
    let parts = find_parts(mesh);
    let free: Vec<FreeMotion> =
        (0..parts.components.len()).filter_map(|k| free_motions(mesh, &parts, k, restraints)).collect();
    if !free.is_empty() {
        return Err(SolidError::Unconstrained(free));
    }
    for component in 0..parts.components.len() {
        check_hinges(mesh, &parts, component, restraints)?;
    }
    Ok(parts.components.len())
}

/// The size-free basis of rigid motions about `centre`: rows (e, (x - c)/L × ...) so that u = mode · (t, θL).
struct Frame {
    centre: Point3<f64>,
    length: f64,
}

impl Frame {
    fn new(mesh: &VolumeMesh, nodes: &[u32]) -> Self {
        let count = nodes.len().max(1) as f64;
        let sum = nodes.iter().fold(Vector3::zeros(), |sum, &n| sum + mesh.nodes[n as usize].coords);
        let centre = Point3::from(sum / count);
        let farthest = nodes.iter().map(|&n| (mesh.nodes[n as usize] - centre).norm()).fold(0.0, f64::max);
        Self { centre, length: if farthest > 0.0 { farthest } else { 1.0 } }
    }

    /// n · u(x) as a row over the six motions.
    fn row(&self, x: &Point3<f64>, n: &Vector3<f64>) -> RowVector6<f64> {
        let torque = ((x - self.centre) / self.length).cross(n);
        RowVector6::new(n.x, n.y, n.z, torque.x, torque.y, torque.z)
    }

    /// The three displacement components at x.
    fn rows(&self, x: &Point3<f64>) -> nalgebra::Matrix3x6<f64> {
        nalgebra::Matrix3x6::from_rows(&[0, 1, 2].map(|i| self.row(x, &Vector3::ith(i, 1.0))))
    }
}

/// Resistance of the restraints on the nodes that `belongs` against the six motions.
fn resistance(
    mesh: &VolumeMesh,
    frame: &Frame,
    restraints: &Restraints<'_>,
    belongs: impl Fn(u32) -> bool,
) -> Matrix6<f64> {
    let mut gram = Matrix6::zeros();
    for (node, n) in restraints.directions.iter().filter(|(node, _)| belongs(*node)) {
        let row = frame.row(&mesh.nodes[*node as usize], n);
        gram += row.transpose() * row;
    }
    let mut spring = Matrix6::zeros();
    for (a, b, k) in restraints.springs.couplings.iter().filter(|(a, _, _)| belongs(*a)) {
        let (a, b) = (frame.rows(&mesh.nodes[*a as usize]), frame.rows(&mesh.nodes[*b as usize]));
        spring += a.transpose() * k * b;
    }
    // However soft, a spring holds: it enters by its directions, not by its size.
    let scale = spring.diagonal().max();
    if scale > 0.0 { gram + (spring + spring.transpose()) * (0.5 / scale) } else { gram }
}

fn free_motions(mesh: &VolumeMesh, parts: &Parts, component: usize, restraints: &Restraints<'_>) -> Option<FreeMotion> {
    let found = &parts.components[component];
    let frame = Frame::new(mesh, &found.nodes);
    let gram = resistance(mesh, &frame, restraints, |node| found.nodes.binary_search(&node).is_ok());
    let eigen = gram.symmetric_eigen();
    let limit = FREE * eigen.eigenvalues.max();
    let null: Vec<Vector6<f64>> = (0..6)
        .filter(|&k| eigen.eigenvalues[k] <= limit || !eigen.eigenvalues[k].is_finite())
        .map(|k| eigen.eigenvectors.column(k).into_owned())
        .collect();
    (!null.is_empty()).then(|| FreeMotion {
        component: component + 1,
        components: parts.components.len(),
        elements: found.elements,
        first_element: found.first_element,
        centre: frame.centre,
        motions: name_motions(&null, &frame),
    })
}

/// Splits a space of free motions into translations and rotations about definite axes.
fn name_motions(null: &[Vector6<f64>], frame: &Frame) -> Vec<Motion> {
    let turns = DMatrix::from_fn(3, null.len(), |i, k| null[k][i + 3]);
    let shifts = DMatrix::from_fn(3, null.len(), |i, k| null[k][i]);
    let svd = turns.clone().svd(true, true);
    let (Some(u), Some(vt)) = (svd.u.as_ref(), svd.v_t.as_ref()) else { return Vec::new() };
    let is_turn = |k: usize| svd.singular_values.get(k).is_some_and(|s| *s > 1e-6);
    // Combinations without rotation: the orthogonal complement of the right singular vectors that turn.
    let mut complement = DMatrix::<f64>::identity(null.len(), null.len());
    let mut axes = Vec::new();
    for k in (0..svd.singular_values.len()).filter(|&k| is_turn(k)) {
        let v = vt.row(k).transpose();
        complement -= &v * v.transpose();
        axes.push(Vector3::new(u[(0, k)], u[(1, k)], u[(2, k)]));
    }
    let pure = &shifts * &complement;
    let pure_svd = pure.clone().svd(true, false);
    let translations: Vec<Vector3<f64>> = pure_svd.u.as_ref().map_or_else(Vec::new, |u| {
        let kept = (0..pure_svd.singular_values.len()).filter(|&k| pure_svd.singular_values[k] > 1e-6);
        kept.map(|k| Vector3::new(u[(0, k)], u[(1, k)], u[(2, k)])).collect()
    });
    let along = projector(&translations);
    let mut motions: Vec<Motion> =
        prefer_axes(&translations).into_iter().map(|direction| Motion::Translation { direction }).collect();
    let Ok(inverse) = turns.pseudo_inverse(1e-6) else { return motions };
    for axis in prefer_axes(&axes) {
        let combination = &inverse * DMatrix::from_column_slice(3, 1, axis.as_slice());
        let shift = &shifts * combination;
        let shift = Vector3::new(shift[0], shift[1], shift[2]) * frame.length;
        let shift = shift - along * shift;
        let mut pitch = shift.dot(&axis);
        if pitch.abs() < 1e-9 * frame.length {
            pitch = 0.0;
        }
        motions.push(Motion::Rotation { axis, point: frame.centre + axis.cross(&shift), pitch });
    }
    motions
}

fn projector(basis: &[Vector3<f64>]) -> Matrix3<f64> {
    basis.iter().fold(Matrix3::zeros(), |sum, q| sum + q * q.transpose())
}

/// The coordinate axes that span the space of the orthonormal `basis`, or the basis itself when they do not.
fn prefer_axes(basis: &[Vector3<f64>]) -> Vec<Vector3<f64>> {
    let projector = projector(basis);
    let axes: Vec<Vector3<f64>> =
        (0..3).map(|i| Vector3::ith(i, 1.0)).filter(|e| (projector * e).norm() > 1.0 - 1e-9).collect();
    if axes.len() == basis.len() { axes } else { basis.to_vec() }
}

/// More parts than this in one component are refused without looking for the hinge.
const MOST_PARTS: usize = 60;

/// The face-connected parts of a component hold together by shared nodes alone: the motions of all parts (six each) that
/// neither joints nor restraints resist.
fn check_hinges(
    mesh: &VolumeMesh,
    parts: &Parts,
    component: usize,
    restraints: &Restraints<'_>,
) -> Result<(), SolidError> {
    let found = &parts.components[component];
    let count = found.parts.len();
    if count < 2 {
        return Ok(());
    }
    let hinge = |node: u32| {
        let p = mesh.nodes[node as usize];
        SolidError::Hinge { component: component + 1, parts: count, x: p.x, y: p.y, z: p.z }
    };
    let joints: Vec<&(u32, Vec<u32>)> =
        parts.joints.iter().filter(|(_, of)| of.iter().any(|p| found.parts.contains(p))).collect();
    let first = joints.first().map_or(0, |(node, _)| *node);
    if count > MOST_PARTS {
        return Err(hinge(first));
    }
    let frame = Frame::new(mesh, &found.nodes);
    let place = |part: u32| found.parts.iter().position(|&p| p == part).unwrap_or(0) * 6;
    let mut gram = DMatrix::<f64>::zeros(6 * count, 6 * count);
    for (index, &part) in found.parts.iter().enumerate() {
        let held = resistance(mesh, &frame, restraints, |node| parts.first_part(node) == Some(part));
        let mut view = gram.fixed_view_mut::<6, 6>(6 * index, 6 * index);
        view += held;
    }
    for (node, of) in &joints {
        let rows = frame.rows(&mesh.nodes[*node as usize]);
        let product = rows.transpose() * rows;
        for &other in &of[1..] {
            let (a, b) = (place(of[0]), place(other));
            for (row, column, sign) in [(a, a, 1.0), (b, b, 1.0), (a, b, -1.0), (b, a, -1.0)] {
                let mut view = gram.fixed_view_mut::<6, 6>(row, column);
                view += product * sign;
            }
        }
    }
    let eigen = gram.symmetric_eigen();
    let smallest = eigen.eigenvalues.imin();
    if eigen.eigenvalues[smallest] > FREE * eigen.eigenvalues.max() {
        return Ok(());
    }
    // Name a joint of the part that moves most.
    let motion = eigen.eigenvectors.column(smallest);
    let moving = (0..count).max_by(|&a, &b| {
        let size = |k: usize| motion.rows(6 * k, 6).norm();
        size(a).total_cmp(&size(b))
    });
    let part = moving.map(|k| found.parts[k]);
    Err(hinge(joints.iter().find(|(_, of)| part.is_some_and(|p| of.contains(&p))).map_or(first, |(node, _)| *node)))
}
