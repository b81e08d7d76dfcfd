//! Gives every label the volume of its voxels.
//!
//! The border between labels a and b is offset by μ_a - μ_b along its normal from a to b, μ = 0 for the background. To first
//! order the volume of a then changes by Σ_b A_ab (μ_a - μ_b), A_ab the area of their border: a system with one unknown a
//! label, symmetric and positive definite when every label is connected with the background. Of all offsets that give the
//! volumes it is the one with the least Σ A δ².

use super::nets::Nets;
use super::normals::Fans;
use crate::LabelMap;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Steps of Newton's method; the error left is of third order in the offset.
const STEPS: usize = 3;

/// Offsets the borders until the volumes are `targets` (mm³).
pub(super) fn restore(nets: &mut Nets, fans: &Fans, targets: &BTreeMap<u16, f64>) {
    let labels: Vec<u16> = targets.keys().copied().collect();
    let number: BTreeMap<u16, usize> = labels.iter().enumerate().map(|(k, &label)| (label, k)).collect();
    let pairs = pairs(nets);
    for _ in 0..STEPS {
        let Some(offsets) = offsets(nets, targets, &number) else { return };
        let normals = fans.normals(nets);
        let offset = |label: u16| number.get(&label).map_or(0.0, |&k| offsets[k]);
        nets.points.par_iter_mut().zip(&normals).zip(&pairs).for_each(|((point, normal), pair)| {
            *point += (offset(pair[0]) - offset(pair[1])) * normal;
        });
    }
}

/// μ of every label, mm.
fn offsets(nets: &Nets, targets: &BTreeMap<u16, f64>, number: &BTreeMap<u16, usize>) -> Option<DVector<f64>> {
    let volumes = nets.volumes();
    let areas = nets.sums(|face| {
        let [first, second] = face.labels;
        let is_fixed = first.max(second) == LabelMap::OUTSIDE;
        (!is_fixed).then(|| ([first.min(second), first.max(second)], 0.5 * nets.area_vector(face).norm()))
    });
    let mut system = DMatrix::zeros(number.len(), number.len());
    for ([low, high], area) in areas {
        let places = [number.get(&low), number.get(&high)];
        for place in places.into_iter().flatten() {
            system[(*place, *place)] += area;
        }
        if let [Some(&a), Some(&b)] = places {
            system[(a, b)] -= area;
            system[(b, a)] -= area;
        }
    }
    // A label that touches nothing but the border of the image cannot be offset; its row is kept regular.
    let scale = system.diagonal().max();
    for k in 0..number.len() {
        system[(k, k)] += 1e-9 * scale + f64::MIN_POSITIVE;
    }
    let missing = targets.iter().map(|(label, target)| target - volumes.get(label).copied().unwrap_or(0.0));
    let missing = DVector::from_iterator(number.len(), missing);
    Some(system.cholesky()?.solve(&missing))
}

/// The labels on both sides of every vertex, the one its normal comes from first; the largest where several meet.
fn pairs(nets: &Nets) -> Vec<[u16; 2]> {
    let mut pairs = vec![[0; 2]; nets.points.len()];
    for face in &nets.interfaces {
        let [first, second] = face.labels;
        let pair = [first.max(second), first.min(second)];
        if pair[0] == LabelMap::OUTSIDE {
            continue;
        }
        for &vertex in &face.vertices {
            let known: &mut [u16; 2] = &mut pairs[vertex as usize];
            // Where the background is among them, the vertex moves along its border.
            let is_better = *known == [0; 2] || (pair[1] == 0, pair) > (known[1] == 0, *known);
            if is_better {
                *known = pair;
            }
        }
    }
    pairs
}
