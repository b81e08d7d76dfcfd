use crate::SolidError;
use crate::material::MaterialMap;
use control::RunControl;
use fem::quadrature::solid_rule;
use mesh::{ElementKind, Point3, Vector3, VolumeMesh, shape};
use nalgebra::Matrix3;

/// Quadratic shape functions times a cubic force.
const DEGREE: usize = 5;

struct Table {
    weights: Vec<f64>,
    values: Vec<[f64; shape::MAX_NODES]>,
    gradients: Vec<[[f64; 3]; shape::MAX_NODES]>,
}

impl Table {
    fn new(kind: ElementKind) -> Self {
        let (points, weights) = solid_rule(kind, DEGREE).map(|rule| (rule.points, rule.weights)).unwrap_or_default();
        Self {
            weights,
            values: points.iter().map(|xi| shape::values(kind, xi)).collect(),
            gradients: points.iter().map(|xi| shape::gradients(kind, xi)).collect(),
        }
    }
}

/// Adds f_a = ∫ N_a b dV over `elements`; `density` is b from element and position, N/mm³.
pub(super) fn add(
    mesh: &VolumeMesh,
    elements: &[u32],
    density: impl Fn(usize, &Point3<f64>) -> Vector3<f64>,
    force: &mut [Vector3<f64>],
    control: &RunControl,
) -> Result<(), SolidError> {
    let mut tables: Vec<(ElementKind, Table)> = Vec::new();
    for (count, &element) in elements.iter().enumerate() {
        if count % 1024 == 0 {
            control.check()?;
        }
        let Some((kind, nodes)) = mesh.element(element as usize) else { continue };
        let index = match tables.iter().position(|(of, _)| *of == kind) {
            Some(index) => index,
            None => {
                tables.push((kind, Table::new(kind)));
                tables.len() - 1
            }
        };
        let table = &tables[index].1;
        for ((values, gradients), weight) in table.values.iter().zip(&table.gradients).zip(&table.weights) {
            let (mut x, mut jacobian) = (Vector3::zeros(), Matrix3::zeros());
            for (k, &node) in nodes.iter().enumerate() {
                let at = mesh.nodes[node as usize].coords;
                x += at * values[k];
                jacobian += at * Vector3::from(gradients[k]).transpose();
            }
            let b = density(element as usize, &Point3::from(x)) * (weight * jacobian.determinant());
            for (&node, n) in nodes.iter().zip(values) {
                force[node as usize] += b * *n;
            }
        }
    }
    Ok(())
}

/// Adds the weight of every element.
pub(super) fn add_gravity(
    mesh: &VolumeMesh,
    materials: &MaterialMap,
    acceleration: &Vector3<f64>,
    force: &mut [Vector3<f64>],
    control: &RunControl,
) -> Result<(), SolidError> {
    let count = mesh.element_count();
    if let Some(element) = (0..count).find(|&e| materials.of(e).density.is_none()) {
        return Err(SolidError::NoDensity { element });
    }
    let all: Vec<u32> = (0..count as u32).collect();
    add(mesh, &all, |e, _| acceleration * materials.of(e).density.unwrap_or(0.0), force, control)
}
