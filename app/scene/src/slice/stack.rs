//! How the voxels of an image lie in pictures of the three anatomical planes.
//!
//! Slices are taken along the image's own axes, each under the name of the anatomical plane it is nearest to, so that no
//! value is interpolated. Pictures follow the radiological convention: the patient is seen from the feet (axial), from
//! the front (coronal) and from the left (sagittal); the patient's right is on the left of the picture.

use super::letters;
use imaging::Grid;
use mesh::{Point3, Vector3};

/// An anatomical plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlicePlane {
    /// Across the body, seen from the feet.
    Axial,
    /// Ear to ear, seen from the front.
    Coronal,
    /// Front to back, seen from the patient's left.
    Sagittal,
}

impl SlicePlane {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Axial => "Axial",
            Self::Coronal => "Coronal",
            Self::Sagittal => "Sagittal",
        }
    }

    /// The axis of LPS that the slices follow each other along: 0 to the left, 1 to the back, 2 to the head.
    pub const fn across(self) -> usize {
        match self {
            Self::Axial => 2,
            Self::Coronal => 1,
            Self::Sagittal => 0,
        }
    }

    /// The axes of LPS to the right and downwards in the picture, with their signs.
    const fn right_and_down(self) -> [(usize, f64); 2] {
        match self {
            Self::Axial => [(0, 1.0), (1, 1.0)],
            Self::Coronal => [(0, 1.0), (2, -1.0)],
            Self::Sagittal => [(1, 1.0), (2, -1.0)],
        }
    }
}

/// An axis of the grid, followed one way.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Way {
    axis: usize,
    /// Whether voxel numbers fall along it.
    falls: bool,
    count: usize,
}

impl Way {
    /// The place along the way of voxel number `number`, and the reverse.
    fn turned(self, number: usize) -> usize {
        if self.falls { (self.count - 1).saturating_sub(number) } else { number.min(self.count - 1) }
    }
}

/// The slices of an image that are nearest to one anatomical plane.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceStack {
    /// The plane.
    pub plane: SlicePlane,
    grid: Grid,
    right: Way,
    down: Way,
    across: Way,
    /// Unit vectors (LPS) to the right and downwards; perpendicular, also where the axes of the grid are not.
    directions: [Vector3<f64>; 2],
    /// Width and height of a pixel, mm.
    pixel: [f64; 2],
    /// How far a row lies to the right of the one above it, mm: 0 but for a tilted gantry.
    slant: f64,
}

/// The axis of the grid that is nearest to each axis of LPS: of all six ways to pair them the one with the smallest
/// angles altogether.
fn nearest_axes(grid: &Grid) -> [usize; 3] {
    const ALL: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let direction = grid.direction();
    let closeness = |axes: &[usize; 3]| (0..3).map(|lps| direction[(lps, axes[lps])].abs()).sum::<f64>();
    ALL.into_iter().fold(ALL[0], |best, axes| if closeness(&axes) > closeness(&best) + 1e-9 { axes } else { best })
}

impl SliceStack {
    /// The slices of a grid (mm, LPS) nearest to `plane`.
    pub fn new(grid: &Grid, plane: SlicePlane) -> Self {
        let axes = nearest_axes(grid);
        let direction = grid.direction();
        let way = |lps: usize, sign: f64| {
            let axis = axes[lps];
            Way { axis, falls: direction[(lps, axis)] * sign < 0.0, count: grid.dimensions[axis] }
        };
        let step = |way: Way| {
            let step = grid.axes.column(way.axis).into_owned();
            if way.falls { -step } else { step }
        };
        let [(right_lps, right_sign), (down_lps, down_sign)] = plane.right_and_down();
        let (right, down) = (way(right_lps, right_sign), way(down_lps, down_sign));
        let (along, below) = (step(right), step(down));
        let unit = along.normalize();
        let slant = below.dot(&unit);
        let upright = below - unit * slant;
        let drift = slant.abs() * down.count as f64;
        Self {
            plane,
            right,
            down,
            across: way(plane.across(), 1.0),
            directions: [unit, upright.normalize()],
            pixel: [along.norm(), upright.norm()],
            // Rounding in a file is no slant.
            slant: if drift < 0.5 * along.norm() { 0.0 } else { slant },
            grid: grid.clone(),
        }
    }

    /// How many slices there are.
    pub fn count(&self) -> usize {
        self.across.count
    }

