//! Quadrature rules on the reference elements of [`mesh::shape`].
//!
//! Weights sum to the reference measure: triangle 1/2, quadrilateral 4, tetrahedron 1/6, hexahedron 8, wedge 1.
//! Every rule has positive weights and inner points. Sources: line, Gauss-Legendre in closed form; triangle,
//! Hammer & Stroud (1956) and Dunavant (1985) in closed form; tetrahedron degree 5, Grundmann & Möller (1978) /
//! Walkington (2000); higher degrees collapse a tensor product rule onto the simplex (Duffy 1982);
//! hexahedron 14 points, Irons (1971).

use mesh::ElementKind;

/// Points and weights of a rule over `D` reference coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadrature<const D: usize> {
    /// Reference coordinates.
    pub points: Vec<[f64; D]>,
    /// Weights, one a point.
    pub weights: Vec<f64>,
    /// Every polynomial of total degree up to this is integrated exactly.
    pub degree: usize,
}

/// How the stiffness of an element is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Integration {
    /// Enough points that an element has no zero-energy mode but rigid motion: Tet4 1, Tet10 4, Hex8 2³, Hex20 3³,
    /// Wedge6 3×2, Wedge15 6×3.
    #[default]
    Full,
    /// Hex20 with 2³ points (the C3D20R of Abaqus and CalculiX): softer in bending, no locking near
    /// incompressibility; the others as [`Integration::Full`]. A single element then has six zero-energy modes, which
    /// neighbours on more than one side suppress; in a single row of elements they remain and the equation solver
    /// refuses the matrix.
    Reduced,
}

/// Highest degree that [`solid_rule`] and [`face_rule`] deliver.
pub const MAX_DEGREE: usize = 7;

/// The stiffness rule of a solid kind; `None` for surfaces and beams.
pub fn stiffness_rule(kind: ElementKind, integration: Integration) -> Option<Quadrature<3>> {
    Some(match kind {
        ElementKind::Tet4 => tetrahedron(1),
        ElementKind::Tet10 => tetrahedron(2),
        ElementKind::Hex8 => hexahedron(2),
        ElementKind::Hex20 if integration == Integration::Reduced => hexahedron(2),
        ElementKind::Hex20 => hexahedron(3),
        ElementKind::Wedge6 => wedge(2, 2),
        ElementKind::Wedge15 => wedge(4, 3),
        _ => return None,
    })
}

/// The points where the stress of a solid kind converges fastest (Barlow 1976; Zienkiewicz & Zhu 1992), from which
/// stress is recovered: Tet4 and Hex8 and Wedge6 the middle, Tet10 4, Hex20 2³, Wedge15 3×2.
pub fn superconvergent_rule(kind: ElementKind) -> Option<Quadrature<3>> {
    Some(match kind {
        ElementKind::Tet4 => tetrahedron(1),
        ElementKind::Tet10 => tetrahedron(2),
        ElementKind::Hex8 => hexahedron(1),
        ElementKind::Hex20 => hexahedron(2),
        ElementKind::Wedge6 => wedge(1, 1),
        ElementKind::Wedge15 => wedge(2, 2),
        _ => return None,
    })
}

/// A rule of at least `degree` (at most [`MAX_DEGREE`], larger ones get that) on a solid kind; `None` for surfaces and
/// beams.
pub fn solid_rule(kind: ElementKind, degree: usize) -> Option<Quadrature<3>> {
    let degree = degree.min(MAX_DEGREE);
    Some(match kind.linear() {
        ElementKind::Tet4 => tetrahedron(degree),
        ElementKind::Hex8 => hexahedron(degree / 2 + 1),
        ElementKind::Wedge6 => wedge(degree, degree / 2 + 1),
        _ => return None,
    })
}

/// A rule of at least `degree` (at most [`MAX_DEGREE`]) on a triangle or quadrilateral; `None` for other kinds.
pub fn face_rule(kind: ElementKind, degree: usize) -> Option<Quadrature<2>> {
    let degree = degree.min(MAX_DEGREE);
    Some(match kind.linear() {
        ElementKind::Tri3 => triangle(degree),
        ElementKind::Quad4 => quadrilateral(degree / 2 + 1),
        _ => return None,
    })
}

