//! Lines along a velocity field.

use crate::dormand_prince::step;
use crate::{Locator, Spot};
use control::{Cancelled, RunControl};
use mesh::{Field, FieldLocation, Point3, Vector3, VolumeMesh};
use rayon::prelude::*;
use std::ops::Deref;

/// Share of the largest speed below which the fluid stands still.
const STILL: f64 = 1e-5;
/// Share of a step that a repeated one keeps at least, and by which the next may grow at most.
const CHANGE: [f64; 2] = [0.2, 4.0];
/// What is taken of the step that would just be accurate enough.
const CAUTION: f64 = 0.9;
/// Steps of a line to one side at most; those of a sound line are some hundreds.
const STEPS: usize = 20_000;

/// Why there are no streamlines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamplingError {
    /// Cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The field is no velocity of this mesh.
    #[error(
        "streamlines follow a vector on the {nodes} nodes; \"{field}\" has {found} numbers of {components} components"
    )]
    Field {
        /// Its name.
        field: String,
        /// Nodes of the mesh.
        nodes: usize,
        /// Its numbers.
        found: usize,
        /// Its components.
        components: usize,
    },
}

/// How lines are followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracing {
    /// Largest estimated error of a step in mm; a line ends as near to the border of the mesh.
    pub tolerance: f64,
    /// Longest step in mm.
    pub longest_step: f64,
    /// Longest line to one side of its seed in mm.
    pub longest: f64,
}

impl Tracing {
    /// What suits a picture of a mesh: errors of 1e-5 of its diagonal, steps of a hundredth, lines four times as long.
    pub fn of(mesh: &VolumeMesh) -> Self {
        let diagonal = mesh.bounds().map_or(1.0, |(low, high)| (high - low).norm());
        Self { tolerance: 1e-5 * diagonal, longest_step: 1e-2 * diagonal, longest: 4.0 * diagonal }
    }
}

/// Why a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It leaves the mesh, or comes to a place without a velocity.
    Border,
    /// The fluid stands still.
    Still,
    /// It is as long as it may be.
    Long,
}

/// The path of a particle in a velocity field that does not change.
#[derive(Debug, Clone, PartialEq)]
pub struct Streamline {
    /// Places along the flow, mm.
    pub points: Vec<Point3<f64>>,
    /// The velocity there.
    pub velocities: Vec<Vector3<f64>>,
    /// Time since the seed, negative upstream.
    pub times: Vec<f64>,
    /// Why it ends upstream and downstream.
    pub ends: [End; 2],
}

/// The streamlines through `seeds` to both sides, in their order; seeds outside the mesh or where the fluid stands still
/// have none. Steps are those of Dormand & Prince (1980) of order 5 with the estimated error of each below the tolerance;
/// where a field is only continuous, as between elements, that keeps the steps short.
///
/// Cost: about 50 µs a step.
///
/// # Errors
/// When the field is no vector on the nodes of the mesh, and on cancel.
pub fn streamlines<M: Deref<Target = VolumeMesh> + Sync>(
    locator: &Locator<M>,
    velocity: &Field,
    seeds: &[Point3<f64>],
    tracing: &Tracing,
    control: &RunControl,
) -> Result<Vec<Streamline>, SamplingError> {
    let nodes = locator.mesh().nodes.len();
    let Field { components, values, .. } = velocity;
    if velocity.location != FieldLocation::Node || *components != 3 || values.len() != 3 * nodes {
        let (field, found, components) = (velocity.name.clone(), values.len(), *components);
        return Err(SamplingError::Field { field, nodes, found, components });
    }
    let speed = |tuple: &[f64]| tuple.iter().map(|c| c * c).sum::<f64>();
    let fastest = values.chunks_exact(3).map(speed).filter(|s| s.is_finite()).fold(0.0, f64::max).sqrt();
    let tracer = Tracer { locator, values, still: STILL * fastest, tracing, control };
    let lines: Result<Vec<_>, Cancelled> = seeds.par_iter().map(|seed| tracer.through(*seed)).collect();
    Ok(lines?.into_iter().flatten().collect())
}

/// What all lines of a field have in common.
struct Tracer<'a, M> {
    locator: &'a Locator<M>,
    values: &'a [f64],
    still: f64,
    tracing: &'a Tracing,
    control: &'a RunControl,
}

