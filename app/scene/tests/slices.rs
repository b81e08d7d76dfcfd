//! Slices of images that are stored every possible way: left must be left.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test that fails is a failed test")]

use control::RunControl;
use imaging::{Grid, Image, JudgedImage, Rescale, Voxels};
use mesh::{Point3, Vector3};
use nalgebra::{Matrix3, Rotation3};
use scene::slice::{Selected, SlicePlane, SliceStack, Window, grey, label_tints, overlay};
use std::path::{Path, PathBuf};

/// Where the patient's side is to be seen: left, right, upper, lower edge of each plane.
const EDGES: [(SlicePlane, [&str; 4]); 3] = [
    (SlicePlane::Axial, ["R", "L", "A", "P"]),
    (SlicePlane::Coronal, ["R", "L", "S", "I"]),
    (SlicePlane::Sagittal, ["A", "P", "S", "I"]),
];

/// Columns of `axes` in every order and with every sign: the 48 ways to store one volume.
fn all_orders(spacing: [f64; 3]) -> Vec<Matrix3<f64>> {
    let mut all = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for signs in 0..8_usize {
            let mut axes = Matrix3::zeros();
            for column in 0..3 {
                let sign = if signs >> column & 1 == 1 { -1.0 } else { 1.0 };
                axes[(order[column], column)] = sign * spacing[order[column]];
            }
            all.push(axes);
        }
    }
    all
}

/// A grid that fills the box from -30 to 30 (left), -20 to 20 (back), 0 to 60 mm (head), stored as `axes` say.
fn grid(axes: Matrix3<f64>) -> Grid {
    let middle = Point3::new(0.0, 0.0, 30.0);
    let extent = [60.0, 40.0, 60.0];
    let along = |column: usize| axes.column(column).iamax();
    let dimensions = [0, 1, 2].map(|k| (extent[along(k)] / axes.column(k).norm()).round() as usize);
    let half = Vector3::from(dimensions.map(|count| 0.5 * (count as f64 - 1.0)));
    Grid::new(dimensions, middle - axes * half, axes).unwrap()
}

/// An image that is dark but for the voxel at a point.
fn image_with_mark(grid: &Grid, point: Point3<f64>) -> (Image, [usize; 3]) {
    let voxel = grid.nearest(grid.coordinates(&point)).expect("inside");
    let mut values = vec![0_i16; grid.count()];
    values[grid.index(voxel)] = 1000;
    (Image { grid: grid.clone(), voxels: Voxels::I16(values), rescale: Rescale::NONE }, voxel)
}

/// Where the only bright pixel is, in parts of the picture's width and height.
fn bright_place(pixels: &scene::slice::Pixels) -> [f64; 2] {
    let [columns, rows] = pixels.size;
    let bright: Vec<usize> = (0..columns * rows).filter(|&n| pixels.rgba[4 * n] > 200).collect();
    assert_eq!(bright.len(), 1, "one voxel is bright");
    [(bright[0] % columns) as f64 + 0.5, (bright[0] / columns) as f64 + 0.5]
        .into_iter()
        .zip([columns, rows])
        .map(|(at, count)| at / count as f64)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

/// A mark on the patient's left, front and head side is seen there, however the volume is stored. The expected place is
/// computed from millimetres alone.
#[test]
fn a_mark_is_seen_on_its_side_in_all_48_orders_of_storage() {
    let window = Window::between(0.0, 1000.0);
    for axes in all_orders([2.0, 2.5, 4.0]) {
        let grid = grid(axes);
        let point = Point3::new(17.0, -11.0, 46.0);
        let (image, voxel) = image_with_mark(&grid, point);
        let seen = grid.position(voxel.map(|n| n as f64));
        // Parts of the way from the right to the left side, from the front to the back, from the feet to the head.
        let (left, back, head) = ((seen.x + 30.0) / 60.0, (seen.y + 20.0) / 40.0, seen.z / 60.0);
        let expected = [[left, back], [left, 1.0 - head], [back, 1.0 - head]];
        for (plane, expected) in SlicePlane::ALL.into_iter().zip(expected) {
            let stack = SliceStack::new(&grid, plane);
            let place = bright_place(&grey(&stack, stack.slice_of(voxel), &image, window, 4096));
            for (found, expected) in place.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{plane:?} of {axes}: {place:?}, not {expected:?}");
            }
            let [width, height] = stack.size();
            let [x, y] = stack.place(voxel);
            assert!((x / width - place[0]).abs() < 1e-9 && (y / height - place[1]).abs() < 1e-9);
            assert_eq!(stack.voxel([x, y], stack.slice_of(voxel)), Some(voxel), "{plane:?} of {axes}");
        }
    }
}

