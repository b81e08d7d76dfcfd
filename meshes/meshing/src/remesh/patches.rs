//! Named regions as one label a triangle, so that edits carry them along.

use mesh::SurfaceMesh;
use std::collections::BTreeMap;

/// Which combination of regions a label stands for; label 0 is in none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patches {
    names: Vec<String>,
    /// Regions of every label, ascending.
    sets: Vec<Vec<usize>>,
}

impl Patches {
    /// The combinations that occur on a valid surface, and the label of every triangle.
    pub(crate) fn of(surface: &SurfaceMesh) -> (Self, Vec<u32>) {
        let mut patches = Self { names: surface.regions.keys().cloned().collect(), sets: vec![Vec::new()] };
        let mut labels = vec![0; surface.triangles.len()];
        let mut with: BTreeMap<(u32, usize), u32> = BTreeMap::new();
        for (region, triangles) in surface.regions.values().enumerate() {
            for &t in triangles {
                let Some(label) = labels.get_mut(t as usize) else { continue };
                if patches.sets[*label as usize].last() != Some(&region) {
                    *label = *with.entry((*label, region)).or_insert_with(|| {
                        let mut set = patches.sets[*label as usize].clone();
                        set.push(region);
                        patches.sets.push(set);
                        patches.sets.len() as u32 - 1
                    });
                }
            }
        }
        (patches, labels)
    }

    /// The regions of triangles with the given labels; a region that lost all its triangles stays, empty.
    pub(crate) fn regions(&self, labels: &[u32]) -> BTreeMap<String, Vec<u32>> {
        let mut lists = vec![Vec::new(); self.names.len()];
        for (t, &label) in (0u32..).zip(labels) {
            for &region in self.sets.get(label as usize).into_iter().flatten() {
                lists[region].push(t);
            }
        }
        self.names.iter().cloned().zip(lists).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::primitives::icosphere;

    #[test]
    fn overlapping_regions_come_back_as_they_were() {
        let mut surface = icosphere(1.0, 0);
        surface.regions.insert("a".to_owned(), vec![0, 1, 2, 7]);
        surface.regions.insert("b".to_owned(), vec![2, 3, 7]);
        surface.regions.insert("c".to_owned(), vec![7]);
        let (patches, labels) = Patches::of(&surface);
        assert_eq!(labels[2], labels[2].max(1));
        assert_ne!(labels[2], labels[7]);
        assert_eq!(patches.regions(&labels), surface.regions);
    }
}
