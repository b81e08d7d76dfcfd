//! The octree under the lattice: fine at the boundary, coarser inside, 2:1 over faces, edges and corners.

use crate::domain::Domain;
use crate::parallel::parallel_map;
use control::{Cancelled, RunControl};
use mesh::{Point3, Vector3};

/// Levels at most: three coordinates of 21 bits fill a key.
pub(crate) const DEEPEST: u8 = 20;
/// Distance of the first coarser cell from the boundary, in finest cells.
const BAND: f64 = 2.5;
/// Distance of a coarser cell from the boundary, in its own widths.
const CLEARANCE: f64 = 1.25;

/// On which side of the boundary a lattice point lies, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Inside,
    Outside,
    Unknown,
}

impl Side {
    fn of(inside: bool) -> Self {
        if inside { Self::Inside } else { Self::Outside }
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
    Divide(Point3<f64>, f64, Side),
}

impl Octree {
    /// Builds the tree for cells of `size` mm at the boundary and at most 2^`coarsening` times that inside.
    /// `shift` moves the lattice by fractions of a cell.
    pub(crate) fn build(
        domain: &dyn Domain,
        size: f64,
        coarsening: u8,
        shift: [f64; 3],
        control: &RunControl,
    ) -> Result<Self, Cancelled> {
        let (low, high) = domain.bounds();
        let origin = low - Vector3::repeat(2.0 * size) + Vector3::from(shift.map(|s| s.rem_euclid(1.0))) * size;
        let extent = (high - origin).max() / size + 2.0;
        let root_level = (extent.log2().ceil().max(0.0) as u8).min(DEEPEST);
        let mut tree = Self { origin, size, leaves: Vec::new() };
        let far = f64::INFINITY;
        let mut cells = vec![Cell {
            corner: [0; 3],
            level: root_level,
            parent_centre: origin,
            parent_distance: far,
            parent_side: Side::Unknown,
        }];
        while !cells.is_empty() {
            let fates = parallel_map(&cells, control, |cell| tree.fate(domain, cell, coarsening))?;
            cells = tree.collect(&cells, fates);
        }
        tree.leaves.sort_unstable_by_key(|leaf| leaf.key);
        tree.balance(control)?;
        Ok(tree)
    }

    fn fate(&self, domain: &dyn Domain, cell: &Cell, coarsening: u8) -> Fate {
        let width = self.width(cell.level);
        let centre = self.centre(encode(cell.corner), cell.level);
        let half_diagonal = 0.5 * 3.0_f64.sqrt() * width;
        let from_parent = (centre - cell.parent_centre).norm();
        let distance = domain.distance(&centre, cell.parent_distance + from_parent);
        // Points on different sides are at least as far apart as their distances from the boundary together.
        let same_side = cell.parent_side != Side::Unknown && cell.parent_distance + distance > from_parent * 1.000_001;
        let side = match cell.level {
            _ if same_side => cell.parent_side,
            0 => Side::Unknown,
            _ => Side::of(domain.is_inside(&centre)),
        };
        // A finest cell farther than its width from the solid can hold no corner of an element.
        let reach = if cell.level == 0 { self.size } else { half_diagonal + self.size };
        if side == Side::Outside && distance > reach * 1.001 {
            return Fate::Drop;
        }
        let clearance = (CLEARANCE * width).max(BAND * self.size);
        let coarse = side == Side::Inside && cell.level <= coarsening && distance - half_diagonal >= clearance;
        if cell.level == 0 || coarse {
            return Fate::Keep(Leaf { key: encode(cell.corner), level: cell.level, side, distance });
        }
        Fate::Divide(centre, distance, side)
    }

    fn collect(&mut self, cells: &[Cell], fates: Vec<Fate>) -> Vec<Cell> {
        let mut next = Vec::new();
        for (cell, fate) in cells.iter().zip(fates) {
            match fate {
                Fate::Drop => {}
                Fate::Keep(leaf) => self.leaves.push(leaf),
                Fate::Divide(parent_centre, parent_distance, parent_side) => {
                    let half = 1_u32 << (cell.level - 1);
                    next.extend((0..8).map(|octant: u32| Cell {
                        corner: std::array::from_fn(|a| cell.corner[a] + (octant >> a & 1) * half),
                        level: cell.level - 1,
                        parent_centre,
                        parent_distance,
                        parent_side,
                    }));
                }
            }
        }
        next
    }

    /// Divides coarse leaves until neighbours over faces, edges and corners differ by at most one level.
    fn balance(&mut self, control: &RunControl) -> Result<(), Cancelled> {
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
            self.divide(&divide);
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

    fn divide(&mut self, divide: &[bool]) {
        let mut leaves = Vec::with_capacity(self.leaves.len() * 2);
        for (leaf, &divide) in self.leaves.iter().zip(divide) {
            if !divide {
                leaves.push(*leaf);
                continue;
            }
            let level = leaf.level - 1;
            // The leaf was clear of the boundary; the child's centre is nearer to it by at most a quarter diagonal.
            let distance = leaf.distance - 0.25 * 3.0_f64.sqrt() * self.width(leaf.level);
            leaves.extend((0..8).map(|k| Leaf { key: leaf.key + (k << (3 * level)), level, distance, ..*leaf }));
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
        let tree = Octree::build(&sphere, 0.4, 8, [0.0; 3], &RunControl::silent()).unwrap();
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
