//! Masks from images and masks from masks. Neighbours share a face of their voxels.

mod components;
mod crop;
mod distance;
mod islands;
mod morphology;
mod recipe;

pub use components::{Component, components, fill_cavities, keep_largest, region_grow, remove_islands};
pub use crop::Crop;
pub use distance::squared_distance;
pub use islands::{Island, absorb_islands};
pub use morphology::{close, dilate, erode, open};
pub use recipe::{Choice, Recipe, Segmented};

/// The voxels that share a face with the one at `index`.
fn neighbours(dimensions: [usize; 3], index: usize) -> impl Iterator<Item = usize> {
    let [ni, nj, nk] = dimensions;
    let (i, j, k) = (index % ni, index / ni % nj, index / (ni * nj));
    [
        (i > 0).then(|| index - 1),
        (i + 1 < ni).then_some(index + 1),
        (j > 0).then(|| index - ni),
        (j + 1 < nj).then_some(index + ni),
        (k > 0).then(|| index - ni * nj),
        (k + 1 < nk).then_some(index + ni * nj),
    ]
    .into_iter()
    .flatten()
}
