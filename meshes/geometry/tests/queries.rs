//! Properties of the queries: against brute force, on closed surfaces, and on malformed input.

use control::RunControl;
use geometry::{Aabb, Feature, TriangleBvh};
use mesh::SurfaceMesh;
use mesh::primitives::{cuboid, cylinder, icosphere, torus};
use nalgebra::{Matrix2, Point3, Vector2, Vector3};
use proptest::prelude::*;
use std::f64::consts::PI;

type Soup = (Vec<Point3<f64>>, Vec<[u32; 3]>);

fn tree_of(surface: &SurfaceMesh) -> TriangleBvh {
    TriangleBvh::new(&surface.points, &surface.triangles)
}

fn joined(a: &SurfaceMesh, b: &SurfaceMesh, shift: Vector3<f64>) -> SurfaceMesh {
    let first = a.points.len() as u32;
    let points = a.points.iter().copied().chain(b.points.iter().map(|p| p + shift)).collect();
    let moved = b.triangles.iter().map(|triangle| triangle.map(|v| v + first));
    SurfaceMesh::new(points, a.triangles.iter().copied().chain(moved).collect())
}

/// Coordinates on a coarse grid half of the time, so that equal points, needles and coplanar triangles occur.
fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![-1.0..1.0, (-2i32..=2).prop_map(|k| f64::from(k) * 0.5)]
}

fn point() -> impl Strategy<Value = Point3<f64>> {
    [coordinate(), coordinate(), coordinate()].prop_map(Point3::from)
}

fn soup() -> impl Strategy<Value = Soup> {
    prop::collection::vec(point(), 3..40).prop_flat_map(|points| {
        let vertex = 0..points.len() as u32;
        (Just(points), prop::collection::vec([vertex.clone(), vertex.clone(), vertex], 1..60))
    })
}

/// Distance from `p` to a triangle as the least of its vertices, edges and face, each where its stationary point exists.
fn distance_to([a, b, c]: [Point3<f64>; 3], p: &Point3<f64>) -> f64 {
    let mut least = (p - a).norm().min((p - b).norm()).min((p - c).norm());
    for (from, to) in [(a, b), (b, c), (c, a)] {
        let along = (to - from).try_normalize(0.0).unwrap_or_default();
        let t = (p - from).dot(&along);
        if 0.0 < t && t < (to - from).norm() {
            least = least.min((p - from - along * t).norm());
        }
    }
    let (u, v, w) = (b - a, c - a, p - a);
    let gram = Matrix2::new(u.dot(&u), u.dot(&v), u.dot(&v), v.dot(&v));
    if let Some(inverse) = gram.try_inverse() {
        let at = inverse * Vector2::new(u.dot(&w), v.dot(&w));
        if at.x > 0.0 && at.y > 0.0 && at.x + at.y < 1.0 {
            least = least.min((w - u * at.x - v * at.y).norm());
        }
    }
    least
}

