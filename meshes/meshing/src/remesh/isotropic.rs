//! Isotropic remeshing: Botsch & Kobbelt (2004), "A remeshing approach to multiresolution modeling", with the curves
//! of the surface kept.

use super::distance::{SurfaceDistance, two_sided};
use super::editable::{Collapse, Editable, Flip, Kind, min_sine, normal_of};
use super::features::Curves;
use super::input::{Input, refuse_bad_angle, refuse_bad_length};
use super::sizing::sizes;
use crate::MeshingError;
use crate::parallel::parallel_map;
use control::{Cancelled, RunControl};
use geometry::TriangleBvh;
use mesh::{Point3, SurfaceMesh, Vector3};
use serde::{Deserialize, Serialize};

/// Edges longer than this times the wanted length are cut, shorter ones than `SHORT` contracted.
const LONG: f64 = 4.0 / 3.0;
const SHORT: f64 = 4.0 / 5.0;
/// Cosine of the turn of a triangle's normal that an edit may cause at most.
const TURN: f64 = 0.6;
/// Cosine between the normals of two triangles whose common edge is flipped at most, and of the turn by the flip.
const FLAT: f64 = 0.9;
/// Sine of the smallest angle (20°) below which no flip may lead, unless it was worse.
const LEAST_SINE: f64 = 0.34;
/// Passes of relaxation in an iteration, and of flips for angles with relaxation at the end.
const RELAXATIONS: usize = 2;
const POLISHING: usize = 4;
/// Cutting halves edges: more rounds are never needed below a million-fold length.
const ROUNDS: usize = 24;
/// Triangles at most; a length that asks for more is refused before memory is gone.
const MOST_TRIANGLES: f64 = 2e7;
/// Edits between two looks at the cancel flag.
const BATCH: usize = 4096;

/// How long edges should be. Lengths in mm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sizing {
    /// One length everywhere.
    Uniform {
        /// The length.
        length: f64,
    },
    /// Shorter where the surface is curved, so that triangles are off the surface by `error`.
    Curvature {
        /// Shortest.
        min: f64,
        /// Longest.
        max: f64,
        /// Sagitta of an edge.
        error: f64,
    },
}

/// How a surface is remeshed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemeshOptions {
    /// Wanted edge lengths; `None` takes the mean length of the input's edges.
    pub sizing: Option<Sizing>,
    /// Rounds of cutting, contracting, flipping and relaxing.
    pub iterations: usize,
    /// Angle between normals (degrees) above which an edge is sharp and kept; `None` keeps only borders of regions
    /// and holes.
    pub feature_angle_deg: Option<f64>,
}

impl Default for RemeshOptions {
    fn default() -> Self {
        Self { sizing: None, iterations: 10, feature_angle_deg: Some(45.0) }
    }
}

/// A remeshed surface and what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Remeshed {
    /// The new triangles, in the regions of the old ones.
    pub surface: SurfaceMesh,
    /// Distance, lengths, angles.
    pub report: RemeshReport,
}

/// What was measured on a remeshed surface.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RemeshReport {
    /// Triangles before.
    pub triangles_before: usize,
    /// Triangles after.
    pub triangles: usize,
    /// Two-sided, to the input.
    pub distance: SurfaceDistance,
    /// Mean edge length in mm.
    pub mean_length_mm: f64,
    /// Standard deviation of the edge lengths in mm.
    pub length_deviation_mm: f64,
    /// Smallest angle of a triangle.
    pub min_angle_deg: f64,
    /// Part of the triangles whose smallest angle is below 30°.
    pub below_30_deg: f64,
    /// (after − before) / before, for closed surfaces.
    pub volume_change: Option<f64>,
    /// Pairs of triangles that cut each other: parts nearer to each other than the edge length allows, or crossings of
    /// the input. [`repair`](crate::repair) mends them.
    pub crossing_pairs: usize,
}

