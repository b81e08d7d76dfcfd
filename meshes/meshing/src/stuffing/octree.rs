//! The octree under the lattice: fine at the boundary, coarser inside, 2:1 over faces, edges and corners.

use super::Grid;
use crate::MeshingError;
use crate::domain::{Domain, Material, OUTSIDE};
use crate::parallel::parallel_map;
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};

/// Levels at most: three coordinates of 21 bits fill a key.
pub(crate) const DEEPEST: u8 = 20;
/// Distance of the first coarser cell from the boundary, in finest cells.
const BAND: f64 = 2.5;
/// Distance of a coarser cell from the boundary, in its own widths.
const CLEARANCE: f64 = 1.25;

/// Distance from the boundary beyond which a cell outside is of no use, in its widths: the centre of a neighbour twice
/// as wide is at most 1.66 widths away.
const REACH: f64 = 1.7;
/// Cells around the solid.
const MARGIN: f64 = 2.0;
/// Half-width of the box around a cell's centre in which the boundary must allow the cell, in its widths.
const SURROUNDINGS: f64 = 1.0;

/// What fills a lattice point, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Inside(Material),
    Outside,
    Unknown,
}

impl Side {
    pub(crate) fn of(material: Material) -> Self {
        if material == OUTSIDE { Self::Outside } else { Self::Inside(material) }
    }

    /// The material; unknown is outside.
    pub(crate) fn material(self) -> Material {
        if let Self::Inside(material) = self { material } else { OUTSIDE }
    }
}

/// A cell that is not divided; it covers 8^level keys from `key`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    /// Interleaved coordinates of the lowest corner, in finest cells.
    pub(crate) key: u64,
    pub(crate) level: u8,
    /// Side of the centre.
    pub(crate) side: Side,
    /// Distance of the centre from the boundary (mm), or a lower bound of it.
    pub(crate) distance: f64,
}

/// Leaves in ascending order of their keys.
#[derive(Debug)]
pub(crate) struct Octree {
    pub(crate) origin: Point3<f64>,
    /// Width of the finest cells in mm.
    pub(crate) size: f64,
    pub(crate) leaves: Vec<Leaf>,
    /// Whether cells at the boundary may differ in size.
    varied: bool,
}

/// A cell while the tree grows.
#[derive(Clone, Copy)]
struct Cell {
    corner: [u32; 3],
    level: u8,
    parent_centre: Point3<f64>,
    parent_distance: f64,
    parent_side: Side,
}

enum Fate {
    Drop,
    Keep(Leaf),
    Divide(Leaf),
}

impl Octree {
    /// Builds the tree for the cells of `grid`; refuses when more than its limit would be undivided at one level.
    pub(crate) fn build(domain: &dyn Domain, grid: &Grid, control: &RunControl) -> Result<Self, MeshingError> {
        let Grid { size, coarsening, shift, limit } = *grid;
        let (low, high) = domain.bounds();
        let doublings = domain.most_doublings();
        // Two of the widest cells at the boundary: what fills its cells is told from the next ones outside.
        let margin = MARGIN * f64::from(1_u32 << doublings);
        let origin = low - Vector3::repeat(margin * size) + Vector3::from(shift.map(|s| s.rem_euclid(1.0))) * size;
        let extent = (high - origin).max() / size + margin;
        let root_level = (extent.log2().ceil().max(0.0) as u8).min(DEEPEST);
        let mut tree = Self { origin, size, leaves: Vec::new(), varied: doublings > 0 };
        let far = f64::INFINITY;
        let mut cells = vec![Cell {
            corner: [0; 3],
            level: root_level,
            parent_centre: origin,
            parent_distance: far,
            parent_side: Side::Unknown,
        }];
        while !cells.is_empty() {
            if cells.len() > limit {
                // Half of the cells at a boundary carry twelve elements each, and each halving makes four of one.
                let halvings = i32::from(cells.first().map_or(0, |cell| cell.level));
                let elements = 6.0 * cells.len() as f64 * 4.0_f64.powi(halvings);
                return Err(MeshingError::TooFine { size_mm: size, elements, limit });
            }
            let fates = parallel_map(&cells, control, |cell| tree.fate(domain, cell, coarsening))?;
            cells.clear();
            for fate in fates {
                match fate {
                    Fate::Drop => {}
                    Fate::Keep(leaf) => tree.leaves.push(leaf),
                    Fate::Divide(leaf) => cells.extend(tree.children(&leaf)),
                }
            }
        }
        tree.leaves.sort_unstable_by_key(|leaf| leaf.key);
        tree.balance(domain, control)?;
        Ok(tree)
    }