/// A particle on its way: place, velocity, time.
type Mark = (Point3<f64>, Vector3<f64>, f64);

impl<M: Deref<Target = VolumeMesh>> Tracer<'_, M> {
    fn through(&self, seed: Point3<f64>) -> Result<Option<Streamline>, Cancelled> {
        self.control.check()?;
        let Some(spot) = self.locator.find(&seed) else { return Ok(None) };
        let Some(velocity) = self.velocity(&spot).filter(|v| v.norm() > self.still) else { return Ok(None) };
        let (mut upstream, first) = self.follow((seed, velocity, 0.0), spot.element, -1.0)?;
        let (downstream, last) = self.follow((seed, velocity, 0.0), spot.element, 1.0)?;
        upstream.reverse();
        let marks: Vec<Mark> = upstream.into_iter().chain([(seed, velocity, 0.0)]).chain(downstream).collect();
        Ok(Some(Streamline {
            points: marks.iter().map(|mark| mark.0).collect(),
            velocities: marks.iter().map(|mark| mark.1).collect(),
            times: marks.iter().map(|mark| mark.2).collect(),
            ends: [first, last],
        }))
    }

    /// What comes behind the seed, with the flow or (sense -1) against it.
    fn follow(&self, seed: Mark, element: u32, sense: f64) -> Result<(Vec<Mark>, End), Cancelled> {
        let Tracing { tolerance, longest_step, longest } = *self.tracing;
        let (mut marks, mut length, mut element) = (Vec::new(), 0.0, element);
        let (mut place, mut velocity, mut time) = seed;
        let (mut h, mut growth) = (f64::INFINITY, CHANGE[1]);
        for _ in 0..STEPS {
            self.control.check()?;
            let speed = velocity.norm();
            if speed < self.still {
                return Ok((marks, End::Still));
            }
            if longest - length <= tolerance {
                return Ok((marks, End::Long));
            }
            h = h.min(longest_step.min(longest - length) / speed);
            let field = |p: &Point3<f64>| {
                let spot = self.locator.find_near(p, element)?;
                element = spot.element;
                self.velocity(&spot)
            };
            let Some(next) = step(field, place, velocity, sense * h) else {
                if h * speed < tolerance {
                    return Ok((marks, End::Border));
                }
                // The border is found by halving, so the step must not grow at once again.
                (h, growth) = (0.5 * h, 1.0);
                continue;
            };
            let fitting = CAUTION * (tolerance / next.error).powf(0.2);
            if next.error <= tolerance {
                length += 0.5 * h * (speed + next.slope.norm());
                (place, velocity, time) = (next.place, next.slope, time + sense * h);
                marks.push((place, velocity, time));
                (h, growth) = (h * fitting.clamp(CHANGE[0], growth), CHANGE[1]);
            } else {
                h *= fitting.clamp(CHANGE[0], CAUTION);
            }
        }
        Ok((marks, End::Long))
    }

    fn velocity(&self, spot: &Spot<'_>) -> Option<Vector3<f64>> {
        spot.vector(self.values).filter(|v| v.iter().all(|c| c.is_finite()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::ElementKind;
    use std::f64::consts::PI;

    /// Hexahedra of edge 0.25 in [-1, 1]² × [0, 2].
    fn cube() -> VolumeMesh {
        let at = |k: u32| f64::from(k) / 4.0;
        let node = |i: u32, j: u32, k: u32| i + 9 * (j + 9 * k);
        let all = |n: u32| (0..n * n * n).map(move |m| [m % n, m / n % n, m / (n * n)]);
        let nodes = all(9).map(|[i, j, k]| Point3::new(at(i) - 1.0, at(j) - 1.0, at(k))).collect();
        let ring = |[i, j, k]: [u32; 3]| [node(i, j, k), node(i + 1, j, k), node(i + 1, j + 1, k), node(i, j + 1, k)];
        let hexahedron = |[i, j, k]: [u32; 3]| [ring([i, j, k]), ring([i, j, k + 1])].concat();
        VolumeMesh::new(nodes, ElementKind::Hex8, all(8).flat_map(hexahedron).collect())
    }

    fn lines(
        velocity: impl Fn(&Point3<f64>) -> [f64; 3],
        seeds: &[Point3<f64>],
        tracing: Tracing,
    ) -> Result<Vec<Streamline>, SamplingError> {
        let mesh = cube();
        let field = Field::on_nodes("velocity", "mm/s", 3, mesh.nodes.iter().flat_map(velocity).collect());
        streamlines(&Locator::new(&mesh), &field, seeds, &tracing, &RunControl::silent())
    }

    const FINE: Tracing = Tracing { tolerance: 1e-6, longest_step: 0.1, longest: 10.0 };

    #[test]
    fn a_rigid_rotation_closes_its_circles_as_well_as_is_asked() {
        let seed = Point3::new(0.0, -0.6, 1.0);
        let gap = |tolerance: f64| {
            let tracing = Tracing { tolerance, longest_step: 1.0, longest: 1.2 * PI };
            let line = lines(|p| [-2.0 * p.y, 2.0 * p.x, 0.0], &[seed], tracing).unwrap().remove(0);
            assert_eq!(line.ends, [End::Long; 2]);
            let period = line.times[line.times.len() - 1];
            assert!((period - PI).abs() < 10.0 * tolerance, "{period}");
            let start = line.times.iter().position(|time| *time == 0.0).unwrap();
            assert_eq!(line.points[start], seed);
            [line.points[0], line.points[line.points.len() - 1]].map(|p| (p - seed).norm())
        };
        for tolerance in [1e-4, 1e-6, 1e-8] {
            assert!(gap(tolerance).iter().all(|gap| *gap < 30.0 * tolerance), "{:?}", gap(tolerance));
        }
    }

    #[test]
    fn lines_of_a_channel_are_straight_from_inlet_to_outlet() {
        let profile = |p: &Point3<f64>| [0.0, 0.0, (1.0 - p.x * p.x) * (1.0 - p.y * p.y)];
        let seeds = [Point3::new(0.0, 0.0, 0.0), Point3::new(0.5, -0.25, 1.3), Point3::new(1.0, 0.0, 1.0)];
        let found = lines(profile, &seeds, FINE).unwrap();
        assert_eq!(found.len(), 2, "at the wall the fluid stands still");
        for (line, seed) in found.iter().zip(&seeds) {
            assert_eq!(line.ends, [End::Border; 2]);
            assert!(line.points.iter().all(|p| (p - seed).xy().norm() < 1e-12));
            let [first, last] = [0, line.points.len() - 1];
            assert!(line.points[first].z.abs() < 2e-6 && (line.points[last].z - 2.0).abs() < 2e-6);
            let speed = profile(seed)[2];
            assert!((speed * (line.times[last] - line.times[first]) - 2.0).abs() < 4e-6);
            assert!(line.velocities.iter().all(|v| (v.z - speed).abs() < 1e-12));
        }
        assert!(lines(profile, &[Point3::new(0.0, 0.0, 3.0)], FINE).unwrap().is_empty());
    }

    #[test]
    fn a_line_towards_a_stagnation_point_ends_before_it() {
        let line = lines(|p| [0.0, 0.0, 1.0 - p.z], &[Point3::new(0.1, 0.2, 0.5)], FINE).unwrap().remove(0);
        assert_eq!(line.ends, [End::Border, End::Still]);
        let end = line.points[line.points.len() - 1].z;
        assert!((1.0 - 2e-5..1.0).contains(&end), "{end}");
    }

    #[test]
    fn what_is_no_velocity_of_the_mesh_is_refused_and_a_cancel_is_heard() {
        let mesh = cube();
        let (locator, seeds) = (Locator::new(&mesh), [Point3::new(0.0, 0.0, 1.0)]);
        let trace = |field: &Field, control: &RunControl| streamlines(&locator, field, &seeds, &FINE, control);
        let short = Field::on_nodes("velocity", "mm/s", 3, vec![1.0; 6]);
        let message = trace(&short, &RunControl::silent()).unwrap_err().to_string();
        assert!(message.contains("729 nodes") && message.contains("\"velocity\" has 6 numbers"), "{message}");
        let whole = Field::on_nodes("velocity", "mm/s", 3, vec![1.0; 3 * 729]);
        let control = RunControl::silent();
        control.cancel();
        assert_eq!(trace(&whole, &control), Err(SamplingError::Cancelled(Cancelled)));
        let unknown = Field::on_nodes("velocity", "mm/s", 3, vec![f64::NAN; 3 * 729]);
        assert_eq!(trace(&unknown, &RunControl::silent()), Ok(Vec::new()));
    }
}