/// Gauss-Legendre points and weights on [-1, 1], degree 2n - 1; n is clamped to 1..=5.
pub fn line(n: usize) -> Quadrature<1> {
    let half: Vec<(f64, f64)> = match n {
        0 | 1 => vec![(0.0, 2.0)],
        2 => vec![((1.0_f64 / 3.0).sqrt(), 1.0)],
        3 => vec![(0.0, 8.0 / 9.0), (0.6_f64.sqrt(), 5.0 / 9.0)],
        4 => {
            let (root, thirty) = (2.0 / 7.0 * 1.2_f64.sqrt(), 30.0_f64.sqrt());
            vec![
                ((3.0 / 7.0 - root).sqrt(), (18.0 + thirty) / 36.0),
                ((3.0 / 7.0 + root).sqrt(), (18.0 - thirty) / 36.0),
            ]
        }
        _ => {
            let (root, seventy) = (2.0 * (10.0_f64 / 7.0).sqrt(), 13.0 * 70.0_f64.sqrt());
            vec![
                (0.0, 128.0 / 225.0),
                ((5.0 - root).sqrt() / 3.0, (322.0 + seventy) / 900.0),
                ((5.0 + root).sqrt() / 3.0, (322.0 - seventy) / 900.0),
            ]
        }
    };
    let mut all: Vec<(f64, f64)> =
        half.iter().filter(|p| p.0 > 0.0).map(|&(x, w)| (-x, w)).chain(half.iter().copied()).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (points, weights) = all.into_iter().map(|(x, w)| ([x], w)).unzip();
    Quadrature { points, weights, degree: 2 * n.clamp(1, 5) - 1 }
}

/// A rule on the unit triangle of at least `degree`: 1, 3, 6 or 7 points up to degree 5, 25 collapsed points above.
pub fn triangle(degree: usize) -> Quadrature<2> {
    const THIRD: f64 = 1.0 / 3.0;
    let orbit = |a: f64| [[a, a], [1.0 - 2.0 * a, a], [a, 1.0 - 2.0 * a]];
    let build = |degree: usize, centre: Option<f64>, orbits: &[(f64, f64)]| {
        let mut rule = Quadrature { points: Vec::new(), weights: Vec::new(), degree };
        if let Some(weight) = centre {
            rule.points.push([THIRD, THIRD]);
            rule.weights.push(0.5 * weight);
        }
        for &(a, weight) in orbits {
            rule.points.extend(orbit(a));
            rule.weights.extend([0.5 * weight; 3]);
        }
        rule
    };
    match degree {
        0 | 1 => build(1, Some(1.0), &[]),
        2 => build(2, None, &[(1.0 / 6.0, THIRD)]),
        3 | 4 => {
            let ten = 10.0_f64.sqrt();
            let (spread, weight) = ((38.0 - 44.0 * 0.4_f64.sqrt()).sqrt(), (213_125.0 - 53_320.0 * ten).sqrt());
            let first = ((8.0 - ten + spread) / 18.0, (620.0 + weight) / 3720.0);
            build(4, None, &[first, ((8.0 - ten - spread) / 18.0, (620.0 - weight) / 3720.0)])
        }
        5 => {
            let root = 15.0_f64.sqrt();
            let first = ((6.0 + root) / 21.0, (155.0 + root) / 1200.0);
            build(5, Some(9.0 / 40.0), &[first, ((6.0 - root) / 21.0, (155.0 - root) / 1200.0)])
        }
        _ => collapsed_triangle(),
    }
}

