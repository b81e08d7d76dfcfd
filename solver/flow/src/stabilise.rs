//! What linear pressures need beside linear velocities.

use crate::divergence::Divergence;
use crate::viscous::linear_shear_rate;
use crate::{FlowError, FlowSpace, Fluid};
use constitutive::viscosity::Viscosity;
use control::RunControl;
use mesh::Point3;
use nalgebra::Vector3;
use rayon::prelude::*;

/// Rows of a product that one task computes at least.
const CHUNK: usize = 1024;
/// Factor α of the viscous part of τ.
const VISCOUS: f64 = 0.25;

/// Orthogonal subscales of the pressure (Codina, CMAME 190:1579, 2000): the part of its gradient that no nodal vector holds is
/// penalised,
///
/// C = ∫ τ ∇p·∇q - G_τᵀ M_τ⁻¹ G_τ,  (G_τ q)_a = ∫ τ N_a ∇q,  M_τ = ∫ τ N_a lumped,
///
/// with τ = 1/(μ/(α h²) + 2 ρ U/h) of each element, h its size, μ its viscosity and U the same speed everywhere. τ does not contain the time
/// step, so that steady states do not depend on it.
pub(crate) struct Subscales {
    offsets: Vec<usize>,
    /// Column and value of what lies beside the diagonal: C 1 = 0, so that differences of q suffice, which keeps a constant q out
    /// to the last bit however the values are rounded.
    entries: Vec<(u32, f32)>,
}

impl Subscales {
    /// For the viscosity that a velocity has by the law of the fluid.
    pub(crate) fn new(
        space: &FlowSpace,
        fluid: &Fluid<Viscosity>,
        u: &[Vector3<f64>],
        speed: f64,
        control: &RunControl,
    ) -> Result<Self, FlowError> {
        let block = &space.mesh.blocks[0];
        let elements: Vec<[u32; 4]> = block.elements().map(|nodes| [nodes[0], nodes[1], nodes[2], nodes[3]]).collect();
        let size = |nodes: &[u32; 4]| {
            let [a, b, c, d] = space.points(nodes);
            longest([a, b, c, d])
        };
        let tau: Vec<f64> = elements
            .par_iter()
            .map(|nodes| {
                let viscosity = fluid.viscosity.at(linear_shear_rate(space, nodes, u));
                tau(fluid.density, viscosity, size(nodes), speed)
            })
            .collect();
        let stiffness = space.pressure_stiffness(control, |element| tau[element])?;
        let gradient = Divergence::new(space, |element| tau[element], control)?;
        let mut mass = vec![0.0; space.nodes()];
        for (nodes, tau) in elements.iter().zip(&tau) {
            let [a, b, c, d] = space.points(nodes);
            let volume = (b - a).cross(&(c - a)).dot(&(d - a)) / 6.0;
            nodes.iter().for_each(|&node| mass[node as usize] += 0.25 * tau * volume);
        }
        let root: Vec<f64> = mass.into_iter().map(|mass| mass.sqrt().recip()).collect();
        let rows = gradient.orthogonal(&stiffness, &root);
        let ends = rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        });
        let offsets = std::iter::once(0).chain(ends).collect();
        let entries = rows.into_iter().flatten().collect();
        Ok(Self { offsets, entries })
    }

    /// An entry of C q.
    pub(crate) fn row_times(&self, row: usize, q: &[f64]) -> f64 {
        let own = q[row];
        let entries = &self.entries[self.offsets[row]..self.offsets[row + 1]];
        // Four sums, which the processor adds side by side.
        let term = |&(column, value): &(u32, f32)| f64::from(value) * (q[column as usize] - own);
        let (fours, rest) = entries.as_chunks::<4>();
        let mut sums = [0.0; 4];
        for four in fours {
            sums.iter_mut().zip(four).for_each(|(sum, entry)| *sum += term(entry));
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest.iter().map(term).sum::<f64>()
    }

    /// C q.
    pub(crate) fn times(&self, q: &[f64]) -> Vec<f64> {
        (0..q.len()).into_par_iter().with_min_len(CHUNK).map(|row| self.row_times(row, q)).collect()
    }
}

/// τ of an element, mm³ s/t.
fn tau(density: f64, viscosity: f64, size: f64, speed: f64) -> f64 {
    1.0 / (viscosity / (VISCOUS * size * size) + 2.0 * density * speed / size)
}

/// The longest edge.
fn longest(points: [Point3<f64>; 4]) -> f64 {
    let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
    pairs.iter().map(|&[a, b]: &[usize; 2]| (points[a] - points[b]).norm()).fold(0.0, f64::max)
}