/// Solid angle by van Oosterom and Strackee, one arctangent a triangle.
fn winding_by_brute_force((points, triangles): &Soup, p: &Point3<f64>) -> f64 {
    let angle = |triangle: &[u32; 3]| {
        let [a, b, c] = triangle.map(|v| points[v as usize] - p);
        let (x, y, z) = (a.norm(), b.norm(), c.norm());
        let denominator = x * y * z + a.dot(&b) * z + b.dot(&c) * x + c.dot(&a) * y;
        2.0 * a.dot(&b.cross(&c)).atan2(denominator)
    };
    triangles.iter().map(angle).sum::<f64>() / (4.0 * PI)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_closest_point_is_that_of_brute_force((points, triangles) in soup(), p in point(), stretch in 0.0..4.0) {
        let (tree, p) = (TriangleBvh::new(&points, &triangles), p * stretch);
        let corners = |t: &[u32; 3]| t.map(|v| points[v as usize]);
        let expected = triangles.iter().map(|t| distance_to(corners(t), &p)).fold(f64::INFINITY, f64::min);
        let found = tree.closest_point(&p, f64::INFINITY).unwrap();
        prop_assert!((found.distance - expected).abs() < 1e-7, "{} instead of {expected}", found.distance);
        let [a, b, c] = corners(&triangles[found.triangle as usize]);
        let [u, v, w] = found.barycentric;
        let again = Point3::from(a.coords * u + b.coords * v + c.coords * w);
        prop_assert!((again - found.point).norm() < 1e-12 && u >= 0.0 && v >= 0.0 && w >= 0.0);
        let zeros = found.barycentric.iter().filter(|&&weight| weight == 0.0).count();
        prop_assert_eq!(zeros, match found.feature { Feature::Face => 0, Feature::Edge(_) => 1, Feature::Vertex(_) => 2 });
        prop_assert_eq!(tree.closest_point(&p, found.distance * 0.999 - 1e-12), None);
        prop_assert_eq!(tree.closest_point(&p, found.distance * 1.001 + 1e-12).map(|c| c.distance), Some(found.distance));
    }

    #[test]
    fn the_winding_number_of_a_soup_is_that_of_brute_force(soup in soup(), p in [-2.0..2.0, -2.0..2.0, -2.0..2.0]) {
        let p = Point3::from(p);
        let found = TriangleBvh::new(&soup.0, &soup.1).winding_number(&p);
        prop_assert!((found - winding_by_brute_force(&soup, &p)).abs() < 0.03);
    }

    #[test]
    fn on_a_torus_winding_distance_and_rays_agree(p in [-4.5..4.5, -4.5..4.5, -1.5..1.5], d in [coordinate(), coordinate(), coordinate()]) {
        let surface = torus(3.0, 1.0, 40, 20);
        let mut tree = tree_of(&surface);
        let (p, direction) = (Point3::from(p), Vector3::from(d));
        let signed = tree.signed_distance(&p);
        prop_assume!(signed.abs() > 1e-9 && direction.norm() > 0.0);
        let winding = tree.winding_number(&p);
        prop_assert!((winding - winding.round()).abs() < 0.02);
        let hits = tree.ray_all(&p, &direction, 0.0..=f64::INFINITY);
        prop_assert_eq!(hits.len() % 2 == 1, signed < 0.0);
        prop_assert!(hits.windows(2).all(|pair| pair[0].entering != pair[1].entering));
        prop_assert_eq!(hits.first().copied(), tree.ray(&p, &direction, 0.0..=f64::INFINITY));
        for hit in hits {
            prop_assert!((p + direction * hit.parameter - hit.point).norm() < 1e-11);
        }
        let (u, v) = ((p.x.hypot(p.y) - 3.0), p.z);
        prop_assert!((signed - (u.hypot(v) - 1.0)).abs() < 0.03);
        tree.prepare_signs(&RunControl::silent()).unwrap();
        prop_assert_eq!(tree.signed_distance(&p), signed);
    }

    #[test]
    fn rays_through_edges_and_vertices_of_a_box_count_once(at in [-1i32..=5, -1i32..=5], axis in 0usize..3, towards in any::<bool>()) {
        let tree = tree_of(&cuboid(Point3::origin(), Point3::new(4.0, 4.0, 4.0), [4, 4, 4]));
        let (mut origin, mut direction) = (Point3::new(2.25, 2.25, 2.25), Vector3::zeros());
        (origin[(axis + 1) % 3], origin[(axis + 2) % 3]) = (f64::from(at[0]), f64::from(at[1]));
        direction[axis] = if towards { 1.0 } else { -1.0 };
        let inside = at.iter().all(|&k| 0 < k && k < 4);
        let hits = tree.ray_all(&origin, &direction, 0.0..=f64::INFINITY);
        if inside {
            prop_assert_eq!(hits.len(), 1);
            let expected = if towards { 1.75 } else { 2.25 };
            prop_assert!((hits[0].parameter - expected).abs() < 1e-15 && !hits[0].entering);
        } else if at.iter().any(|&k| k == -1 || k == 5) {
            prop_assert_eq!(hits.len(), 0);
        }
        let from_outside = tree.ray_all(&(origin - direction * 50.0), &direction, 0.0..=f64::INFINITY);
        prop_assert!(from_outside.len().is_multiple_of(2) && (!inside || from_outside.len() == 2));
    }

    #[test]
    fn spheres_intersect_where_they_overlap_only(gap in 1e-3..0.5, depth in 0.2..1.7, d in [-1.0..1.0, -1.0..1.0, -1.0..1.0]) {
        let direction = Vector3::from(d).try_normalize(1e-3);
        prop_assume!(direction.is_some());
        let (sphere, direction) = (icosphere(1.0, 2), direction.unwrap());
        let pairs = |distance: f64| {
            tree_of(&joined(&sphere, &sphere, direction * distance)).self_intersections(&RunControl::silent()).unwrap()
        };
        prop_assert_eq!(pairs(2.0 + gap), []);
        let crossing = pairs(2.0 - depth);
        prop_assert!(!crossing.is_empty() && crossing.is_sorted());
        prop_assert!(crossing.iter().all(|&(i, j)| i < 320 && j >= 320), "each pair joins both spheres");
    }

    #[test]
    fn malformed_input_neither_panics_nor_yields_nan((mut points, mut triangles) in soup(), bad in 0usize..6, p in point()) {
        let vertex = points.len() / 2;
        points[vertex].y = [f64::NAN, f64::INFINITY, -1e300, 1e-310, 1e39, -0.0][bad];
        triangles.push([0, 1, u32::MAX]);
        triangles.push([1, 1, 1]);
        let mut tree = TriangleBvh::new(&points, &triangles);
        prop_assert!(tree.skipped().contains(&(triangles.len() as u32 - 2)));
        prop_assert_eq!(tree.len() + tree.skipped().len(), triangles.len());
        let control = RunControl::silent();
        tree.prepare_signs(&control).unwrap();
        prop_assert!(tree.is_empty() || tree.closest_point(&p, f64::INFINITY).unwrap().distance.is_finite());
        prop_assert!(tree.winding_number(&p).is_finite() && !tree.signed_distance(&p).is_nan());
        let nan = Point3::new(f64::NAN, 0.0, 0.0);
        prop_assert!(tree.winding_number(&nan).is_nan() && tree.signed_distance(&nan).is_nan());
        prop_assert_eq!((tree.closest_point(&nan, 1.0), tree.closest_point(&p, f64::NAN)), (None, None));
        prop_assert!(tree.ray(&p, &Vector3::zeros(), 0.0..=1.0).is_none());
        prop_assert!(tree.ray_all(&p, &nan.coords, 0.0..=1.0).is_empty());
        prop_assert!(tree.ray_all(&p, &Vector3::x(), 0.0..=f64::INFINITY).iter().all(|hit| hit.parameter.is_finite()));
        tree.self_intersections(&control).unwrap();
        prop_assert!(tree.thicknesses(&control).unwrap().into_iter().flatten().all(|t| t >= 0.0));
        tree.triangles_near(&Aabb::empty());
    }
}