/// A rule on the unit tetrahedron of at least `degree`: 1, 4 or 14 points up to degree 5, 125 collapsed points above.
pub fn tetrahedron(degree: usize) -> Quadrature<3> {
    let orbit = |a: f64| {
        let b = 1.0 - 3.0 * a;
        [[a, a, a], [b, a, a], [a, b, a], [a, a, b]]
    };
    match degree {
        0 | 1 => Quadrature { points: vec![[0.25; 3]], weights: vec![1.0 / 6.0], degree: 1 },
        2 => Quadrature {
            points: orbit((5.0 - 5.0_f64.sqrt()) / 20.0).to_vec(),
            weights: vec![1.0 / 24.0; 4],
            degree: 2,
        },
        3..=5 => {
            let (a, b, c) = (0.310_885_919_263_300_6, 0.092_735_250_310_891_23, 0.045_503_704_125_649_65);
            let d = 0.5 - c;
            let mut points = [orbit(a), orbit(b)].concat();
            points.extend([[c, c, d], [c, d, c], [d, c, c], [d, d, c], [d, c, d], [c, d, d]]);
            let mut weights = vec![0.112_687_925_718_015_85 / 6.0; 4];
            weights.extend([0.073_493_043_116_361_95 / 6.0; 4]);
            weights.extend([0.042_546_020_777_081_466 / 6.0; 6]);
            Quadrature { points, weights, degree: 5 }
        }
        _ => collapsed_tetrahedron(),
    }
}

/// The tensor product of `n` Gauss points a direction on [-1, 1]².
pub fn quadrilateral(n: usize) -> Quadrature<2> {
    let line = line(n);
    let mut rule = Quadrature { points: Vec::new(), weights: Vec::new(), degree: line.degree };
    for (y, wy) in line.points.iter().zip(&line.weights) {
        for (x, wx) in line.points.iter().zip(&line.weights) {
            rule.points.push([x[0], y[0]]);
            rule.weights.push(wx * wy);
        }
    }
    rule
}

/// The tensor product of `n` Gauss points a direction on [-1, 1]³.
pub fn hexahedron(n: usize) -> Quadrature<3> {
    extrude(&quadrilateral(n), n)
}

/// Irons' 14 points on [-1, 1]³, degree 5: half the cost of 3³ points of the same degree.
pub fn hexahedron_14() -> Quadrature<3> {
    let (face, corner) = ((19.0_f64 / 30.0).sqrt(), (19.0_f64 / 33.0).sqrt());
    let mut rule = Quadrature { points: Vec::new(), weights: Vec::new(), degree: 5 };
    for axis in 0..3 {
        for side in [-face, face] {
            let mut point = [0.0; 3];
            point[axis] = side;
            rule.points.push(point);
            rule.weights.push(320.0 / 361.0);
        }
    }
    for k in 0..8 {
        rule.points.push(std::array::from_fn(|i| if k >> i & 1 == 0 { -corner } else { corner }));
        rule.weights.push(121.0 / 361.0);
    }
    rule
}

/// A triangle rule of at least `degree` times `n` Gauss points along the axis.
pub fn wedge(degree: usize, n: usize) -> Quadrature<3> {
    extrude(&triangle(degree), n)
}

fn extrude(plane: &Quadrature<2>, n: usize) -> Quadrature<3> {
    let line = line(n);
    let mut rule = Quadrature { points: Vec::new(), weights: Vec::new(), degree: plane.degree.min(line.degree) };
    for (z, wz) in line.points.iter().zip(&line.weights) {
        for (p, w) in plane.points.iter().zip(&plane.weights) {
            rule.points.push([p[0], p[1], z[0]]);
            rule.weights.push(w * wz);
        }
    }
    rule
}

/// The centres of the `n`³ parts of equal reference measure into which a solid kind is cut, degree 1: for integrands that
/// are not smooth inside the element. Tetrahedra are cut as Kuhn's simplex 1 ≥ a ≥ b ≥ c ≥ 0 is by a grid of cubes and
/// the planes of equal coordinates in each (Freudenthal 1942). `None` for surfaces and beams.
pub fn subdivided(kind: ElementKind, n: usize) -> Option<Quadrature<3>> {
    let n = n.max(1);
    let (points, measure) = match kind.linear() {
        ElementKind::Tet4 => (tetrahedron_parts(n), 1.0 / 6.0),
        ElementKind::Wedge6 => (extruded_parts(&triangle_parts(n), n), 1.0),
        ElementKind::Hex8 => {
            let side = |k: usize| (2 * k + 1) as f64 / n as f64 - 1.0;
            let square: Vec<[f64; 2]> = (0..n * n).map(|k| [side(k % n), side(k / n)]).collect();
            (extruded_parts(&square, n), 8.0)
        }
        _ => return None,
    };
    let weights = vec![measure / points.len() as f64; points.len()];
    Some(Quadrature { points, weights, degree: 1 })
}