/// Replaces the triangles of a manifold surface (open or closed, mm) by nearly equilateral ones of the wanted length.
///
/// Vertices stay on the input: free ones are projected, those on sharp edges and borders slide along them, corners
/// stay. No step makes an edge non-manifold or turns a triangle over. Regions are carried over.
///
/// # Errors
/// [`MeshingError::NotManifold`] with what to repair first, [`MeshingError::EmptySurface`],
/// [`MeshingError::BadOption`], [`MeshingError::Cancelled`].
///
/// Cost: about 30 µs an output triangle and 10 iterations.
pub fn remesh_isotropic(
    surface: &SurfaceMesh,
    options: &RemeshOptions,
    control: &RunControl,
) -> Result<Remeshed, MeshingError> {
    let input = Input::prepare(surface, control)?;
    let mut mesh = input.editable();
    let sizing = checked(options, &input)?;
    let shortest = match sizing {
        Sizing::Uniform { length } => 2.0 * length,
        Sizing::Curvature { max, .. } => 2.0 * max,
    };
    let angle = options.feature_angle_deg.map(f64::to_radians);
    let curves = Curves::mark(&mut mesh, &input.surface, &input.topology, angle, shortest);
    mesh.sizes = sizes(&mesh, &sizing, control)?;
    refuse_too_many(&mesh)?;
    let ground = Ground { input: &input, curves: &curves, sizes: mesh.sizes.clone() };
    for iteration in 0..options.iterations {
        let part = |k: usize| (iteration as f64 + k as f64 / 4.0) / (options.iterations + 1) as f64 * 0.9;
        control.report(part(0));
        split_long(&mut mesh, control)?;
        control.report(part(1));
        collapse_short(&mut mesh, control)?;
        control.report(part(2));
        flip_edges(&mut mesh, Aim::Valence, control)?;
        for _ in 0..RELAXATIONS {
            relax(&mut mesh, Some(&ground), control)?;
        }
    }
    for _ in 0..POLISHING {
        flip_edges(&mut mesh, Aim::Angle, control)?;
        relax(&mut mesh, Some(&ground), control)?;
    }
    finish(&mesh, &input, &control.stage("measure", 0.95, 1.0))
}

fn finish(mesh: &Editable, input: &Input, control: &RunControl) -> Result<Remeshed, MeshingError> {
    let surface = input.rebuilt(mesh);
    let distance = two_sided(&input.surface, &surface, control)?;
    let crossing_pairs = TriangleBvh::new(&surface.points, &surface.triangles).self_intersections(control)?.len();
    let lengths: Vec<f64> = mesh.edges().iter().map(|&[a, b]| mesh.length(a, b)).collect();
    let count = lengths.len().max(1) as f64;
    let mean = lengths.iter().sum::<f64>() / count;
    let variance = lengths.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / count;
    let sines: Vec<f64> = mesh.alive().map(|t| min_sine(mesh.corners(t))).collect();
    let flat = sines.iter().filter(|sine| **sine < 0.5).count();
    let volume = input.topology.is_watertight().then(|| surface.volume() / input.surface.volume() - 1.0);
    let report = RemeshReport {
        triangles_before: input.surface.triangles.len(),
        triangles: surface.triangles.len(),
        distance,
        mean_length_mm: mean,
        length_deviation_mm: variance.sqrt(),
        min_angle_deg: sines.iter().copied().fold(1.0, f64::min).asin().to_degrees(),
        below_30_deg: flat as f64 / sines.len().max(1) as f64,
        volume_change: volume.filter(|change| change.is_finite()),
        crossing_pairs,
    };
    Ok(Remeshed { surface, report })
}

fn checked(options: &RemeshOptions, input: &Input) -> Result<Sizing, MeshingError> {
    refuse_bad_angle(options.feature_angle_deg)?;
    let sizing = options.sizing.unwrap_or_else(|| Sizing::Uniform { length: input.mean_length() });
    match sizing {
        Sizing::Uniform { length } => refuse_bad_length("length", length)?,
        Sizing::Curvature { min, max, error } => {
            refuse_bad_length("min", min)?;
            refuse_bad_length("max", max)?;
            refuse_bad_length("error", error)?;
            if max < min {
                return Err(MeshingError::BadOption { option: "max", value: max, needed: "at least min" });
            }
        }
    }
    Ok(sizing)
}

