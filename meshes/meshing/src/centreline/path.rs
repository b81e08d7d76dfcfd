//! The cheapest ways through a lattice (Dijkstra, Numer Math 1:269, 1959).

use super::lattice::Lattice;
use crate::MeshingError;
use control::RunControl;
use mesh::Point3;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The cheapest ways from one cell to all others.
pub(super) struct PathTree {
    /// The cell before each cell; the cell itself at the source, `u32::MAX` where no way leads.
    before: Vec<u32>,
}

/// Cost so far as the bits of a positive float, which sort like it, and the cell.
type Entry = Reverse<(u64, u32)>;

/// Ways of least ∫ ds / d from the cell nearest to `source`.
pub(super) fn cheapest(
    lattice: &Lattice,
    source: &Point3<f64>,
    control: &RunControl,
) -> Result<PathTree, MeshingError> {
    let start = lattice.nearest_inside(source).ok_or(MeshingError::NoPath { to: (*source).into() })?;
    let mut cost = vec![f64::INFINITY; lattice.distance.len()];
    let mut before = vec![u32::MAX; lattice.distance.len()];
    let mut heap = BinaryHeap::<Entry>::from([Reverse((0, start as u32))]);
    cost[start] = 0.0;
    before[start] = start as u32;
    let mut taken = 0_usize;
    while let Some(Reverse((bits, cell))) = heap.pop() {
        taken += 1;
        if taken.is_multiple_of(1 << 16) {
            control.check()?;
        }
        let cell = cell as usize;
        let here = f64::from_bits(bits);
        if here > cost[cell] {
            continue;
        }
        for (other, steps) in lattice.neighbours(cell) {
            let (a, b) = (f64::from(lattice.distance[cell]), f64::from(lattice.distance[other]));
            if b.is_nan() || b <= 0.0 {
                continue;
            }
            let mean = 0.5 * (a + b) / lattice.step;
            let there = here + steps / mean;
            if there < cost[other] {
                cost[other] = there;
                before[other] = cell as u32;
                heap.push(Reverse((there.to_bits(), other as u32)));
            }
        }
    }
    Ok(PathTree { before })
}

impl PathTree {
    /// The centres of the cells from the source to the cell nearest to `target`.
    pub(super) fn path_to(&self, lattice: &Lattice, target: &Point3<f64>) -> Option<Vec<Point3<f64>>> {
        let mut cell = lattice.nearest_inside(target)?;
        let mut points = vec![lattice.centre(cell)];
        loop {
            let before = *self.before.get(cell)? as usize;
            if before == cell {
                break;
            }
            self.before.get(before)?;
            cell = before;
            points.push(lattice.centre(cell));
        }
        points.reverse();
        Some(points)
    }
}
