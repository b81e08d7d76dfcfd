use crate::quadrature::{Quadrature, subdivided};
use control::{Cancelled, RunControl};
use mesh::{ElementKind, Point3, VolumeMesh, shape};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A point of an element and the volume that it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Position, mm.
    pub position: Point3<f64>,
    /// Weight times Jacobian determinant, mm³.
    pub volume: f64,
}

/// Shape functions of one kind over one rule.
type Table = Vec<(f64, [f64; shape::MAX_NODES], [[f64; 3]; shape::MAX_NODES])>;

/// Calls `see` with the number, the nodes and the samples of every solid element and gives the answers in element order;
/// surfaces and beams are passed over with `None`. `parts` is in how many parts to cut an element along each of its
/// directions (see [`subdivided`]), which costs its cube in samples.
///
/// # Errors
/// When cancelled.
pub fn sample_elements<T: Send>(
    mesh: &VolumeMesh,
    parts: impl Fn(&[Point3<f64>]) -> usize + Sync,
    see: impl Fn(usize, &[Point3<f64>], &[Sample]) -> T + Sync,
    control: &RunControl,
) -> Result<Vec<Option<T>>, Cancelled> {
    let elements: Vec<(ElementKind, &[u32])> = mesh.elements().collect();
    let points = |nodes: &[u32]| -> Vec<Point3<f64>> { nodes.iter().map(|&node| mesh.nodes[node as usize]).collect() };
    let counts: Vec<usize> = elements.par_iter().map(|(_, nodes)| parts(&points(nodes)).max(1)).collect();
    let mut tables: BTreeMap<(ElementKind, usize), Option<Table>> = BTreeMap::new();
    for ((kind, _), &count) in elements.iter().zip(&counts) {
        tables.entry((*kind, count)).or_insert_with(|| subdivided(*kind, count).map(|rule| tabulate(*kind, rule)));
    }
    let answer = |(element, (kind, nodes)): (usize, &(ElementKind, &[u32]))| {
        if element % 1024 == 0 {
            control.check()?;
        }
        let Some(Some(table)) = tables.get(&(*kind, counts[element])) else { return Ok(None) };
        let nodes = points(nodes);
        let samples: Vec<Sample> = table.iter().map(|point| sample(&nodes, point)).collect();
        Ok(Some(see(element, &nodes, &samples)))
    };
    elements.par_iter().enumerate().map(answer).collect()
}

fn tabulate(kind: ElementKind, rule: Quadrature<3>) -> Table {
    let point = |(xi, weight): ([f64; 3], f64)| (weight, shape::values(kind, &xi), shape::gradients(kind, &xi));
    rule.points.into_iter().zip(rule.weights).map(point).collect()
}

fn sample(
    nodes: &[Point3<f64>],
    (weight, values, gradients): &(f64, [f64; shape::MAX_NODES], [[f64; 3]; shape::MAX_NODES]),
) -> Sample {
    let position = nodes.iter().zip(values).fold(Point3::origin(), |sum, (x, n)| sum + x.coords * *n);
    Sample { position, volume: weight * shape::jacobian(nodes, gradients).determinant() }
}
