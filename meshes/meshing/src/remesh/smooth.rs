//! Smoothing that keeps the volume.
//!
//! In rounds of five averages x ← (x + mean of neighbours) / 2. That pulls curved parts inwards, so after each round the
//! loss along the normal, g = (x before − x after)·n, is itself averaged as a scalar and given back, x ← x + g n: bumps
//! average out of g, curvature does not (after Taubin 1995, with the second pass of Vollmer, Mencl & Müller 1999). A last
//! offset along the normals makes the volume exact.

use super::distance::{SurfaceDistance, two_sided};
use super::editable::{Editable, Kind};
use super::features::Curves;
use super::input::Input;
use crate::MeshingError;
use crate::parallel::parallel_map;
use control::{Cancelled, RunControl};
use mesh::topology::Adjacency;
use mesh::{Point3, SurfaceMesh, Vector3};
use serde::{Deserialize, Serialize};

/// Averages between two restorations.
const ROUND: usize = 5;
/// Averages of the loss, more than of the positions, so that few bumps are given back.
const SPREAD: usize = 20;
/// Newton steps for the volume: it is a cubic in the offset, and the step is small.
const NEWTON: usize = 12;

/// How a surface is smoothed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmoothOptions {
    /// Averages over the neighbours.
    pub iterations: usize,
    /// Angle between normals (degrees) above which an edge is sharp and stays; `None` holds only borders of regions and
    /// holes. Must be `None` for staircases, which are all edges.
    pub feature_angle_deg: Option<f64>,
}

impl Default for SmoothOptions {
    fn default() -> Self {
        Self { iterations: 30, feature_angle_deg: Some(60.0) }
    }
}

/// A smoothed surface and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothed {
    /// The same triangles and regions, moved vertices.
    pub surface: SurfaceMesh,
    /// Distance and volume.
    pub report: SmoothReport,
}

/// What was measured on a smoothed surface.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SmoothReport {
    /// Two-sided, to the input.
    pub distance: SurfaceDistance,
    /// (after − before) / before, for closed surfaces.
    pub volume_change: Option<f64>,
    /// Vertices held: on sharp edges and borders.
    pub held: usize,
}

/// Smooths a manifold surface (mm) without shrinking it; sharp edges, borders of regions and holes stay where they are.
///
/// # Errors
/// [`MeshingError::NotManifold`], [`MeshingError::EmptySurface`], [`MeshingError::BadOption`],
/// [`MeshingError::Cancelled`].
///
/// Cost: about 1 µs a vertex and average.
pub fn smooth(surface: &SurfaceMesh, options: &SmoothOptions, control: &RunControl) -> Result<Smoothed, MeshingError> {
    super::input::refuse_bad_angle(options.feature_angle_deg)?;
    let input = Input::prepare(surface, control)?;
    let mut mesh = input.editable();
    let angle = options.feature_angle_deg.map(f64::to_radians);
    Curves::mark(&mut mesh, &input.surface, &input.topology, angle, 2.0 * input.mean_length());
    let around = neighbours(&mesh);
    let is_free: Vec<bool> = mesh.kinds.iter().map(|kind| *kind == Kind::Free).collect();
    let vertices: Vec<u32> = (0..is_free.len() as u32).collect();
    let rounds = options.iterations.div_ceil(ROUND);
    for round in 0..rounds {
        control.report(0.8 * round as f64 / rounds as f64);
        let start: Vec<Vector3<f64>> = mesh.points.iter().map(|p| p.coords).collect();
        let mut positions = start.clone();
        for _ in 0..ROUND.min(options.iterations - round * ROUND) {
            positions = average(&vertices, &around, &is_free, &positions, control)?;
        }
        mesh.points = positions.iter().map(|x| Point3::from(*x)).collect();
        let normals = parallel_map(&vertices, control, |&v| mesh.vertex_normal(v).unwrap_or_default())?;
        let mut lost: Vec<f64> = (0..start.len()).map(|k| (start[k] - positions[k]).dot(&normals[k])).collect();
        for _ in 0..SPREAD {
            lost = average(&vertices, &around, &is_free, &lost, control)?;
        }
        for k in (0..start.len()).filter(|&k| is_free[k]) {
            mesh.points[k] += normals[k] * lost[k];
        }
    }
    let closed = input.topology.is_watertight();
    if closed {
        restore_volume(&mut mesh, input.surface.volume());
    }
    let surface = input.rebuilt(&mesh);
    let distance = two_sided(&input.surface, &surface, &control.stage("measure", 0.85, 1.0))?;
    let volume_change = closed.then(|| surface.volume() / input.surface.volume() - 1.0).filter(|v| v.is_finite());
    let held = is_free.iter().filter(|free| !**free).count();
    Ok(Smoothed { surface, report: SmoothReport { distance, volume_change, held } })
}

fn neighbours(mesh: &Editable) -> Adjacency {
    let (mut offsets, mut items) = (vec![0], Vec::new());
    for v in 0..mesh.points.len() as u32 {
        items.extend(mesh.neighbours(v));
        offsets.push(items.len());
    }
    Adjacency { offsets, items }
}

/// Every free value moved half way to the mean of its neighbours.
fn average<T>(
    vertices: &[u32],
    around: &Adjacency,
    is_free: &[bool],
    values: &[T],
    control: &RunControl,
) -> Result<Vec<T>, Cancelled>
where
    T: Copy + Send + Sync + Default + std::ops::Add<Output = T> + std::ops::Mul<f64, Output = T>,
{
    parallel_map(vertices, control, |&v| {
        let (own, neighbours) = (values[v as usize], around.of(v as usize));
        if !is_free[v as usize] || neighbours.is_empty() {
            return own;
        }
        let sum = neighbours.iter().fold(T::default(), |sum, &n| sum + values[n as usize]);
        own * 0.5 + sum * (0.5 / neighbours.len() as f64)
    })
}

/// Offsets the free vertices along their normals until the volume (mm³) is the wanted one.
fn restore_volume(mesh: &mut Editable, wanted: f64) {
    for _ in 0..NEWTON {
        let volume = mesh.finish().0.volume();
        let missing = wanted - volume;
        if missing.abs() <= 1e-14 * wanted.abs() {
            break;
        }
        let free = (0..mesh.points.len() as u32).filter(|&v| mesh.kinds[v as usize] == Kind::Free);
        // The volume grows by a third of the area at a vertex for a unit step along its normal.
        let areas = free.map(|v| (v, mesh.star(v).iter().map(|&t| mesh.normal(t)).sum::<Vector3<f64>>() / 6.0));
        let areas: Vec<(u32, Vector3<f64>)> = areas.collect();
        let slope: f64 = areas.iter().map(|(_, area)| area.norm()).sum();
        if slope <= 0.0 || !(missing / slope).is_finite() {
            break;
        }
        for (v, area) in areas {
            mesh.points[v as usize] += area.try_normalize(0.0).unwrap_or_default() * (missing / slope);
        }
    }
}