/// The area over the area of the wanted triangles.
fn refuse_too_many(mesh: &Editable) -> Result<(), MeshingError> {
    let equilateral = 3f64.sqrt() / 4.0;
    let wanted = |t: u32| {
        let [a, b, c] = mesh.triangles[t as usize];
        let length = mesh.wanted(a, b).min(mesh.sizes[c as usize]);
        0.5 * mesh.normal(t).norm() / (equilateral * length * length)
    };
    let triangles: f64 = mesh.alive().map(wanted).sum();
    let size_mm = mesh.sizes.iter().copied().fold(f64::INFINITY, f64::min);
    if triangles > MOST_TRIANGLES {
        let limit = MOST_TRIANGLES as usize;
        return Err(MeshingError::TooManyTriangles { size_mm, triangles, limit });
    }
    Ok(())
}

/// What vertices are projected to.
pub(crate) struct Ground<'a> {
    input: &'a Input,
    curves: &'a Curves,
    /// Wanted length at the vertices of the input in mm.
    sizes: Vec<f64>,
}

impl Ground<'_> {
    /// The nearest point of the surface that faces along `normal`, and the wanted length there.
    fn project(&self, p: &Point3<f64>, normal: &Vector3<f64>) -> Option<(Point3<f64>, f64)> {
        let closest = self.input.bvh.closest_point(p, f64::INFINITY)?;
        let triangle = self.input.surface.triangles.get(closest.triangle as usize)?;
        if self.input.surface.area_vector2(closest.triangle as usize).dot(normal) < 0.0 {
            return None;
        }
        let size = (0..3).map(|k| closest.barycentric[k] * self.sizes[triangle[k] as usize]).sum();
        Some((closest.point, size))
    }
}

/// Cuts edges that are too long, the longest first.
pub(crate) fn split_long(mesh: &mut Editable, control: &RunControl) -> Result<(), Cancelled> {
    for _ in 0..ROUNDS {
        let mut long: Vec<(f64, [u32; 2])> = Vec::new();
        for [a, b] in mesh.edges() {
            let ratio = mesh.length(a, b) / mesh.wanted(a, b);
            if ratio > LONG && !(mesh.sealed && mesh.at_edge(a, b).len() < 2) {
                long.push((ratio, [a, b]));
            }
        }
        if long.is_empty() {
            break;
        }
        long.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        for (number, (_, [a, b])) in long.into_iter().enumerate() {
            if number.is_multiple_of(BATCH) {
                control.check()?;
            }
            let middle = nalgebra::center(&mesh.points[a as usize], &mesh.points[b as usize]);
            mesh.split(a, b, middle);
        }
    }
    Ok(())
}

