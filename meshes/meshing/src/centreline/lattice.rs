//! The inside of a surface as cubic cells with their distance to the wall.

use crate::MeshingError;
use crate::parallel::parallel_map;
use control::RunControl;
use geometry::TriangleBvh;
use mesh::Point3;

/// Cells over the inscribed radius of a thin place; fewer would miss the middle.
const CELLS_PER_RADIUS: f64 = 2.5;
/// Cells of the whole box at most: 128 MiB.
const MOST_CELLS: f64 = 3.2e7;
/// Cells inside at most; the path is only the first guess of the line.
const MOST_INSIDE: f64 = 6e5;

/// Room for the rounding of depths, which are single.
const SLACK: f64 = 1.0 + 1e-5;

/// Cubic cells; those inside and connected with the seed have a positive distance.
pub(super) struct Lattice {
    low: Point3<f64>,
    pub(super) step: f64,
    pub(super) dimensions: [usize; 3],
    /// Distance to the wall (mm) of each cell inside, 0 outside, NaN where nobody has looked.
    pub(super) distance: Vec<f32>,
}

/// A cell beside others inside, and what follows from their depths: depth changes by at most the distance.
struct Reached {
    cell: usize,
    /// Its depth is at most this, mm.
    bound: f64,
    /// Whether the sphere about a neighbour holds it.
    is_inside: bool,
}

impl Reached {
    /// `cell`, `apart` mm away from one of that depth.
    fn from(cell: usize, depth: f64, apart: f64) -> Self {
        Self { cell, bound: SLACK * (depth + apart), is_inside: depth > SLACK * apart }
    }

    /// What several say of one cell.
    fn merged(all: &[Self]) -> Option<Self> {
        let bound = all.iter().map(|reached| reached.bound).fold(f64::INFINITY, f64::min);
        let is_inside = all.iter().any(|reached| reached.is_inside);
        all.first().map(|reached| Self { cell: reached.cell, bound, is_inside })
    }
}

impl Lattice {
    /// Fills the inside, of `volume` mm³, from `seed` on, which may lie on the surface.
    pub(super) fn fill(
        bvh: &TriangleBvh,
        volume: f64,
        seed: &Point3<f64>,
        control: &RunControl,
    ) -> Result<Self, MeshingError> {
        let bounds = bvh.bounds();
        let size = bounds.size();
        let thin = bvh.thickness_percentiles(&[0.02], control)?.first().copied().flatten().unwrap_or(size.max());
        let mut step = (0.5 * thin / CELLS_PER_RADIUS).max(1e-9 * size.max()).max((volume.abs() / MOST_INSIDE).cbrt());
        let dimensions = |step: f64| [0, 1, 2].map(|axis| (size[axis] / step) as usize + 3);
        while dimensions(step).map(|count| count as f64).iter().product::<f64>() > MOST_CELLS {
            step *= 1.1;
        }
        let dimensions = dimensions(step);
        let low = bounds.centre() - size / 2.0 - mesh::Vector3::repeat(step);
        let mut lattice = Self { low, step, dimensions, distance: vec![f32::NAN; dimensions.iter().product()] };
        let unknown = |cell| Reached { cell, bound: f64::INFINITY, is_inside: false };
        let mut front: Vec<Reached> = lattice.around(seed).into_iter().map(unknown).collect();
        while !front.is_empty() {
            let depths = parallel_map(&front, control, |reached| lattice.depth(bvh, reached) as f32)?;
            for (reached, depth) in front.iter().zip(depths) {
                lattice.distance[reached.cell] = depth;
            }
            let mut next: Vec<Reached> = Vec::new();
            for reached in &front {
                let depth = f64::from(lattice.distance[reached.cell]);
                if depth > 0.0 {
                    let beyond = lattice.neighbours(reached.cell).map(|(cell, steps)| (cell, steps * lattice.step));
                    let open = beyond.filter(|&(cell, _)| lattice.distance[cell].is_nan());
                    next.extend(open.map(|(cell, apart)| Reached::from(cell, depth, apart)));
                }
            }
            next.sort_unstable_by_key(|reached| reached.cell);
            front = next.chunk_by(|a, b| a.cell == b.cell).filter_map(Reached::merged).collect();
        }
        Ok(lattice)
    }

    /// Distance to the wall of a cell inside, 0 outside.
    fn depth(&self, bvh: &TriangleBvh, reached: &Reached) -> f64 {
        let p = self.centre(reached.cell);
        let near = if reached.is_inside { bvh.distance(&p, reached.bound) } else { None };
        near.unwrap_or_else(|| (-bvh.signed_distance(&p)).max(0.0))
    }

    pub(super) fn centre(&self, cell: usize) -> Point3<f64> {
        let [ni, nj, _] = self.dimensions;
        let ijk = [cell % ni, cell / ni % nj, cell / (ni * nj)].map(|n| n as f64 * self.step);
        self.low + mesh::Vector3::from(ijk)
    }

    /// The cells within two steps of a point.
    fn around(&self, p: &Point3<f64>) -> Vec<usize> {
        let at = (p - self.low) / self.step;
        let range = |axis: usize| {
            let low = (at[axis] - 2.0).ceil().max(0.0) as usize;
            let high = ((at[axis] + 2.0).floor().max(0.0) as usize).min(self.dimensions[axis] - 1);
            low..=high
        };
        let mut cells = Vec::new();
        for k in range(2) {
            for j in range(1) {
                cells.extend(range(0).map(|i| i + self.dimensions[0] * (j + self.dimensions[1] * k)));
            }
        }
        cells
    }

    /// The cell inside that is nearest to a point, within two steps.
    pub(super) fn nearest_inside(&self, p: &Point3<f64>) -> Option<usize> {
        let inside = self.around(p).into_iter().filter(|&cell| self.distance[cell] > 0.0);
        let apart = |cell: usize| (self.centre(cell) - p).norm_squared();
        inside.min_by(|&a, &b| apart(a).total_cmp(&apart(b)))
    }

    /// The up to 26 cells around a cell with their distance in steps.
    pub(super) fn neighbours(&self, cell: usize) -> impl Iterator<Item = (usize, f64)> {
        let [ni, nj, nk] = self.dimensions;
        let (i, j, k) = (cell % ni, cell / ni % nj, cell / (ni * nj));
        (0..27_usize).filter(|&way| way != 13).filter_map(move |way| {
            let (a, b, c) = (way % 3, way / 3 % 3, way / 9);
            let place = |n: usize, step: usize, count: usize| (n + step).checked_sub(1).filter(|&n| n < count);
            let (i, j, k) = (place(i, a, ni)?, place(j, b, nj)?, place(k, c, nk)?);
            let squares = [a, b, c].iter().filter(|&&step| step != 1).count();
            Some((i + ni * (j + nj * k), (squares as f64).sqrt()))
        })
    }
}
