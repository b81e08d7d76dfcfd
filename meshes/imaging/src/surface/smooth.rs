//! Smooths a staircase without shrinking it.
//!
//! In rounds of five averages over the up to six neighbours N of a vertex (equal weights), x ← (x + mean x_N) / 2, each
//! vertex kept within half a voxel of its block's centre (Gibson, MICCAI 1998). This flattens terraces, but pulls curved
//! parts inwards. After each round the loss along the normal, g = (x_before - x)·n, is itself averaged as a scalar and
//! given back, x ← x + g n: terraces average out of g and curvature does not, so that every part gets back what it lost.
//! At last an offset of (volume of the voxels - volume) / area along n of every label's border to the background makes
//! the volume that of the voxels.

use super::nets::{NONE, Nets};
use crate::{Grid, ImagingError, LabelMap};
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

/// Smooths the nets in place.
pub(super) fn smooth(
    nets: &mut Nets,
    grid: &Grid,
    options: &SmoothOptions,
    control: &RunControl,
) -> Result<(), ImagingError> {
    if options.iterations == 0 {
        return Ok(());
    }
    let targets = nets.volumes();
    let inverse = grid.axes.try_inverse().unwrap_or_else(Matrix3::zeros);
    let (staircase, blocks) = (nets.points.clone(), nets.blocks.clone());
    let limited = |vertex: usize, x: Vector3<f64>| {
        let steps = inverse * (x - staircase[vertex].coords);
        let limits = [0, 1, 2].map(|axis| match blocks[vertex][axis] as usize {
            // What lies on the border of the image stays in its plane.
            block if block == 0 || block == grid.dimensions[axis] => 0.0,
            _ => 0.5,
        });
        staircase[vertex].coords
            + grid.axes * steps.zip_map(&Vector3::from(limits), |step, limit| step.clamp(-limit, limit))
    };
    let mut positions: Vec<Vector3<f64>> = nets.points.iter().map(|point| point.coords).collect();
    let rounds = options.iterations.div_ceil(ROUND);
    for round in 0..rounds {
        control.report(f64::from(round) / f64::from(rounds));
        let start = positions.clone();
        for _ in 0..ROUND.min(options.iterations - round * ROUND) {
            positions = average(nets, &positions, limited, control)?;
        }
        store(nets, &positions);
        let normals = normals(nets);
        let lost = |(k, x): (usize, &Vector3<f64>)| (start[k] - x).dot(&normals[k]);
        let mut shrinkage: Vec<f64> = positions.par_iter().enumerate().map(lost).collect();
        for _ in 0..SPREAD {
            shrinkage = average(nets, &shrinkage, |_, g| g, control)?;
        }
        positions.par_iter_mut().enumerate().for_each(|(k, x)| *x += shrinkage[k] * normals[k]);
    }
    store(nets, &positions);
    control.check()?;
    restore_volumes(nets, &targets);
    Ok(())
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

/// What meets at a vertex.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    /// Twice the area of its faces to the background, outward.
    outer: Vector3<f64>,
    /// Twice the area of its faces between two labels.
    inner: Vector3<f64>,
    /// Twice the area of its faces in the border of the image.
    border: Vector3<f64>,
    /// The labels of the inner faces; more than two when they differ.
    pair: Option<[u16; 2]>,
    is_crowded: bool,
}

/// Unit normals of the vertices: of the border to the background where there is one, of the border between two labels
/// elsewhere, without the part along the normal of the image's border; zero where three labels meet inside.
fn normals(nets: &Nets) -> Vec<Vector3<f64>> {
    let none = Meeting {
        outer: Vector3::zeros(),
        inner: Vector3::zeros(),
        border: Vector3::zeros(),
        pair: None,
        is_crowded: false,
    };
    let mut meetings = vec![none; nets.points.len()];
    for face in &nets.interfaces {
        // From the larger label to the smaller, so that faces of the same pair agree.
        let [first, second] = face.labels;
        let area = if first > second { nets.area_vector(face) } else { -nets.area_vector(face) };
        let pair = [first.max(second), first.min(second)];
        for &vertex in &face.vertices {
            let meeting = &mut meetings[vertex as usize];
            match pair {
                [LabelMap::OUTSIDE, _] => meeting.border += area,
                [_, 0] => meeting.outer += area,
                pair => {
                    meeting.inner += area;
                    meeting.is_crowded |= meeting.pair.is_some_and(|known| known != pair);
                    meeting.pair = Some(pair);
                }
            }
        }
    }
    let normal = |meeting: &Meeting| {
        let wall = match meeting {
            Meeting { outer, .. } if *outer != Vector3::zeros() => *outer,
            Meeting { is_crowded: true, .. } => return Vector3::zeros(),
            Meeting { inner, .. } => *inner,
        };
        let border = meeting.border.try_normalize(0.0).unwrap_or_else(Vector3::zeros);
        (wall - border * border.dot(&wall)).try_normalize(1e-12).unwrap_or_else(Vector3::zeros)
    };
    meetings.par_iter().map(normal).collect()
}

/// Offsets the border of each label to the background until its volume is the wanted one. Two steps of Newton's method
/// leave an error of third order in the offset.
fn restore_volumes(nets: &mut Nets, targets: &BTreeMap<u16, f64>) {
    for _ in 0..2 {
        let normals = normals(nets);
        let volumes = nets.volumes();
        let mut areas: BTreeMap<u16, f64> = BTreeMap::new();
        let mut owner = vec![0_u16; nets.points.len()];
        for face in &nets.interfaces {
            let label = face.labels[0].max(face.labels[1]);
            if face.labels.contains(&0) && label != LabelMap::OUTSIDE {
                *areas.entry(label).or_insert(0.0) += 0.5 * nets.area_vector(face).norm();
                face.vertices.iter().for_each(|&vertex| owner[vertex as usize] = label);
            }
        }
        let offset = |label: u16| {
            let missing = targets.get(&label)? - volumes.get(&label)?;
            areas.get(&label).filter(|&&area| area > 0.0).map(|area| missing / area)
        };
        let offsets: BTreeMap<u16, f64> = areas.keys().filter_map(|&label| Some((label, offset(label)?))).collect();
        nets.points.par_iter_mut().enumerate().for_each(|(k, point)| {
            if let Some(&offset) = offsets.get(&owner[k]) {
                *point += offset * normals[k];
            }
        });
    }
}
