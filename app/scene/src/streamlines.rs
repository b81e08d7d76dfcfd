use crate::tubes::{ValuedLine, tubes};
use crate::{Point3, Quantity, SceneError, Surface};
use control::RunControl;
use mesh::{Field, FieldLocation, VolumeMesh};
use sampling::{Locator, Spot, Tracing};
use std::ops::Deref;

/// Radius of a line over the diagonal of the mesh.
const RADIUS: f64 = 0.003;

/// Name of the surface of streamlines in a scene.
pub const STREAMLINES: &str = "streamlines";

/// The streamlines of `velocity` through `seeds` as thin tubes, coloured by a scalar of a field of the same mesh. They are
/// followed to both sides of their seeds as [`Tracing::of`] says.
///
/// # Errors
/// When a field does not belong to the mesh, and on cancel.
pub fn streamlines<M: Deref<Target = VolumeMesh> + Sync>(
    locator: &Locator<M>,
    velocity: &Field,
    seeds: &[Point3<f64>],
    (field, quantity): (&Field, Quantity),
    control: &RunControl,
) -> Result<Surface, SceneError> {
    let mesh = locator.mesh();
    let lines = sampling::streamlines(locator, velocity, seeds, &Tracing::of(mesh), control)?;
    let scalars = quantity.values(field)?;
    let value = |spot: Spot<'_>| match field.location {
        FieldLocation::Node => spot.scalar(&scalars),
        FieldLocation::Element => scalars.get(spot.element as usize).copied(),
    };
    let value = |p: &Point3<f64>| locator.find(p).and_then(value).unwrap_or(f64::NAN);
    let values: Vec<Vec<f64>> = lines.iter().map(|line| line.points.iter().map(value).collect()).collect();
    let lines = lines.iter().zip(&values).map(|(line, values)| ValuedLine { points: &line.points, values });
    let diagonal = mesh.bounds().map_or(1.0, |(low, high)| (high - low).norm());
    Ok(tubes(STREAMLINES, lines, RADIUS * diagonal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scalar;
    use mesh::ElementKind;

    #[test]
    fn lines_through_a_box_are_coloured_by_the_field_inside() {
        let corner = |k: u32| Point3::new(f64::from(k & 1), f64::from(k >> 1 & 1), 4.0 * f64::from(k >> 2));
        let nodes: Vec<_> = [0, 1, 3, 2, 4, 5, 7, 6].map(corner).to_vec();
        let velocity = Field::on_nodes("velocity", "mm/s", 3, [[0.0, 0.0, 2.0]; 8].concat());
        let pressure = Field::on_nodes("pressure", "Pa", 1, nodes.iter().map(|p| 10.0 - 2.0 * p.z).collect());
        let mesh = VolumeMesh::new(nodes, ElementKind::Hex8, (0..8).collect());
        let (locator, seeds) = (Locator::new(&mesh), [Point3::new(0.4, 0.6, 1.0)]);
        let draw = |velocity: &Field| {
            streamlines(&locator, velocity, &seeds, (&pressure, Quantity::Value), &RunControl::silent())
        };
        let surface = draw(&velocity).unwrap();
        let Some(Scalar::PerVertex(values)) = &surface.scalar else { panic!("values") };
        let [low, high] = [f64::min, f64::max].map(|pick| surface.points.iter().map(|p| p.z).reduce(pick).unwrap());
        assert!(low.abs() < 1e-3 && (high - 4.0).abs() < 1e-3, "{low} {high}");
        for (p, value) in surface.points.iter().zip(values) {
            assert!((value - 10.0 + 2.0 * p.z).abs() < 1e-9);
        }
        assert!(draw(&pressure).unwrap_err().to_string().contains("\"pressure\""));
    }
}
