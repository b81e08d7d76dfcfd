//! Which way the wall's vertices go, and how far at most.

use super::options::Heights;
use super::wall::{Slide, Wall};
use crate::MeshingError;
use crate::parallel::parallel_map;
use crate::surface::Input;
use control::{Cancelled, RunControl};
use mesh::Vector3;

/// A direction with a smaller cosine to all inward normals around it is turned towards the farthest ...
const WIDE: f64 = 0.7;
/// ... at most so often.
const TURNS: usize = 12;
/// No layer fits where the best direction is nearly along a triangle.
const LEAST_COSINE: f64 = 0.05;
/// Sweeps in which directions move towards the mean of their neighbours.
const SWEEPS: usize = 5;
/// A direction oblique to the wall is lengthened so that the distance to the wall is right, at most by 1/0.5.
const MOST_OBLIQUE: f64 = 0.5;
/// The layers may take this part of the lumen's width, from each side.
const OF_WIDTH: f64 = 0.3;
/// The layers together may be thicker than the wall's triangles by this factor.
const OF_EDGES: f64 = 1.6;
/// Edges of the wall longer than this part of the mean around a vertex tell its curvature.
const LONG: f64 = 0.7;
/// Thickness of a vertex over that of a neighbour at most.
const RATIO: f64 = 1.5;

/// Displacement of each wall vertex, in mm a mm of thickness: inwards, in the plane of its caps, as long as it takes for the
/// distance to the wall to be the thickness.
///
/// The mean normal is turned until all triangles around the vertex see it, then smoothed over the wall as far as they
/// still do.
///
/// # Errors
/// [`MeshingError::NoLayers`] where no direction leads away from all triangles around a vertex; cancellation.
pub(super) fn directions(wall: &Wall, control: &RunControl) -> Result<Vec<Vector3<f64>>, MeshingError> {
    let normals: Vec<Vector3<f64>> = parallel_map(&wall.triangles, control, |t| inward(wall, t))?;
    let vertices: Vec<u32> = (0..wall.points.len() as u32).collect();
    let fans: Vec<Fan<'_>> = parallel_map(&vertices, control, |&v| Fan::new(wall, &normals, v))?;
    let mut directions: Vec<Vector3<f64>> = parallel_map(&fans, control, Fan::widest)?;
    for _ in 0..SWEEPS {
        directions = parallel_map(&fans, control, |fan| fan.smoothed(&directions))?;
    }
    for (fan, direction) in fans.iter().zip(&directions) {
        let is_seen = fan.least_cosine(direction) > LEAST_COSINE;
        if !is_seen {
            let at = wall.points[fan.vertex as usize];
            return Err(MeshingError::NoLayers { at: [at.x, at.y, at.z] });
        }
    }
    Ok(fans.iter().zip(&directions).map(|(fan, d)| d / d.dot(&fan.mean).max(MOST_OBLIQUE)).collect())
}

/// Unit normal of a triangle, inwards.
fn inward(wall: &Wall, triangle: &[u32; 3]) -> Vector3<f64> {
    let [a, b, c] = triangle.map(|v| wall.points[v as usize]);
    (c - a).cross(&(b - a)).try_normalize(0.0).unwrap_or_default()
}

/// The triangles around a vertex.
struct Fan<'a> {
    wall: &'a Wall,
    vertex: u32,
    slide: Slide,
    normals: Vec<Vector3<f64>>,
    /// Unit mean of the normals, weighted by the angles at the vertex.
    mean: Vector3<f64>,
}

impl<'a> Fan<'a> {
    fn new(wall: &'a Wall, normals: &[Vector3<f64>], vertex: u32) -> Self {
        let own: Vec<Vector3<f64>> = wall.around.of(vertex).iter().map(|&t| normals[t as usize]).collect();
        let angle = |&t: &u32| {
            let others = wall.triangles[t as usize].into_iter().filter(|&w| w != vertex);
            let mut sides = others.map(|w| wall.points[w as usize] - wall.points[vertex as usize]);
            sides.next().zip(sides.next()).map_or(0.0, |(a, b)| a.angle(&b))
        };
        let weighted = wall.around.of(vertex).iter().map(angle).zip(&own).map(|(angle, normal)| normal * angle);
        let mean = weighted.sum::<Vector3<f64>>().try_normalize(0.0).unwrap_or_default();
        Self { wall, vertex, slide: wall.slides[vertex as usize], normals: own, mean }
    }