/// Contracts edges that are too short, the shortest first.
pub(crate) fn collapse_short(mesh: &mut Editable, control: &RunControl) -> Result<(), Cancelled> {
    let short = |mesh: &Editable, a: u32, b: u32| mesh.length(a, b) < SHORT * mesh.wanted(a, b);
    let edges = mesh.edges().into_iter().filter(|&[a, b]| short(mesh, a, b));
    let mut edges: Vec<(f64, [u32; 2])> = edges.map(|[a, b]| (mesh.length(a, b), [a, b])).collect();
    edges.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    for (number, (_, [a, b])) in edges.into_iter().enumerate() {
        if number.is_multiple_of(BATCH) {
            control.check()?;
        }
        if mesh.has_edge(a, b) && short(mesh, a, b) {
            for (removed, kept) in [(a, b), (b, a)] {
                let at = landing(mesh, removed, kept);
                let collapse = Collapse { removed, kept, at };
                if mesh.may_collapse(removed, kept) && keeps_shape(mesh, &collapse) && stays_short(mesh, &collapse) {
                    mesh.collapse(&collapse);
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Two free vertices meet halfway; a kept vertex on a curve stays.
fn landing(mesh: &Editable, removed: u32, kept: u32) -> Point3<f64> {
    let [p, q] = [removed, kept].map(|v| mesh.points[v as usize]);
    match (mesh.kinds[removed as usize], mesh.kinds[kept as usize]) {
        (Kind::Free, Kind::Free) => nalgebra::center(&p, &q),
        _ => q,
    }
}

/// No triangle turns over or becomes a sliver by the contraction, unless it was one.
pub(crate) fn keeps_shape(mesh: &Editable, collapse: &Collapse) -> bool {
    let beside = mesh.vertex_normal(collapse.removed);
    mesh.changes(collapse).into_iter().all(|(before, after)| {
        let (old_sine, new_sine) = (min_sine(before), min_sine(after));
        let sliver = old_sine < 1e-3;
        let reference = if sliver { beside } else { normal_of(before).try_normalize(0.0) };
        let turned = match (reference, normal_of(after).try_normalize(0.0)) {
            (Some(old), Some(new)) => old.dot(&new) < TURN,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        !turned && (new_sine > 0.1 || new_sine > 0.7 * old_sine)
    })
}

/// No new edge that would be cut again, but very short edges go in any case.
fn stays_short(mesh: &Editable, collapse: &Collapse) -> bool {
    let Collapse { removed, kept, at } = *collapse;
    let slack = if mesh.length(removed, kept) < 0.2 * mesh.wanted(removed, kept) { 2.0 } else { 1.0 };
    let fits = |v: u32| (mesh.points[v as usize] - at).norm() <= slack * LONG * mesh.wanted(v, kept);
    mesh.neighbours(removed).into_iter().all(fits)
}

/// What flips are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Six edges at a vertex, four on curves.
    Valence,
    /// The smallest angle as large as possible.
    Angle,
}

/// Flips edges once, in order, where that serves the aim and the surface is flat there.
pub(crate) fn flip_edges(mesh: &mut Editable, aim: Aim, control: &RunControl) -> Result<usize, Cancelled> {
    let mut flips = 0;
    for (number, [a, b]) in mesh.edges().into_iter().enumerate() {
        if number.is_multiple_of(BATCH) {
            control.check()?;
        }
        let Some(Flip { old, apexes, new }) = mesh.flipped(a, b) else { continue };
        let corners = |triangle: [u32; 3]| triangle.map(|v| mesh.points[v as usize]);
        let before = old.map(|t| mesh.corners(t));
        let after = new.map(corners);
        let sine = |pair: [[Point3<f64>; 3]; 2]| min_sine(pair[0]).min(min_sine(pair[1]));
        let (old_sine, new_sine) = (sine(before), sine(after));
        let wanted = match aim {
            Aim::Angle => new_sine > old_sine * 1.001,
            Aim::Valence => lowers_deviation(mesh, [a, b], apexes) && (new_sine > LEAST_SINE || new_sine > old_sine),
        };
        if wanted && is_flat(before, after) {
            mesh.flip(a, b);
            flips += 1;
        }
    }
    Ok(flips)
}

/// Whether a flip brings the vertices nearer to six edges (inside) or four (on curves).
fn lowers_deviation(mesh: &Editable, ends: [u32; 2], apexes: [u32; 2]) -> bool {
    let off = |v: u32, change: i64| {
        let wanted = if mesh.kinds[v as usize] == Kind::Free || !mesh.on_border(v) { 6 } else { 4 };
        (mesh.neighbours(v).len() as i64 + change - wanted).pow(2)
    };
    let sum = |change: i64| {
        ends.iter().map(|&v| off(v, -change)).sum::<i64>() + apexes.iter().map(|&v| off(v, change)).sum::<i64>()
    };
    sum(1) < sum(0)
}

/// Whether two triangles lie nearly in a plane before and after a flip; slivers have no plane and follow the other.
fn is_flat(before: [[Point3<f64>; 3]; 2], after: [[Point3<f64>; 3]; 2]) -> bool {
    let unit = |triangle| normal_of(triangle).try_normalize(0.0);
    let total = normal_of(before[0]) + normal_of(before[1]);
    let Some(mean) = total.try_normalize(0.0) else { return false };
    let agrees = |triangle: [Point3<f64>; 3], needed: f64| unit(triangle).is_some_and(|n| n.dot(&mean) > needed);
    let old = |triangle| min_sine(triangle) < 1e-3 || agrees(triangle, FLAT);
    before.into_iter().all(old) && after.into_iter().all(|triangle| agrees(triangle, FLAT))
}

/// Moves every vertex towards the centre of its star along the surface, then back onto the input.
///
/// The centre weighs triangles by area over the square of the wanted length. Without a ground, free vertices move in
/// their tangent plane and others stay.
pub(crate) fn relax(mesh: &mut Editable, ground: Option<&Ground<'_>>, control: &RunControl) -> Result<(), Cancelled> {
    let movable = |&v: &u32| mesh.kinds[v as usize] != Kind::Fixed && !mesh.star(v).is_empty();
    let vertices: Vec<u32> = (0..mesh.points.len() as u32).filter(movable).collect();
    let goals = parallel_map(&vertices, control, |&v| goal(mesh, v, ground))?;
    for (&v, goal) in vertices.iter().zip(goals) {
        let Some((mut point, size)) = goal else { continue };
        for _ in 0..3 {
            if keeps_facing(mesh, v, &point) {
                mesh.points[v as usize] = point;
                mesh.sizes[v as usize] = size;
                break;
            }
            let halfway = nalgebra::center(&mesh.points[v as usize], &point);
            let landed = match (mesh.kinds[v as usize], ground, mesh.vertex_normal(v)) {
                (Kind::Free, Some(ground), Some(normal)) => ground.project(&halfway, &normal).map(|found| found.0),
                (Kind::Free, None, _) => Some(halfway),
                _ => None,
            };
            let Some(landed) = landed else { break };
            point = landed;
        }
    }
    Ok(())
}

/// Where a vertex should go and the wanted length there.
fn goal(mesh: &Editable, v: u32, ground: Option<&Ground<'_>>) -> Option<(Point3<f64>, f64)> {
    let here = mesh.points[v as usize];
    if mesh.kinds[v as usize] == Kind::Curve {
        let along: Vec<u32> = mesh.neighbours(v).into_iter().filter(|&n| mesh.curve(v, n).is_some()).collect();
        let &[a, b] = &along[..] else { return None };
        let (curve, ground) = (mesh.curve(v, a)?, ground?);
        let middle = nalgebra::center(&mesh.points[a as usize], &mesh.points[b as usize]);
        let point = ground.curves.project(&middle, curve)?;
        return Some((point, mesh.sizes[v as usize]));
    }
    let normal = mesh.vertex_normal(v)?;
    let (mut sum, mut weights) = (Vector3::zeros(), 0.0);
    for &t in mesh.star(v) {
        let size = mesh.triangles[t as usize].iter().map(|&n| mesh.sizes[n as usize]).sum::<f64>() / 3.0;
        let weight = mesh.normal(t).norm() / (size * size);
        let [a, b, c] = mesh.corners(t).map(|p| p - here);
        sum += (a + b + c) * (weight / 3.0);
        weights += weight;
    }
    let step = sum / weights;
    let point = here + (step - normal * normal.dot(&step));
    if !point.coords.iter().all(|c| c.is_finite()) {
        return None;
    }
    match ground {
        Some(ground) => ground.project(&point, &normal),
        None => Some((point, mesh.sizes[v as usize])),
    }
}

/// Whether the triangles at a vertex keep their sides and good angles when it moves.
fn keeps_facing(mesh: &Editable, v: u32, point: &Point3<f64>) -> bool {
    let beside = mesh.vertex_normal(v);
    let least = mesh.star(v).iter().map(|&t| min_sine(mesh.corners(t))).fold(1.0, f64::min);
    mesh.star(v).iter().all(|&t| {
        let before = mesh.corners(t);
        let after = mesh.triangles[t as usize].map(|n| if n == v { *point } else { mesh.points[n as usize] });
        let reference = if min_sine(before) < 1e-3 { beside } else { normal_of(before).try_normalize(0.0) };
        let faces = match (reference, normal_of(after).try_normalize(0.0)) {
            (Some(old), Some(new)) => old.dot(&new) > TURN,
            _ => false,
        };
        faces && (min_sine(after) > LEAST_SINE || min_sine(after) >= least)
    })
}