fn tetrahedron_parts(n: usize) -> Vec<[f64; 3]> {
    /// Centres of the six simplices of a unit cube: a permutation of these.
    const CENTRES: [[f64; 3]; 6] = [
        [0.75, 0.5, 0.25],
        [0.75, 0.25, 0.5],
        [0.5, 0.75, 0.25],
        [0.25, 0.75, 0.5],
        [0.5, 0.25, 0.75],
        [0.25, 0.5, 0.75],
    ];
    let cells = (0..n.pow(3)).map(|k| [k % n, k / n % n, k / (n * n)]);
    let points =
        cells.flat_map(|cell| CENTRES.map(|centre| [0, 1, 2].map(|i| (cell[i] as f64 + centre[i]) / n as f64)));
    points.filter(|[a, b, c]| a > b && b > c).map(|[a, b, c]| [a - b, b - c, c]).collect()
}

fn triangle_parts(n: usize) -> Vec<[f64; 2]> {
    let third = |cell: usize, thirds: f64| (cell as f64 + thirds / 3.0) / n as f64;
    let cells = (0..n * n).map(|k| [k % n, k / n]);
    let points = cells.flat_map(|[i, j]| [[third(i, 2.0), third(j, 1.0)], [third(i, 1.0), third(j, 2.0)]]);
    points.filter(|[a, b]| a > b).map(|[a, b]| [a - b, b]).collect()
}

fn extruded_parts(plane: &[[f64; 2]], n: usize) -> Vec<[f64; 3]> {
    let layer = |k: usize| (2 * k + 1) as f64 / n as f64 - 1.0;
    (0..n).flat_map(|k| plane.iter().map(move |&[x, y]| [x, y, layer(k)])).collect()
}

/// 5×5 Gauss points of the square collapsed onto the triangle: x = s, y = (1 - s) t, dx dy = (1 - s) ds dt.
fn collapsed_triangle() -> Quadrature<2> {
    let square = quadrilateral(5);
    let mut rule = Quadrature { points: Vec::new(), weights: Vec::new(), degree: square.degree - 1 };
    for (point, weight) in square.points.iter().zip(&square.weights) {
        let [s, t] = point.map(|c| 0.5 * (1.0 + c));
        rule.points.push([s, (1.0 - s) * t]);
        rule.weights.push(0.25 * weight * (1.0 - s));
    }
    rule
}