    /// Cosine of the largest angle to a normal.
    fn least_cosine(&self, direction: &Vector3<f64>) -> f64 {
        self.normals.iter().map(|normal| normal.dot(direction)).fold(f64::INFINITY, f64::min)
    }

    fn unit(&self, direction: &Vector3<f64>) -> Vector3<f64> {
        self.slide.of(direction).try_normalize(1e-9).unwrap_or_default()
    }

    /// The mean normal, turned towards the normal farthest from it as long as that helps.
    fn widest(&self) -> Vector3<f64> {
        let mut direction = self.unit(&self.mean);
        for _ in 0..TURNS {
            let least = self.least_cosine(&direction);
            let farthest = self.normals.iter().min_by(|m, n| m.dot(&direction).total_cmp(&n.dot(&direction))).copied();
            let turned = self.unit(&(direction + farthest.unwrap_or_default() * 0.3));
            if least >= WIDE || self.least_cosine(&turned) <= least {
                break;
            }
            direction = turned;
        }
        direction
    }

    /// Half way to the mean of the neighbours, if all triangles around see that at least as well or well enough.
    fn smoothed(&self, directions: &[Vector3<f64>]) -> Vector3<f64> {
        let own = directions[self.vertex as usize];
        let sum: Vector3<f64> = self.wall.neighbours(self.vertex).map(|w| directions[w as usize]).sum();
        let smooth = self.unit(&(own + sum.try_normalize(0.0).unwrap_or_default()));
        if self.least_cosine(&smooth) >= self.least_cosine(&own).min(WIDE) { smooth } else { own }
    }
}

/// Largest part of the total thickness at each wall vertex, up to 1: the opposite wall must stay away, the wall may not shrink
/// to a point where it is hollow, and the layers must not be much thicker than the triangles below them.
pub(super) fn limits(
    wall: &Wall,
    directions: &[Vector3<f64>],
    heights: &Heights,
    input: &Input,
    control: &RunControl,
) -> Result<Vec<f64>, Cancelled> {
    let vertices: Vec<u32> = (0..wall.points.len() as u32).collect();
    let on_wall = |hit: &geometry::RayHit| !hit.entering && input.domain.labels.get(hit.triangle as usize) == Some(&0);
    let limit = |&v: &u32| {
        let (point, direction) = (wall.points[v as usize], directions[v as usize] * heights.total);
        // The vertex lies on the surface up to rounding: the ray starts a little inside.
        let hit = input.domain.bvh.ray_filtered(&point, &direction, 0.05..=1.0 / OF_WIDTH, on_wall);
        let sides: Vec<Vector3<f64>> = wall.neighbours(v).map(|w| wall.points[w as usize] - point).collect();
        let mean = sides.iter().map(|side| side.norm()).sum::<f64>() / sides.len().max(1) as f64;
        // Diameter of the ball inside that touches the wall here and at a neighbour; a near one says little.
        let hollow = sides.iter().filter(|side| side.norm() > LONG * mean && side.dot(&direction) > 0.0);
        let balls = hollow.map(|side| side.norm_squared() / side.dot(&direction));
        let width = balls.fold(hit.map_or(f64::INFINITY, |hit| hit.parameter), f64::min);
        (OF_WIDTH * width).min(OF_EDGES * mean / heights.total).min(1.0)
    };
    let mut limits = parallel_map(&vertices, control, limit)?;
    even_out(wall, &mut limits);
    Ok(limits)
}

/// Lowers values until none is more than `RATIO` times a neighbour's.
pub(super) fn even_out(wall: &Wall, values: &mut [f64]) {
    let mut open: Vec<u32> = (0..values.len() as u32).collect();
    while !open.is_empty() {
        let mut lowered = Vec::new();
        for v in open {
            let most = RATIO * values[v as usize];
            for w in wall.neighbours(v) {
                if values[w as usize] > most {
                    values[w as usize] = most;
                    lowered.push(w);
                }
            }
        }
        open = lowered;
    }
}