#[test]
fn letters_extents_and_the_order_of_slices_follow_the_patient_in_all_48_orders() {
    for axes in all_orders([2.0, 2.5, 4.0]) {
        let grid = grid(axes);
        for (plane, edges) in EDGES {
            let stack = SliceStack::new(&grid, plane);
            assert_eq!(stack.edges(), edges.map(str::to_owned), "{plane:?} of {axes}");
            assert!(stack.tilt() < 1e-6);
            let across = plane.across();
            let at = |slice: usize| grid.position(stack.in_slice([0; 3], slice).map(|n| n as f64))[across];
            assert!((1..stack.count()).all(|slice| at(slice) > at(slice - 1)), "{plane:?} of {axes}");
            let size = stack.size();
            let expected = [[60.0, 40.0], [60.0, 60.0], [40.0, 60.0]][plane as usize];
            assert!((0..2).all(|k| (size[k] - expected[k]).abs() < 1e-9), "{plane:?} of {axes}: {size:?}");
            let pixel = [[2.0, 2.5], [2.0, 4.0], [2.5, 4.0]][plane as usize];
            assert!((0..2).all(|k| (stack.pixel()[k] - pixel[k]).abs() < 1e-9), "aspect of {plane:?}");
        }
    }
}

/// Turned by 25° about the long axis and by 10° forward: the planes keep the names they are nearest to, say by how much
/// they are off, and a step to the right in the picture is a step towards the letter at the right edge.
#[test]
fn oblique_slices_are_named_by_the_nearest_plane() {
    let turn = Rotation3::from_euler_angles(10_f64.to_radians(), 0.0, 25_f64.to_radians());
    for axes in all_orders([1.0, 1.5, 3.0]) {
        let straight = grid(axes);
        let axes = turn.matrix() * axes;
        let grid = Grid::new(straight.dimensions, straight.origin, axes).unwrap();
        for (plane, edges) in EDGES {
            let stack = SliceStack::new(&grid, plane);
            let found = stack.edges();
            for (found, nearest) in found.iter().zip(edges) {
                assert!(found.starts_with(nearest), "{plane:?} of {axes}: {found} near {nearest}");
            }
            assert!(stack.tilt() > 8.0 && stack.tilt() < 30.0);
            let middle = grid.dimensions.map(|n| n / 2);
            let [x, y] = stack.place(middle);
            let right = stack.voxel([x + stack.pixel()[0], y], stack.slice_of(middle)).unwrap();
            let step = grid.position(right.map(|n| n as f64)) - grid.position(middle.map(|n| n as f64));
            let side = if plane == SlicePlane::Sagittal { step.y } else { step.x };
            assert!(side > 0.8 * step.norm(), "{plane:?} of {axes}: {step:?}");
        }
    }
}