/// A tube whose upper end is cut obliquely and open. Its walls are single long triangles: most of each sees a closed
/// surface, but beside the lip the winding number is below one half on both sides.
fn tube_with_a_lip() -> SurfaceMesh {
    let mut surface = cylinder(1.0, 20.0, 24, 1);
    let is_wall = |t: &[u32; 3]| t.iter().all(|&v| v < 48);
    surface.triangles.retain(is_wall);
    for p in surface.points.iter_mut().filter(|p| p.z > 10.0) {
        p.z += 3.0 * p.x;
    }
    surface
}

/// Inside a sphere lies another of the same orientation, where the winding number is 2: a face of the inner one has
/// inside on both sides. Where two solids overlap, the same holds for a part of a face only. Doubled surfaces have no
/// reliable closest face at all.
#[test]
fn prepared_signs_are_those_of_the_winding_number_on_difficult_surfaces() {
    let (sphere, coarse) = (icosphere(1.0, 2), icosphere(1.0, 0));
    let inner = SurfaceMesh::new(sphere.points.iter().map(|p| p * 0.5).collect(), sphere.triangles.clone());
    let shift = Vector3::new(0.7, 0.1, 0.0);
    for (name, surface) in [
        ("nested", joined(&sphere, &inner, Vector3::zeros())),
        ("overlapping", joined(&coarse, &coarse, shift)),
        ("twice", joined(&sphere, &sphere, Vector3::zeros())),
        ("almost twice", joined(&sphere, &sphere, Vector3::new(1e-13, 0.0, 0.0))),
        ("open", tube_with_a_lip()),
    ] {
        let plain = tree_of(&surface);
        let mut prepared = plain.clone();
        prepared.prepare_signs(&RunControl::silent()).unwrap();
        let bounds = plain.bounds().inflated(0.2);
        for k in 1..10_000 {
            let at = |step: f64| (f64::from(k) * step).fract();
            let part = Vector3::new(at(0.8191725133961645), at(0.6710436067037893), at(0.5497004779019703));
            let p = bounds.low + bounds.size().component_mul(&part);
            assert_eq!(prepared.signed_distance(&p), plain.signed_distance(&p), "{name} at {p}");
        }
        if name == "nested" {
            assert!(prepared.signed_distance(&Point3::new(0.6, 0.0, 0.0)) < 0.0);
            assert!((plain.winding_number(&Point3::origin()) - 2.0).abs() < 0.02);
        }
    }
}