/// 5³ Gauss points of the cube collapsed onto the tetrahedron, Jacobian (1 - s)² (1 - t).
fn collapsed_tetrahedron() -> Quadrature<3> {
    let cube = hexahedron(5);
    let mut rule = Quadrature { points: Vec::new(), weights: Vec::new(), degree: cube.degree - 2 };
    for (point, weight) in cube.points.iter().zip(&cube.weights) {
        let [s, t, r] = point.map(|c| 0.5 * (1.0 + c));
        rule.points.push([s, (1.0 - s) * t, (1.0 - s) * (1.0 - t) * r]);
        rule.weights.push(0.125 * weight * (1.0 - s) * (1.0 - s) * (1.0 - t));
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factorial(n: usize) -> f64 {
        (1..=n).map(|k| k as f64).product()
    }

    fn simplex(powers: &[usize]) -> f64 {
        let total: usize = powers.iter().sum();
        powers.iter().map(|&p| factorial(p)).product::<f64>() / factorial(total + powers.len())
    }

    fn interval(power: usize) -> f64 {
        if power.is_multiple_of(2) { 2.0 / (power as f64 + 1.0) } else { 0.0 }
    }

    /// Integrates every monomial up to the rule's degree; also demands that some monomial above it is missed, so that
    /// the stated degree is neither too high nor too modest.
    fn check<const D: usize>(name: &str, rule: &Quadrature<D>, exact: impl Fn(&[usize; D]) -> f64) {
        assert!(rule.weights.iter().all(|&w| w > 0.0), "{name} has a weight that is not positive");
        // Rounding grows with the reference measure.
        let tolerance = 2e-15 * rule.weights.iter().sum::<f64>().max(1.0);
        let mut missed = false;
        let side = rule.degree + 2;
        for code in 0..side.pow(D as u32) {
            let powers: [usize; D] = std::array::from_fn(|i| code / side.pow(i as u32) % side);
            let total: usize = powers.iter().sum();
            if total > rule.degree + 1 {
                continue;
            }
            let sum: f64 = rule
                .points
                .iter()
                .zip(&rule.weights)
                .map(|(x, w)| w * (0..D).map(|i| x[i].powi(powers[i] as i32)).product::<f64>())
                .sum();
            let error = (sum - exact(&powers)).abs();
            if total <= rule.degree {
                assert!(error < tolerance, "{name} misses x^{powers:?} by {error:e}");
            } else {
                missed |= error > 1e-9;
            }
        }
        assert!(missed, "{name} is more exact than it says");
    }

    #[test]
    fn rules_integrate_every_monomial_of_their_degree() {
        for n in 1..=5 {
            check(&format!("line {n}"), &line(n), |p| interval(p[0]));
            check(&format!("quadrilateral {n}"), &quadrilateral(n), |p| interval(p[0]) * interval(p[1]));
        }
        for degree in [1, 2, 4, 5, 8] {
            check(&format!("triangle {degree}"), &triangle(degree), |p| simplex(p));
        }
        for degree in [1, 2, 5, 7] {
            check(&format!("tetrahedron {degree}"), &tetrahedron(degree), |p| simplex(p));
        }
        let cube = |p: &[usize; 3]| p.iter().map(|&k| interval(k)).product::<f64>();
        for n in 1..=4 {
            check(&format!("hexahedron {n}"), &hexahedron(n), cube);
        }
        check("hexahedron 14", &hexahedron_14(), cube);
        for (degree, n) in [(1, 1), (2, 2), (4, 3), (5, 3)] {
            check(&format!("wedge {degree}×{n}"), &wedge(degree, n), |p| simplex(&[p[0], p[1]]) * interval(p[2]));
        }
    }

    #[test]
    fn parts_of_elements_are_of_equal_measure_and_integrate_linear_functions() {
        for n in 1..=5 {
            let rule = |kind| subdivided(kind, n).unwrap();
            let cube = |p: &[usize; 3]| p.iter().map(|&k| interval(k)).product::<f64>();
            check(&format!("tetrahedron in {n}³"), &rule(ElementKind::Tet10), |p| simplex(p));
            check(&format!("hexahedron in {n}³"), &rule(ElementKind::Hex8), cube);
            let wedge = |p: &[usize; 3]| simplex(&[p[0], p[1]]) * interval(p[2]);
            check(&format!("wedge in {n}³"), &rule(ElementKind::Wedge15), wedge);
            for kind in [ElementKind::Tet4, ElementKind::Hex20, ElementKind::Wedge6] {
                assert_eq!(rule(kind).points.len(), n.pow(3), "{kind}");
            }
            let inside = |p: &[f64; 3]| p.iter().all(|&x| x > 0.0) && p.iter().sum::<f64>() < 1.0;
            assert!(rule(ElementKind::Tet4).points.iter().all(inside));
        }
        assert!(subdivided(ElementKind::Tri3, 2).is_none());
    }

    #[test]
    fn rules_chosen_by_degree_reach_it() {
        for degree in 0..=MAX_DEGREE {
            for kind in [ElementKind::Tet10, ElementKind::Hex20, ElementKind::Wedge15] {
                assert!(solid_rule(kind, degree).unwrap().degree >= degree, "{kind} {degree}");
            }
            for kind in [ElementKind::Tri6, ElementKind::Quad8] {
                assert!(face_rule(kind, degree).unwrap().degree >= degree, "{kind} {degree}");
            }
        }
    }

    #[test]
    fn stiffness_points_are_the_gauss_points_that_mesh_quality_looks_at() {
        for kind in ElementKind::ALL {
            let rule = stiffness_rule(kind, Integration::Full);
            let points = mesh::shape::gauss_points(kind);
            assert_eq!(rule.is_some(), !points.is_empty(), "{kind}");
            for (a, b) in rule.into_iter().flat_map(|rule| rule.points).zip(points) {
                assert!((0..3).all(|i| (a[i] - b[i]).abs() < 1e-15), "{kind}: {a:?} {b:?}");
            }
        }
    }
}