/// A tilted gantry: rows are moved so that every voxel is within half a pixel of its true place.
#[test]
fn slices_across_a_tilted_gantry_are_not_skewed() {
    for lean in [0.35, -0.35] {
        let axes = Matrix3::new(1.0, 0.0, 0.0, 0.0, 1.0, 2.0 * lean, 0.0, 0.0, 2.0);
        let grid = Grid::new([20, 30, 16], Point3::new(-10.0, -15.0, 0.0), axes).unwrap();
        let stack = SliceStack::new(&grid, SlicePlane::Sagittal);
        let (first, last) = ([10, 3, 0], [10, 20, 15]);
        let between =
            |a: [usize; 3], b: [usize; 3]| grid.position(b.map(|n| n as f64)) - grid.position(a.map(|n| n as f64));
        let moved = between(first, last);
        let (a, b) = (stack.place(first), stack.place(last));
        assert!((b[0] - a[0] - moved.y).abs() <= 0.5 + 1e-9, "{lean}: {} and {}", b[0] - a[0], moved.y);
        assert!((a[1] - b[1] - moved.z).abs() < 1e-9);
        let window = Window::between(0.0, 1000.0);
        for voxel in [first, last] {
            let (image, _) = image_with_mark(&grid, grid.position(voxel.map(|n| n as f64)));
            let pixels = grey(&stack, stack.slice_of(voxel), &image, window, 4096);
            let ([x, y], [width, height], place) = (stack.place(voxel), stack.size(), bright_place(&pixels));
            assert!((place[0] * width - x).abs() < 1e-9 && (place[1] * height - y).abs() < 1e-9);
            assert_eq!(stack.voxel([x, y], stack.slice_of(voxel)), Some(voxel));
        }
        // Beside the slanted rows there is nothing.
        let (empty, full) = if lean > 0.0 { (0.1, stack.size()[0] - 0.1) } else { (stack.size()[0] - 0.1, 0.1) };
        assert!(stack.voxel([empty, 0.1], 10).is_none() && stack.voxel([full, 0.1], 10).is_some(), "{lean}");
    }
}

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/images").join(name)
}

fn read(name: &str) -> JudgedImage {
    let file = imaging::read_image(&asset(name), &RunControl::silent()).unwrap();
    imaging::judge_image(file, None, None)
}

/// The middle of a label in the picture, as it is painted, in the slice through its middle voxel: parts of width and height.
fn middle_of_label(judged: &JudgedImage, label: u16, plane: SlicePlane) -> [f64; 2] {
    let map = imaging::LabelMap::from_image(&judged.image, &judged.names).unwrap();
    let tints = label_tints([(label, true)], 1.0);
    let stack = SliceStack::new(&judged.image.grid, plane);
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    for slice in 0..stack.count() {
        let pixels = overlay(&stack, slice, &judged.image, Some((&map.labels, &tints)), None, 4096);
        let [columns, rows] = pixels.size;
        for pixel in (0..columns * rows).filter(|&pixel| pixels.rgba[4 * pixel + 3] > 0) {
            sum[0] += ((pixel % columns) as f64 + 0.5) / columns as f64;
            sum[1] += ((pixel / columns) as f64 + 0.5) / rows as f64;
            count += 1.0;
        }
    }
    assert!(count > 0.0, "label {label} is not in the map");
    [sum[0] / count, sum[1] / count]
}

/// A vertebra whose file is stored posterior, inferior, right. Labels of the file's makers: 42 spinous process, 43 and 44
/// left and right costal process, 45 and 47 left, 46 and 48 right articular processes, 50 body.
#[test]
fn a_vertebra_stored_pir_has_its_left_on_the_right_and_its_spine_behind() {
    let judged = read("tpt_sub-ct_seg-subreg_label-22_msk.nii.gz");
    let at = |label, plane| middle_of_label(&judged, label, plane);
    for (left, right) in [(43, 44), (45, 46), (47, 48)] {
        for plane in [SlicePlane::Axial, SlicePlane::Coronal] {
            assert!(
                at(left, plane)[0] > at(right, plane)[0] + 0.1,
                "{plane:?}: {left} is left of the patient's {right}"
            );
        }
    }
    assert!(at(42, SlicePlane::Axial)[1] > at(50, SlicePlane::Axial)[1] + 0.3, "the spinous process is below the body");
    assert!(at(42, SlicePlane::Sagittal)[0] > at(50, SlicePlane::Sagittal)[0] + 0.3, "and behind it");
    let body = at(50, SlicePlane::Axial)[0];
    assert!(at(43, SlicePlane::Axial)[0] > body && at(44, SlicePlane::Axial)[0] < body);
    for (plane, edges) in EDGES {
        assert_eq!(SliceStack::new(&judged.image.grid, plane).edges(), edges.map(str::to_owned));
    }
}

