//! Voxels to pixels.

use super::{SliceStack, Window};
use crate::{Colour, ColourMap};
use imaging::Image;

/// A picture in sRGB with alpha, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Columns and rows.
    pub size: [usize; 2],
    /// Red, green, blue, alpha (not multiplied in) of every pixel.
    pub rgba: Vec<u8>,
    /// Pixels of the stack that one of these stands for along each side; above 1 only in pictures too large for the
    /// graphics card.
    pub step: usize,
}

/// Red, green, blue, alpha.
pub type Tint = [u8; 4];

const CLEAR: Tint = [0; 4];

/// Which voxels of an image are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Selected<'a> {
    /// Those with a value from the first to the second, both included.
    Between(f64, f64),
    /// Those that are marked, in the order of the image's memory.
    Marked(&'a [bool]),
}

/// The grey picture of a slice. `most` is the largest side that can be shown; larger pictures leave out pixels.
pub fn grey(stack: &SliceStack, slice: usize, image: &Image, window: Window, most: usize) -> Pixels {
    let [red, green, blue] = Colour::NOT_A_NUMBER.channels();
    paint(stack, slice, image, most, |index| match window.grey(image.value(index)) {
        Some(level) => [level, level, level, 255],
        None => [red, green, blue, 255],
    })
}

/// What lies over the grey picture of a slice: labels in the colours of `tints` (by label), and over them the chosen
/// voxels in `tint`.
pub fn overlay(
    stack: &SliceStack,
    slice: usize,
    image: &Image,
    labels: Option<(&[u16], &[Tint])>,
    selected: Option<(Selected<'_>, Tint)>,
    most: usize,
) -> Pixels {
    let is_selected = |index: usize| match selected {
        Some((Selected::Between(low, high), _)) => (low..=high).contains(&image.value(index)),
        Some((Selected::Marked(marks), _)) => marks.get(index).copied().unwrap_or(false),
        None => false,
    };
    paint(stack, slice, image, most, |index| match (selected, labels) {
        (Some((_, tint)), _) if is_selected(index) => tint,
        (_, Some((labels, tints))) => {
            labels.get(index).and_then(|&label| tints.get(usize::from(label))).copied().unwrap_or(CLEAR)
        }
        _ => CLEAR,
    })
}

/// The picture whose pixels are what `tint` says of their voxels; clear where there are none.
fn paint(stack: &SliceStack, slice: usize, image: &Image, most: usize, tint: impl Fn(usize) -> Tint) -> Pixels {
    let [columns, rows] = stack.pixels();
    let step = columns.max(rows).div_ceil(most.max(1)).max(1);
    let size = [columns.div_ceil(step), rows.div_ceil(step)];
    let mut rgba = Vec::with_capacity(4 * size[0] * size[1]);
    let (axis, falls) = stack.along_row();
    let stride = image.grid.dimensions.iter().take(axis).product::<usize>();
    for row in (0..rows).step_by(step) {
        let (shift, length) = (stack.shift(row), stack.row_length());
        let first = image.grid.index(stack.voxel_at(0, row, slice));
        for column in (0..columns).step_by(step) {
            let along = column.checked_sub(shift).filter(|&along| along < length);
            let index = along.map(|along| if falls { first - along * stride } else { first + along * stride });
            rgba.extend(index.map_or(CLEAR, &tint));
        }
    }
    Pixels { size, rgba, step }
}

/// The colour of the label that is number `rank` among those of a map: first colours that people with colour-vision
/// deficiency tell apart, then viridis and cool-warm in steps of 0.589 of the map: of all steps in
/// thousandths the one that keeps the first 24 colours farthest apart.
pub fn label_colour(rank: usize) -> Colour {
    // Black is left out: it cannot be seen on a slice.
    const BRIGHT: [usize; 7] = [4, 5, 2, 3, 7, 1, 0];
    if let Some(&category) = BRIGHT.get(rank) {
        return Colour::category(category);
    }
    let turn = (rank as f64 * 0.589).fract();
    let map = if rank.is_multiple_of(2) { ColourMap::Viridis } else { ColourMap::CoolWarm };
    // The dark quarter of viridis is left out for the same reason.
    let at = if rank.is_multiple_of(2) { 0.25 + 0.75 * turn } else { turn };
    let [red, green, blue] = map.table()[((at * 256.0) as usize).min(255)];
    Colour::new(red, green, blue)
}

/// The tint of every label from 0 on, for [`overlay`]: those of `labels` (in order, with whether they are seen) in their
/// colours, all others clear.
pub fn label_tints(labels: impl IntoIterator<Item = (u16, bool)>, opacity: f64) -> Vec<Tint> {
    let alpha = (255.0 * opacity.clamp(0.0, 1.0)).round() as u8;
    let mut tints = Vec::new();
    for (rank, (label, is_seen)) in labels.into_iter().enumerate() {
        let label = usize::from(label);
        if tints.len() <= label {
            tints.resize(label + 1, CLEAR);
        }
        let [red, green, blue] = label_colour(rank).channels();
        if is_seen {
            tints[label] = [red, green, blue, alpha];
        }
    }
    tints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_colours_are_told_apart_and_seen_on_black() {
        let colours: Vec<[i32; 3]> = (0..24).map(|rank| label_colour(rank).channels().map(i32::from)).collect();
        for (rank, first) in colours.iter().enumerate() {
            assert!(first.iter().max().is_some_and(|&channel| channel > 100), "{rank}: {first:?}");
            for second in &colours[..rank] {
                let distance: i32 = first.iter().zip(second).map(|(a, b)| (a - b).abs()).sum();
                assert!(distance > 20, "{rank}: {first:?} and {second:?}");
            }
        }
    }

    #[test]
    fn hidden_labels_are_clear_and_keep_the_colours_of_the_others() {
        let all = label_tints([(3, true), (7, true)], 0.5);
        let one = label_tints([(3, false), (7, true)], 0.5);
        assert_eq!((one[3], one[7], one[0]), (CLEAR, all[7], CLEAR));
        assert_eq!(all[7][3], 128);
    }
}