    fn fate(&self, domain: &dyn Domain, cell: &Cell, coarsening: u8) -> Fate {
        let leaf = self.examine(domain, cell);
        let width = self.width(leaf.level);
        let half_diagonal = 0.5 * 3.0_f64.sqrt() * width;
        let clear_by = |distance: f64| leaf.distance - half_diagonal >= distance;
        // Where widths vary, a narrow cell may have to close the next one, twice as wide.
        if leaf.side == Side::Outside && (!self.varied && clear_by(REACH * self.size) || self.is_spare(&leaf)) {
            return Fate::Drop;
        }
        let clear = matches!(leaf.side, Side::Inside(_)) && clear_by((CLEARANCE * width).max(BAND * self.size));
        let is_allowed = || leaf.level <= domain.inner_limit(&self.centre(leaf.key, leaf.level), 0.5 * width);
        let coarse = leaf.level <= coarsening && clear && is_allowed();
        let on_boundary = || domain.level_limit(&self.centre(leaf.key, leaf.level), SURROUNDINGS * width) >= leaf.level;
        if leaf.level == 0 || coarse || on_boundary() { Fate::Keep(leaf) } else { Fate::Divide(leaf) }
    }

    /// Distance and side of a cell's centre.
    fn examine(&self, domain: &dyn Domain, cell: &Cell) -> Leaf {
        let key = encode(cell.corner);
        let centre = self.centre(key, cell.level);
        let from_parent = (centre - cell.parent_centre).norm();
        let distance = domain.distance(&centre, cell.parent_distance + from_parent);
        // Points on different sides are at least as far apart as their distances from the boundary together.
        let same_side = cell.parent_side != Side::Unknown && cell.parent_distance + distance > from_parent * 1.000_001;
        let side = match cell.level {
            _ if same_side => cell.parent_side,
            0 => Side::Unknown,
            _ => Side::of(domain.material(&centre)),
        };
        Leaf { key, level: cell.level, side, distance }
    }

    /// Whether a leaf outside is so far out that no element with a corner inside reaches its centre.
    fn is_spare(&self, leaf: &Leaf) -> bool {
        // A finest cell has finest neighbours wherever the boundary has one size; the centres are a width apart.
        let reach = if leaf.level == 0 && !self.varied { 1.0 } else { REACH };
        leaf.side == Side::Outside && leaf.distance > reach * 1.001 * self.width(leaf.level)
    }

    fn children(&self, leaf: &Leaf) -> impl Iterator<Item = Cell> + use<> {
        let (corner, level) = (decode(leaf.key), leaf.level - 1);
        let (parent_centre, parent_distance, parent_side) =
            (self.centre(leaf.key, leaf.level), leaf.distance, leaf.side);
        (0..8_u32).map(move |octant| Cell {
            corner: std::array::from_fn(|a| corner[a] + ((octant >> a & 1) << level)),
            level,
            parent_centre,
            parent_distance,
            parent_side,
        })
    }

    /// Divides coarse leaves until neighbours over faces, edges and corners differ by at most one level.
    fn balance(&mut self, domain: &dyn Domain, control: &RunControl) -> Result<(), Cancelled> {
        loop {
            control.check()?;
            let mut divide = vec![false; self.leaves.len()];
            // A leaf and its siblings ask the same of the surroundings of their parent.
            let mut last = None;
            for leaf in &self.leaves {
                let parent = (leaf.key >> (3 * (leaf.level + 1)), leaf.level);
                if last == Some(parent) {
                    continue;
                }
                last = Some(parent);
                for neighbour in self.neighbours_of_parent(leaf) {
                    if self.leaves[neighbour].level > leaf.level + 1 {
                        divide[neighbour] = true;
                    }
                }
            }
            if !divide.contains(&true) {
                return Ok(());
            }
            self.divide(&divide, domain);
        }
    }

