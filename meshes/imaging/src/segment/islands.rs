//! Specks of a label map.

use super::neighbours;
use crate::{ImagingError, LabelMap};
use control::RunControl;
use mesh::{Point3, Vector3};
use std::collections::BTreeMap;

/// A small connected part of a label that was given to what is around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Island {
    /// The label it had.
    pub label: u16,
    /// The label that most of its neighbours have, 0 for the background.
    pub given_to: u16,
    /// Its voxels.
    pub voxels: usize,
    /// Its centre, mm.
    pub centre: Point3<f64>,
}

/// Gives every connected part of a label with fewer than `least` voxels to the label (or the background) that most of the
/// voxels around it have, other such parts not counted; the largest part of a label stays whatever its size. Cavities in a label are
/// parts of the background and stay. O(voxels).
///
/// # Errors
/// Cancellation.
pub fn absorb_islands(map: &mut LabelMap, least: usize, control: &RunControl) -> Result<Vec<Island>, ImagingError> {
    let mut visited: Vec<bool> = map.labels.iter().map(|&label| label == 0).collect();
    let mut largest: BTreeMap<u16, usize> = BTreeMap::new();
    let mut small: Vec<Vec<u32>> = Vec::new();
    let mut queue: Vec<u32> = Vec::new();
    for seed in 0..visited.len() {
        if seed.is_multiple_of(1 << 20) {
            control.check()?;
        }
        if visited[seed] {
            continue;
        }
        let label = map.labels[seed];
        visited[seed] = true;
        queue.clear();
        queue.push(seed as u32);
        let mut next = 0;
        while let Some(&voxel) = queue.get(next) {
            next += 1;
            if next.is_multiple_of(1 << 20) {
                control.check()?;
            }
            for neighbour in neighbours(map.grid.dimensions, voxel as usize) {
                if map.labels[neighbour] == label && !std::mem::replace(&mut visited[neighbour], true) {
                    queue.push(neighbour as u32);
                }
            }
        }
        let most = largest.entry(label).or_default();
        *most = queue.len().max(*most);
        if queue.len() < least {
            small.push(queue.clone());
        }
    }
    let mut kept: BTreeMap<u16, bool> = BTreeMap::new();
    small.retain(|voxels| {
        let label = map.labels[voxels[0] as usize];
        // A label that has small parts only keeps the first of its largest.
        let is_largest = largest.get(&label) == Some(&voxels.len());
        !is_largest || std::mem::replace(kept.entry(label).or_default(), true)
    });
    // What goes itself is no surroundings for another.
    let mut goes = visited;
    goes.fill(false);
    small.iter().flatten().for_each(|&voxel| goes[voxel as usize] = true);
    let mut islands = Vec::with_capacity(small.len());
    for (k, voxels) in small.iter().enumerate() {
        if k % 1024 == 0 {
            control.check()?;
        }
        islands.push(absorb(map, &goes, voxels));
    }
    Ok(islands)
}

fn absorb(map: &mut LabelMap, goes: &[bool], voxels: &[u32]) -> Island {
    let label = map.labels[voxels[0] as usize];
    let mut around: BTreeMap<u16, usize> = BTreeMap::new();
    let mut sum = Vector3::zeros();
    for &voxel in voxels {
        sum += map.grid.position(map.grid.voxel(voxel as usize).map(|n| n as f64)).coords;
        for neighbour in neighbours(map.grid.dimensions, voxel as usize) {
            if !goes[neighbour] {
                *around.entry(map.labels[neighbour]).or_default() += 1;
            }
        }
    }
    // The lowest label wins a tie.
    let given_to =
        around.iter().max_by_key(|&(&label, &count)| (count, std::cmp::Reverse(label))).map_or(0, |(l, _)| *l);
    voxels.iter().for_each(|&voxel| map.labels[voxel as usize] = given_to);
    Island { label, given_to, voxels: voxels.len(), centre: Point3::from(sum / voxels.len() as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;

    #[test]
    fn a_speck_beside_a_speck_is_no_surroundings() {
        let mut map = LabelMap::empty(Grid::aligned([12, 6, 6], Point3::origin(), [1.0; 3]).unwrap());
        let at = |i: usize, j: usize, k: usize| i + 12 * (j + 6 * k);
        (0..6).for_each(|j| (0..6).for_each(|k| map.labels[at(0, j, k)] = if j < 3 { 1 } else { 2 }));
        (6..9).for_each(|i| map.labels[at(i, 3, 3)] = 1);
        (5..10).for_each(|i| (2..5).for_each(|j| map.labels[at(i, j, 4)] = 2));
        absorb_islands(&mut map, 16, &RunControl::silent()).unwrap();
        assert_eq!(map.counts(), BTreeMap::from([(1, 18), (2, 18)]));
    }

    #[test]
    fn specks_join_their_surroundings_and_the_largest_part_of_a_label_stays() {
        let mut map = LabelMap::empty(Grid::aligned([12, 6, 6], Point3::origin(), [1.0; 3]).unwrap());
        let at = |i: usize, j: usize, k: usize| i + 12 * (j + 6 * k);
        for k in 1..5 {
            for j in 1..5 {
                for i in 1..6 {
                    map.labels[at(i, j, k)] = 1;
                }
            }
        }
        // A speck inside label 1, one outside, and a label that is small altogether.
        map.labels[at(3, 3, 3)] = 2;
        map.labels[at(9, 1, 1)] = 1;
        (8..11).for_each(|i| map.labels[at(i, 4, 4)] = 2);
        let islands = absorb_islands(&mut map, 10, &RunControl::silent()).unwrap();
        let found: Vec<(u16, u16, usize)> = islands.iter().map(|i| (i.label, i.given_to, i.voxels)).collect();
        assert_eq!(found, [(1, 0, 1), (2, 1, 1)]);
        assert_eq!(islands[1].centre, map.grid.position([3.0, 3.0, 3.0]));
        assert_eq!(map.counts(), BTreeMap::from([(1, 80), (2, 3)]));
    }
}
