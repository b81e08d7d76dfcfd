//! Smooths a staircase without shrinking it.
//!
//! In rounds of five averages over the up to six neighbours N of a vertex (equal weights), x ← (x + mean x_N) / 2, each
//! vertex kept within half a voxel of its block's centre (Gibson, MICCAI 1998). This flattens terraces, but pulls curved
//! parts inwards. After each round the loss along the normal, g = (x_before - x)·n, is itself averaged as a scalar and
//! given back, x ← x + g n: terraces average out of g and curvature does not, so that every part gets back what it lost.
//! What then still lacks of the volumes is made up by [`volumes::restore`].

use super::nets::{NONE, Nets};
use super::normals::Fans;
use super::volumes;
use crate::{Grid, ImagingError};
use control::RunControl;
use mesh::Vector3;
use nalgebra::Matrix3;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much a surface is smoothed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SmoothOptions {
    /// Averages over the neighbours; 0 leaves the staircase.
    pub iterations: u32,
}

impl Default for SmoothOptions {
    /// Terraces ten voxels wide keep a tenth of their height.
    fn default() -> Self {
        Self { iterations: 60 }
    }
}

/// Averages between two restorations.
const ROUND: u32 = 5;

/// Averages of the loss, more than of the positions, so that few terraces are given back.
const SPREAD: u32 = 20;

/// Vertices a task handles between two looks at the cancel flag.
const BATCH: usize = 1 << 20;

/// Rounds that use the same normals.
const ROUNDS_PER_NORMAL: u32 = 3;

/// Smooths the nets in place; their volumes become `targets` (mm³).
pub(super) fn smooth(
    nets: &mut Nets,
    grid: &Grid,
    targets: &BTreeMap<u16, f64>,
    options: &SmoothOptions,
    control: &RunControl,
) -> Result<(), ImagingError> {
    if options.iterations == 0 {
        return Ok(());
    }
    let fans = Fans::new(nets);
    let limits = Limits::new(nets, grid);
    let mut positions: Vec<Vector3<f64>> = nets.points.iter().map(|point| point.coords).collect();
    let mut normals = Vec::new();
    let rounds = options.iterations.div_ceil(ROUND);
    for round in 0..rounds {
        control.report(f64::from(round) / f64::from(rounds));
        let start = positions.clone();
        for _ in 0..ROUND.min(options.iterations - round * ROUND) {
            positions = average(nets, &positions, |vertex, x| limits.apply(vertex, x), control)?;
        }
        if round.is_multiple_of(ROUNDS_PER_NORMAL) {
            store(nets, &positions);
            normals = fans.normals(nets);
        }
        let lost = |(k, x): (usize, &Vector3<f64>)| (start[k] - x).dot(&normals[k]);
        let mut loss: Vec<f64> = positions.par_iter().enumerate().map(lost).collect();
        for _ in 0..SPREAD {
            loss = average(nets, &loss, |_, g| g, control)?;
        }
        positions.par_iter_mut().enumerate().for_each(|(k, x)| *x += loss[k] * normals[k]);
    }
    store(nets, &positions);
    control.check()?;
    volumes::restore(nets, &fans, targets);
    Ok(())
}

/// How far each vertex may go: half a voxel along i, j, k from where it was, and not out of the border of the image.
struct Limits<'a> {
    grid: &'a Grid,
    inverse: Matrix3<f64>,
    staircase: Vec<Vector3<f64>>,
    /// Bit 0, 1, 2: whether the step along i, j, k is barred.
    barred: Vec<u8>,
}

impl<'a> Limits<'a> {
    fn new(nets: &Nets, grid: &'a Grid) -> Self {
        let barred = |block: &[u32; 3]| {
            let is_barred = |axis: usize| block[axis] == 0 || block[axis] as usize == grid.dimensions[axis];
            (0..3).fold(0, |bits, axis| bits | u8::from(is_barred(axis)) << axis)
        };
        Self {
            grid,
            inverse: grid.axes.try_inverse().unwrap_or_else(Matrix3::zeros),
            staircase: nets.points.iter().map(|point| point.coords).collect(),
            barred: nets.blocks.iter().map(barred).collect(),
        }
    }

    fn apply(&self, vertex: usize, x: Vector3<f64>) -> Vector3<f64> {
        let centre = self.staircase[vertex];
        let mut steps = self.inverse * (x - centre);
        for axis in 0..3 {
            let limit = if self.barred[vertex] >> axis & 1 == 1 { 0.0 } else { 0.5 };
            steps[axis] = steps[axis].clamp(-limit, limit);
        }
        centre + self.grid.axes * steps
    }
}

fn store(nets: &mut Nets, positions: &[Vector3<f64>]) {
    nets.points.par_iter_mut().zip(positions).for_each(|(point, x)| point.coords = *x);
}

/// Every value moved half way to the mean of its neighbours, then limited.
fn average<T>(
    nets: &Nets,
    values: &[T],
    limited: impl Fn(usize, T) -> T + Sync,
    control: &RunControl,
) -> Result<Vec<T>, ImagingError>
where
    T: Copy + Send + Sync + Default + std::ops::AddAssign + std::ops::Add<Output = T> + std::ops::Mul<f64, Output = T>,
{
    let mean = |vertex: usize| {
        let mut sum = T::default();
        let mut count = 0.0;
        for &neighbour in nets.neighbours[vertex].iter().filter(|&&neighbour| neighbour != NONE) {
            sum += values[neighbour as usize];
            count += 1.0;
        }
        match count > 0.0 {
            true => limited(vertex, values[vertex] * 0.5 + sum * (0.5 / count)),
            false => values[vertex],
        }
    };
    let mut moved = Vec::with_capacity(values.len());
    for start in (0..values.len()).step_by(BATCH) {
        control.check()?;
        moved.par_extend((start..(start + BATCH).min(values.len())).into_par_iter().map(mean));
    }
    Ok(moved)
}