#[test]
fn an_empty_tree_is_far_from_everything() {
    let tree = TriangleBvh::new(&[], &[]);
    let p = Point3::origin();
    assert_eq!((tree.signed_distance(&p), tree.winding_number(&p)), (f64::INFINITY, 0.0));
    assert!(tree.closest_point(&p, f64::INFINITY).is_none() && tree.bounds().is_empty() && !tree.is_inside(&p));
    assert_eq!(tree.self_intersections(&RunControl::silent()), Ok(Vec::new()));
}

#[test]
fn a_cancelled_search_says_so() {
    let mut tree = tree_of(&icosphere(1.0, 3));
    let control = RunControl::silent();
    control.cancel();
    assert!(tree.self_intersections(&control).is_err() && tree.prepare_signs(&control).is_err());
    assert!(tree.thicknesses(&control).is_err());
}

#[test]
fn the_thickness_of_a_plate_is_its_height() {
    let tree = tree_of(&cuboid(Point3::origin(), Point3::new(10.0, 10.0, 2.0), [3, 3, 1]));
    let thickness = tree.thickness_percentiles(&[0.0, 0.5, 1.0], &RunControl::silent()).unwrap();
    let [low, middle, high] = thickness[..] else { panic!("three percentiles") };
    // 200 of 280 mm² are the two faces 2 mm apart; the rim sees 10 mm.
    assert!((low.unwrap() - 2.0).abs() < 1e-12 && (middle.unwrap() - 2.0).abs() < 1e-12);
    assert!((high.unwrap() - 10.0).abs() < 1e-12);
}

/// The first levels of a tree of this size are built by several threads.
#[test]
fn answers_do_not_depend_on_the_number_of_threads() {
    let surface = torus(3.0, 1.0, 120, 60);
    let with_threads = |count: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        pool.install(|| {
            let mut tree = tree_of(&surface);
            tree.prepare_signs(&RunControl::silent()).unwrap();
            format!("{tree:?}")
        })
    };
    assert_eq!(with_threads(1), with_threads(3));
}
