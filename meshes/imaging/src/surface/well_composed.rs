//! Relabels voxels until every border between labels is a manifold.

use super::blocks::visit_mixed;
use crate::{ImagingError, LabelMap};
use control::RunControl;
use rayon::prelude::*;

/// A voxel that was given another label because its own touched itself only across an edge or a corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relabelled {
    /// The voxel.
    pub voxel: [usize; 3],
    /// The label that it had.
    pub from: u16,
    /// The label that it has now.
    pub to: u16,
}

/// How often one voxel may change before it is left as it is.
const MOST_CHANGES: u8 = 4;

/// Relabels as few voxels as it takes for every label to be well-composed: in every 2 x 2 x 2 block both the voxels of a
/// label and all others are connected through faces. The border of every label is then a 2-manifold.
///
/// Source: the idea is that of Latecki, Eckhardt and Rosenfeld, Comput Vis Image Underst 61:70 (1995), and its repair that
/// of Siqueira et al., J Math Imaging Vis 30:249 (2008). Here the voxel whose change is best supported by its 26 neighbours is
/// changed, smaller places in memory first, so that the result is the same every time.
///
/// # Errors
/// [`ImagingError::Tangled`] when places are left that no change mends; cancellation.
pub fn make_well_composed(map: &mut LabelMap, control: &RunControl) -> Result<Vec<Relabelled>, ImagingError> {
    let mut queue = Vec::new();
    let layers: Vec<usize> = (0..=map.grid.dimensions[2]).collect();
    for batch in layers.chunks(16) {
        control.check()?;
        let found: Vec<Vec<[usize; 3]>> = batch.par_iter().map(|&k| places(map, k)).collect();
        queue.extend(found.into_iter().flatten());
    }
    let blocks = Blocks { map };
    let mut changed = Vec::new();
    let mut changes = std::collections::HashMap::<usize, u8>::new();
    let mut next = 0;
    while let Some(&block) = queue.get(next) {
        next += 1;
        if next.is_multiple_of(1 << 12) {
            control.check()?;
        }
        let labels = blocks.labels(block);
        if is_well_composed(&labels) {
            continue;
        }
        let is_free = |index: usize| changes.get(&index).is_none_or(|&n| n < MOST_CHANGES);
        let Some((corner, to)) = blocks.best_change(block, &labels, is_free) else { continue };
        let Some(voxel) = blocks.voxel(block, corner) else { continue };
        let index = blocks.map.grid.index(voxel);
        *changes.entry(index).or_insert(0) += 1;
        changed.push(Relabelled { voxel, from: labels[corner], to });
        blocks.map.labels[index] = to;
        // Every block that holds the voxel is looked at again.
        queue.extend((0..8_usize).map(|around| [0, 1, 2].map(|axis| voxel[axis] + (around >> axis & 1))));
    }
    let map: &LabelMap = blocks.map;
    let left: usize = layers.par_iter().map(|&k| places(map, k).len()).sum();
    if left > 0 {
        return Err(ImagingError::Tangled { places: left });
    }
    Ok(changed)
}

/// The blocks of layer `k` that are not well-composed.
fn places(map: &LabelMap, k: usize) -> Vec<[usize; 3]> {
    let mut places = Vec::new();
    visit_mixed(map, k, |block, labels| {
        if !is_well_composed(&labels) {
            places.push(block);
        }
    });
    places
}

/// The blocks of a map that is surrounded by background. Block (i, j, k) holds the voxels (i-1..=i, j-1..=j, k-1..=k).
struct Blocks<'a> {
    map: &'a mut LabelMap,
}