    /// The slice that a voxel is in, counted towards the patient's head, back or left.
    pub fn slice_of(&self, voxel: [usize; 3]) -> usize {
        self.across.turned(voxel[self.across.axis])
    }

    /// The voxel moved to another slice; beyond the last slice it is in the last.
    pub fn in_slice(&self, voxel: [usize; 3], slice: usize) -> [usize; 3] {
        let mut moved = voxel;
        moved[self.across.axis] = self.across.turned(slice.min(self.across.count - 1));
        moved
    }

    /// Width and height of a pixel, mm.
    pub fn pixel(&self) -> [f64; 2] {
        self.pixel
    }

    /// Pixels from left to right and from top to bottom. Slanted rows need more pixels than a row has voxels.
    pub fn pixels(&self) -> [usize; 2] {
        let last = self.down.count - 1;
        [self.right.count + self.shift(0).max(self.shift(last)), self.down.count]
    }

    /// Width and height of the picture, mm.
    pub fn size(&self) -> [f64; 2] {
        let [columns, rows] = self.pixels();
        [self.pixel[0] * columns as f64, self.pixel[1] * rows as f64]
    }

    /// Pixels by which a row starts to the right of the left edge. It lies within half a pixel of its true place.
    pub(super) fn shift(&self, row: usize) -> usize {
        let rows = (self.down.count - 1) as f64;
        let start = if self.slant < 0.0 { -self.slant * rows } else { 0.0 };
        ((start + self.slant * row as f64) / self.pixel[0]).round().max(0.0) as usize
    }

    /// Voxels in a row of pixels.
    pub(super) fn row_length(&self) -> usize {
        self.right.count
    }

    /// The voxel at a column and row of a slice, counted from the upper left without the shift of slanted rows.
    pub(super) fn voxel_at(&self, column: usize, row: usize, slice: usize) -> [usize; 3] {
        let mut voxel = [0; 3];
        voxel[self.right.axis] = self.right.turned(column);
        voxel[self.down.axis] = self.down.turned(row);
        voxel[self.across.axis] = self.across.turned(slice);
        voxel
    }

    /// Whether voxel numbers fall to the right, and the axis of the grid that runs along the rows.
    pub(super) fn along_row(&self) -> (usize, bool) {
        (self.right.axis, self.right.falls)
    }

    /// The middle of a voxel in the picture, mm to the right of and below its upper left corner.
    pub fn place(&self, voxel: [usize; 3]) -> [f64; 2] {
        let (column, row) = (self.right.turned(voxel[self.right.axis]), self.down.turned(voxel[self.down.axis]));
        [self.pixel[0] * ((column + self.shift(row)) as f64 + 0.5), self.pixel[1] * (row as f64 + 0.5)]
    }

    /// The voxel of a slice at a place in the picture; `None` beside it.
    pub fn voxel(&self, [right, down]: [f64; 2], slice: usize) -> Option<[usize; 3]> {
        let (x, y) = (right / self.pixel[0], down / self.pixel[1]);
        if !(x >= 0.0 && (0.0..self.down.count as f64).contains(&y) && slice < self.across.count) {
            return None;
        }
        let row = y as usize;
        let column = (x as usize).checked_sub(self.shift(row))?;
        (column < self.right.count).then(|| self.voxel_at(column, row, slice))
    }

    /// The letters at the left, right, upper and lower edge.
    pub fn edges(&self) -> [String; 4] {
        let [right, down] = self.directions;
        [-right, right, -down, down].map(|direction| letters(&direction))
    }

    /// Angle between the slices and the anatomical plane, degrees.
    pub fn tilt(&self) -> f64 {
        let normal = self.directions[0].cross(&self.directions[1]);
        normal[self.plane.across()].abs().clamp(0.0, 1.0).acos().to_degrees()
    }

    /// The four corners of a slice, mm in LPS, around the outer edges of its voxels.
    pub fn outline(&self, slice: usize) -> [Point3<f64>; 4] {
        let (right, down) = (self.grid.dimensions[self.right.axis], self.grid.dimensions[self.down.axis]);
        let corner = |x: f64, y: f64| {
            let mut at = [0.0; 3];
            at[self.right.axis] = x;
            at[self.down.axis] = y;
            at[self.across.axis] = self.across.turned(slice) as f64;
            self.grid.position(at)
        };
        let (x, y) = (right as f64 - 0.5, down as f64 - 0.5);
        [corner(-0.5, -0.5), corner(x, -0.5), corner(x, y), corner(-0.5, y)]
    }
}
