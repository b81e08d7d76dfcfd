//! A lattice finer where the mesh does not follow its input.

use super::deviation::{Deviation, deviations, volume_errors};
use crate::MeshingError;
use crate::domain::{Graded, Material, PartsDomain};
use crate::surface::{MeshOptions, fill};
use crate::tets::TetMesh;
use control::{Cancelled, RunControl};
use mesh::Partition;
use std::collections::BTreeMap;

/// What a mesh is held to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerance {
    /// Distance between the borders of input and mesh, mm.
    pub(super) distance: f64,
    /// Relative error of each part's volume.
    pub(super) volume: f64,
}

/// The tolerance of the distance that the raw lattice is held to: smoothing takes the rest.
const OF_RAW: f64 = 0.75;
/// The part of the allowed elements that each round may use: what is missed most comes first.
const SHARES: [f64; 4] = [0.5, 0.75, 0.9, 1.0];
/// Factors on the tolerances of distance and volume, the first that the elements allow being taken.
const RELAXED: [[f64; 2]; 10] = [
    [1.0, 1.0],
    [1.0, 4.0],
    [1.0, 16.0],
    [1.0, f64::INFINITY],
    [1.3, f64::INFINITY],
    [1.7, f64::INFINITY],
    [2.2, f64::INFINITY],
    [3.0, f64::INFINITY],
    [4.0, f64::INFINITY],
    [6.0, f64::INFINITY],
];
/// Halvings of a cell in one round at most: what is not seen at all may need fewer than its distance tells.
const MOST_HALVINGS: u8 = 2;
/// Factor on the expected elements after a lattice had more than expected.
const MORE: f64 = 1.4;

/// Stuffs again and again with cells halved where the borders of input and mesh are farther apart than the tolerance, and in
/// parts whose volume is off by more, as far as the options allow elements. Returns the mesh and the width of its finest
/// cells, mm.
pub(super) fn adapted(
    partition: &Partition,
    domain: &PartsDomain,
    mut graded: Graded<'_>,
    mut tets: TetMesh,
    tolerance: Tolerance,
    options: &MeshOptions,
    control: &RunControl,
) -> Result<(TetMesh, f64), MeshingError> {
    let mut more = 1.0;
    for (round, share) in SHARES.into_iter().enumerate() {
        let control =
            control.stage("follow", round as f64 / SHARES.len() as f64, (round + 1) as f64 / SHARES.len() as f64);
        let errors = Errors::of(&tets, domain, partition, OF_RAW * tolerance.distance, &control)?;
        let an_element = more * tets.tets.len() as f64 / graded.squares(&control)?;
        let allowed = share * options.max_elements as f64 / an_element;
        let Some(finer) = errors.demanded(&graded, partition, tolerance, allowed, &control)? else { break };
        match fill(&finer, options, [finer.size(), finer.finest()], &control) {
            Ok(made) => (tets, graded) = (made, finer),
            Err(MeshingError::TooFine { .. }) => more *= MORE,
            Err(error) => return Err(error),
        }
    }
    Ok((tets, graded.finest()))
}

/// How far a mesh is from its input.
struct Errors {
    /// At each triangle of the partition, mm.
    distances: Vec<f64>,
    /// Of each part, relative.
    volumes: BTreeMap<Material, f64>,
}

impl Errors {
    fn of(
        tets: &TetMesh,
        domain: &PartsDomain,
        partition: &Partition,
        beyond: f64,
        control: &RunControl,
    ) -> Result<Self, MeshingError> {
        let mut distances = vec![0.0_f64; partition.triangles.len()];
        for Deviation { distance, triangle, .. } in deviations(tets, domain, partition, [beyond; 2], control)?.found {
            let own = &mut distances[triangle as usize];
            *own = own.max(distance);
        }
        Ok(Self { distances, volumes: volume_errors(domain, tets) })
    }

    /// The cells that keep the least relaxed of the tolerances within `allowed` squares, `None` if those have them already.
    fn demanded<'a>(
        &self,
        graded: &Graded<'a>,
        partition: &Partition,
        tolerance: Tolerance,
        allowed: f64,
        control: &RunControl,
    ) -> Result<Option<Graded<'a>>, Cancelled> {
        for [distance, volume] in RELAXED {
            let tolerance =
                Tolerance { distance: OF_RAW * distance * tolerance.distance, volume: volume * tolerance.volume };
            let mut finer = graded.clone();
            let is_finer = finer.demand(&self.halvings(partition, tolerance));
            if !is_finer || finer.squares(control)? <= allowed {
                return Ok(is_finer.then_some(finer));
            }
        }
        Ok(None)
    }

    /// The halvings of the cells at each triangle after which the borders are expected within the tolerance of each other,
    /// and every part to keep its volume: a feature that the cells miss is followed to within a part of their width, and
    /// volumes converge with its square.
    fn halvings(&self, partition: &Partition, tolerance: Tolerance) -> Vec<u8> {
        let of_volume = |side: &u16| self.volumes.get(side).map(|error| times((error / tolerance.volume).sqrt()));
        let at = |(distance, sides): (&f64, &[u16; 2])| {
            sides.iter().filter_map(of_volume).fold(times(distance / tolerance.distance), u8::max)
        };
        self.distances.iter().zip(&partition.sides).map(at).collect()
    }
}

/// Halvings that take a ratio down to 1.
fn times(ratio: f64) -> u8 {
    if ratio > 1.0 { (ratio.log2().ceil() as u8).min(MOST_HALVINGS) } else { 0 }
}