impl Blocks<'_> {
    /// The voxel at a corner of a block; bit 0, 1, 2 of the corner is its step along i, j, k.
    fn voxel(&self, block: [usize; 3], corner: usize) -> Option<[usize; 3]> {
        let mut voxel = [0; 3];
        for axis in 0..3 {
            voxel[axis] = (block[axis] + (corner >> axis & 1)).checked_sub(1)?;
            if voxel[axis] >= self.map.grid.dimensions[axis] {
                return None;
            }
        }
        Some(voxel)
    }

    fn labels(&self, block: [usize; 3]) -> [u16; 8] {
        std::array::from_fn(|corner| {
            self.voxel(block, corner).map_or(0, |voxel| self.map.labels[self.map.grid.index(voxel)])
        })
    }

    /// The change of one voxel of the block to a label of its face neighbours that makes the block well-composed and
    /// leaves the voxel with the most equal voxels around; of any change when none makes it so.
    fn best_change(
        &self,
        block: [usize; 3],
        labels: &[u16; 8],
        is_free: impl Fn(usize) -> bool,
    ) -> Option<(usize, u16)> {
        let mut best: Option<((bool, i32), (usize, u16))> = None;
        for corner in 0..8 {
            let Some(voxel) = self.voxel(block, corner) else { continue };
            if !is_free(self.map.grid.index(voxel)) {
                continue;
            }
            for to in [0, 1, 2].map(|axis| labels[corner ^ (1 << axis)]) {
                if to == labels[corner] {
                    continue;
                }
                let mut after = *labels;
                after[corner] = to;
                let gain = self.support(voxel, to) - self.support(voxel, labels[corner]);
                let merit = (is_well_composed(&after), gain);
                if best.is_none_or(|(other, _)| merit > other) {
                    best = Some((merit, (corner, to)));
                }
            }
        }
        best.map(|(_, change)| change)
    }

    /// How many of the 26 neighbours have this label; those across a face count four times, those across an edge twice.
    fn support(&self, voxel: [usize; 3], label: u16) -> i32 {
        let mut sum = 0;
        for step in 0..27_usize {
            let steps = [step % 3, step / 3 % 3, step / 9];
            let apart = steps.iter().filter(|&&s| s != 1).count();
            let block = [0, 1, 2].map(|axis| voxel[axis] + steps[axis]);
            // As a corner of the block one further: the voxel at block - 1.
            let there = self.voxel(block, 0).map_or(0, |other| self.map.labels[self.map.grid.index(other)]);
            sum += if there == label { [0, 4, 2, 1][apart] } else { 0 };
        }
        sum
    }
}

/// Whether, for every label of the block, its voxels are connected through faces, and so are all others.
fn is_well_composed(labels: &[u16; 8]) -> bool {
    let first = labels[0];
    if labels.iter().all(|&label| label == first) {
        return true;
    }
    labels.iter().all(|&label| {
        let mask = (0..8).fold(0_u8, |mask, corner| mask | u8::from(labels[corner] == label) << corner);
        is_connected(mask) && is_connected(!mask)
    })
}

/// Whether the corners of a cube that are set in `mask` are connected along its edges; also when none is.
const fn is_connected(mask: u8) -> bool {
    if mask == 0 {
        return true;
    }
    let mut reached = mask & mask.wrapping_neg();
    loop {
        // One step along each axis: bit c reaches c ^ 1, c ^ 2, c ^ 4.
        let along_i = (reached & 0x55) << 1 | (reached & 0xAA) >> 1;
        let along_j = (reached & 0x33) << 2 | (reached & 0xCC) >> 2;
        let along_k = reached.rotate_right(4);
        let grown = (reached | along_i | along_j | along_k) & mask;
        if grown == reached {
            return reached == mask;
        }
        reached = grown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;
    use nalgebra::Point3;
    use proptest::prelude::*;

    #[test]
    fn diagonals_are_told_from_faces() {
        assert!(is_connected(0b0000_0011) && is_connected(0b1111_1111) && is_connected(0));
        assert!(!is_connected(0b0000_1001) && !is_connected(0b1000_0001) && is_connected(!0b1000_0001));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Noise of three labels: the hardest case. All places must end well-composed, and few voxels may change.
        #[test]
        fn noise_becomes_well_composed(labels in proptest::collection::vec(0_u16..3, 7 * 6 * 5)) {
            let grid = Grid::aligned([7, 6, 5], Point3::origin(), [1.0; 3]).unwrap();
            let mut map = LabelMap { labels, ..LabelMap::empty(grid) };
            make_well_composed(&mut map, &RunControl::silent()).unwrap();
            let blocks = Blocks { map: &mut map };
            for block in 0..8 * 7 * 6_usize {
                let labels = blocks.labels([block % 8, block / 8 % 7, block / 56]);
                prop_assert!(is_well_composed(&labels), "{labels:?}");
            }
        }
    }
}