    fn neighbours_of_parent(&self, leaf: &Leaf) -> impl Iterator<Item = usize> + '_ {
        let level = leaf.level + 1;
        let corner = decode(leaf.key >> (3 * level) << (3 * level)).map(i64::from);
        let width = 1_i64 << level;
        (0..27).filter_map(move |k| {
            let at: [i64; 3] = std::array::from_fn(|a| corner[a] + (k / 3_i64.pow(a as u32) % 3 - 1) * width);
            self.find(at)
        })
    }

    fn divide(&mut self, divide: &[bool], domain: &dyn Domain) {
        let mut leaves = Vec::with_capacity(self.leaves.len() * 2);
        for (leaf, &divide) in self.leaves.iter().zip(divide) {
            if divide {
                let children = self.children(leaf).map(|cell| self.examine(domain, &cell));
                leaves.extend(children.filter(|child| !self.is_spare(child)));
            } else {
                leaves.push(*leaf);
            }
        }
        self.leaves = leaves;
    }

    /// The leaf that holds the finest cell `at`.
    pub(crate) fn find(&self, at: [i64; 3]) -> Option<usize> {
        if at.iter().any(|&c| !(0..1 << DEEPEST).contains(&c)) {
            return None;
        }
        let key = encode(at.map(|c| c as u32));
        let index = self.leaves.partition_point(|leaf| leaf.key <= key).checked_sub(1)?;
        let leaf = &self.leaves[index];
        (key - leaf.key < 1 << (3 * leaf.level)).then_some(index)
    }

    /// Width in mm of a cell.
    pub(crate) fn width(&self, level: u8) -> f64 {
        self.size * f64::from(1_u32 << level)
    }

    /// Centre of the cell with the lowest corner `key`.
    pub(crate) fn centre(&self, key: u64, level: u8) -> Point3<f64> {
        self.corner(key) + Vector3::repeat(0.5 * self.width(level))
    }

    /// Position of a corner.
    pub(crate) fn corner(&self, key: u64) -> Point3<f64> {
        let [x, y, z] = decode(key).map(f64::from);
        self.origin + Vector3::new(x, y, z) * self.size
    }
}

/// Interleaves three coordinates of 21 bits, x lowest (Morton 1966).
pub(crate) fn encode(coordinates: [u32; 3]) -> u64 {
    let spread = |c: u32| {
        let mut v = u64::from(c) & 0x1f_ffff;
        v = (v | v << 32) & 0x001f_0000_0000_ffff;
        v = (v | v << 16) & 0x001f_0000_ff00_00ff;
        v = (v | v << 8) & 0x100f_00f0_0f00_f00f;
        v = (v | v << 4) & 0x10c3_0c30_c30c_30c3;
        (v | v << 2) & 0x1249_2492_4924_9249
    };
    spread(coordinates[0]) | spread(coordinates[1]) << 1 | spread(coordinates[2]) << 2
}

/// The coordinates of a key.
pub(crate) fn decode(key: u64) -> [u32; 3] {
    std::array::from_fn(|axis| {
        let mut v = key >> axis & 0x1249_2492_4924_9249;
        v = (v | v >> 2) & 0x10c3_0c30_c30c_30c3;
        v = (v | v >> 4) & 0x100f_00f0_0f00_f00f;
        v = (v | v >> 8) & 0x001f_0000_ff00_00ff;
        v = (v | v >> 16) & 0x001f_0000_0000_ffff;
        ((v | v >> 32) & 0x1f_ffff) as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Sphere;

    #[test]
    fn keys_round_trip() {
        for c in [[0, 0, 0], [1, 2, 3], [(1 << 21) - 1, 12_345, 1 << 20]] {
            assert_eq!(decode(encode(c)), c);
        }
    }

    #[test]
    fn neighbours_differ_by_at_most_one_level_and_leaves_do_not_overlap() {
        let sphere = Sphere { centre: Point3::new(0.3, 0.1, 0.2), radius: 10.0 };
        let grid = Grid { size: 0.4, coarsening: 8, shift: [0.0; 3], limit: usize::MAX };
        let tree = Octree::build(&sphere, &grid, &RunControl::silent()).unwrap();
        assert!(tree.leaves.iter().any(|leaf| leaf.level >= 3));
        for pair in tree.leaves.windows(2) {
            assert!(pair[0].key + (1 << (3 * pair[0].level)) <= pair[1].key);
        }
        for leaf in &tree.leaves {
            let (corner, width) = (decode(leaf.key).map(i64::from), 1_i64 << leaf.level);
            for k in 0..27 {
                let at = std::array::from_fn(|a| corner[a] + (k / 3_i64.pow(a as u32) % 3 - 1) * width);
                if let Some(other) = tree.find(at) {
                    assert!(tree.leaves[other].level <= leaf.level + 1);
                }
            }
        }
    }
}