/// An abdomen whose file is stored left, anterior, superior (a left-handed order). Labels: 5 liver, 1 spleen, 52 aorta,
/// 32 the vertebra behind it, 6 stomach.
#[test]
fn an_abdomen_stored_las_has_its_liver_on_the_left_of_the_picture() {
    let judged = read("ts_dicom_series_labels.nii.gz");
    let at = |label, plane| middle_of_label(&judged, label, plane);
    let [liver, spleen] = [5, 1].map(|label| at(label, SlicePlane::Axial));
    assert!(liver[0] < 0.45 && spleen[0] > 0.55, "liver {liver:?}, spleen {spleen:?}");
    assert!(at(6, SlicePlane::Axial)[1] < at(1, SlicePlane::Axial)[1], "the stomach is in front of the spleen");
    assert!(at(52, SlicePlane::Axial)[0] > at(32, SlicePlane::Axial)[0], "the aorta is left of the spine");
    assert!(at(52, SlicePlane::Sagittal)[0] < at(32, SlicePlane::Sagittal)[0], "and in front of it");
}

/// Right, anterior, superior.
#[test]
fn vertebrae_stored_ras_are_counted_from_the_head() {
    let judged = read("ts_abdomen_vertebrae_labels.nii.gz");
    let height = |label| middle_of_label(&judged, label, SlicePlane::Coronal)[1];
    // 33 = T11 down to 27 = L5.
    assert!((28..=33).all(|label| height(label) < height(label - 1)), "T11 is above L5");
}

#[test]
fn chosen_voxels_lie_over_labels_and_no_number_has_its_own_colour() {
    let grid = Grid::aligned([4, 1, 1], Point3::origin(), [1.0; 3]).unwrap();
    let values = vec![10.0, 20.0, f32::NAN, 40.0];
    let image =
        Image { grid: grid.clone(), voxels: Voxels::F32(values), rescale: Rescale { slope: 2.0, intercept: 1.0 } };
    let stack = SliceStack::new(&grid, SlicePlane::Axial);
    let tints = label_tints([(1, true), (2, false)], 1.0);
    let over =
        |selected| overlay(&stack, 0, &image, Some((&[1, 2, 1, 0], &tints)), Some((selected, [9, 9, 9, 99])), 64);
    let alpha = |selected| over(selected).rgba.chunks(4).map(|pixel| pixel[3]).collect::<Vec<u8>>();
    // The rescaled values are 21, 41, none and 81; both ends belong to the choice.
    assert_eq!(alpha(Selected::Between(41.0, 81.0)), [255, 99, 255, 99]);
    assert_eq!(alpha(Selected::Marked(&[true, false, true, false])), [99, 0, 99, 0]);
    let plain = grey(&stack, 0, &image, Window::between(21.0, 81.0), 64);
    assert_eq!(plain.rgba.chunks(4).map(|pixel| pixel[0]).collect::<Vec<u8>>(), [0, 85, 150, 255]);
}

#[test]
fn pictures_beyond_the_limit_leave_out_pixels_and_keep_their_shape() {
    let grid = Grid::aligned([100, 40, 2], Point3::origin(), [1.0; 3]).unwrap();
    let (image, _) = image_with_mark(&grid, Point3::new(60.0, 30.0, 0.0));
    let stack = SliceStack::new(&grid, SlicePlane::Axial);
    let pixels = grey(&stack, 0, &image, Window::between(0.0, 1000.0), 64);
    assert_eq!((pixels.size, pixels.step), ([50, 20], 2));
    let place = bright_place(&pixels);
    assert!((place[0] - 0.6).abs() < 0.03 && (place[1] - 0.75).abs() < 0.04, "{place:?}");
}
