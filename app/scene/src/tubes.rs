//! Lines in space as thin tubes, which every renderer can draw.

use crate::{Colour, Point3, Scalar, Surface, Vector3};

/// Sides of a tube.
const SIDES: u32 = 8;

/// A line with a value at each of its points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ValuedLine<'a> {
    /// The points, mm.
    pub(crate) points: &'a [Point3<f64>],
    /// A value a point.
    pub(crate) values: &'a [f64],
}

/// Lines as one surface of tubes of `radius` mm with closed ends, coloured by their values. Points in the same place as
/// the one before and lines that are left with one point are dropped. Cost: linear in the points.
pub(crate) fn tubes<'a>(name: &str, lines: impl IntoIterator<Item = ValuedLine<'a>>, radius: f64) -> Surface {
    let mut surface = Surface::plain(name, Vec::new(), Vec::new(), Colour::METAL);
    let mut values = Vec::new();
    for line in lines {
        add(&mut surface, &mut values, line, radius);
    }
    Surface { scalar: Some(Scalar::PerVertex(values)), ..surface }
}

fn add(surface: &mut Surface, values: &mut Vec<f64>, line: ValuedLine<'_>, radius: f64) {
    let mut marks: Vec<(Point3<f64>, f64)> = line.points.iter().copied().zip(line.values.iter().copied()).collect();
    marks.dedup_by(|next, kept| (next.0 - kept.0).norm() < 1e-3 * radius);
    let way = |k: usize| marks[(k + 1).min(marks.len() - 1)].0 - marks[k.saturating_sub(1)].0;
    if marks.len() < 2 {
        return;
    }
    let first = surface.points.len() as u32;
    let mut up = Vector3::zeros();
    for (k, &(centre, value)) in marks.iter().enumerate() {
        let along = way(k).try_normalize(0.0).unwrap_or_else(Vector3::z);
        up = carried(up, along);
        let side = along.cross(&up);
        for turn in (0..SIDES).map(|side| std::f64::consts::TAU * f64::from(side) / f64::from(SIDES)) {
            surface.points.push(centre + radius * (turn.cos() * up + turn.sin() * side));
            values.push(value);
        }
    }
    let last = surface.points.len() as u32 - SIDES;
    for ring in (first..last).step_by(SIDES as usize) {
        for k in 0..SIDES {
            let (a, b) = (ring + k, ring + (k + 1) % SIDES);
            surface.triangles.extend([[a, b, b + SIDES], [a, b + SIDES, a + SIDES]]);
        }
    }
    for k in 2..SIDES {
        surface.triangles.extend([[first, first + k, first + k - 1], [last, last + k - 1, last + k]]);
    }
}

/// A unit vector across `along`, turned as little as possible from `up`.
fn carried(up: Vector3<f64>, along: Vector3<f64>) -> Vector3<f64> {
    let across = |v: Vector3<f64>| (v - along * along.dot(&v)).try_normalize(1e-6);
    let mut axis = Vector3::zeros();
    axis[along.iamin()] = 1.0;
    across(up).or_else(|| across(axis)).unwrap_or(axis)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quarter of a circle: the tube closes, has the volume of an octagonal bent cylinder and carries the values.
    #[test]
    fn a_bent_line_is_a_closed_tube_with_its_values() {
        let (bend, radius, steps) = (10.0, 0.3, 40);
        let turn = |k: i32| std::f64::consts::FRAC_PI_2 * f64::from(k) / f64::from(steps);
        let points: Vec<_> =
            (0..=steps).map(|k| Point3::new(bend * turn(k).cos(), bend * turn(k).sin(), 5.0)).collect();
        let values: Vec<f64> = (0..=steps).map(f64::from).collect();
        let twice =
            [ValuedLine { points: &points, values: &values }, ValuedLine { points: &points[..1], values: &[1.0] }];
        let surface = tubes("lines", twice, radius);
        let volume: f64 = surface
            .triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|v| surface.points[v as usize]);
                (b - a).cross(&(c - a)).dot(&a.coords) / 6.0
            })
            .sum();
        let section = 0.5 * f64::from(SIDES) * (std::f64::consts::TAU / f64::from(SIDES)).sin() * radius * radius;
        let exact = section * bend * std::f64::consts::FRAC_PI_2;
        assert!((volume / exact - 1.0).abs() < 1e-3, "{volume} and {exact}");
        let Some(Scalar::PerVertex(carried)) = &surface.scalar else { panic!("values") };
        for (p, value) in surface.points.iter().zip(carried) {
            assert!((points[*value as usize] - p).norm() < radius + 1e-12);
        }
    }

    #[test]
    fn a_line_that_stands_still_or_turns_back_makes_no_bad_numbers() {
        let points = [[0.0; 3], [0.0; 3], [1.0, 0.0, 0.0], [0.0; 3]].map(Point3::from);
        let surface = tubes("lines", [ValuedLine { points: &points, values: &[0.0; 4] }], 0.1);
        assert_eq!(surface.points.len(), 3 * SIDES as usize);
        assert!(surface.points.iter().all(|p| p.iter().all(|c| c.is_finite())));
    }
}
