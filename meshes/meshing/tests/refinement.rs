//! Smaller elements where they are asked for.

use control::RunControl;
use mesh::primitives::{cylinder, icosphere};
use mesh::{Point3, VolumeMesh};
use meshing::{LayerOptions, MeshOptions, MeshingError, Refinement, mesh_lumen, mesh_surface};

/// Centroid and mean edge of every tetrahedron.
fn sizes(mesh: &VolumeMesh) -> Vec<(Point3<f64>, f64)> {
    let of = |nodes: &[u32]| {
        let p: Vec<Point3<f64>> = nodes[..4].iter().map(|&n| mesh.nodes[n as usize]).collect();
        let edges = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
        let mean = edges.iter().map(|&[a, b]| (p[b] - p[a]).norm()).sum::<f64>() / 6.0;
        (Point3::from((p[0].coords + p[1].coords + p[2].coords + p[3].coords) / 4.0), mean)
    };
    mesh.elements().map(|(_, nodes)| of(nodes)).collect()
}

/// Within a factor 2 of the size asked for where it is asked for; outside no larger than grows with the distance.
#[test]
fn balls_and_regions_get_their_size_and_elements_grow_away_from_them() {
    let control = RunControl::silent();
    let surface = icosphere(10.0, 4);
    // One ball at the surface, one inside.
    let balls = [([0.0, 0.0, 9.0], 2.5, 0.5), ([-3.0, 2.0, 0.0], 2.0, 0.7)];
    let refine = balls.map(|(centre_mm, radius_mm, size_mm)| Refinement::Sphere { centre_mm, radius_mm, size_mm });
    let options = MeshOptions { size: Some(2.0), refine: refine.to_vec(), ..MeshOptions::default() };
    let made = mesh_surface(&surface, &options, &control).unwrap();
    assert!(made.report.min_dihedral_deg > 15.0 && made.report.max_dihedral_deg < 160.0);
    let plain = mesh_surface(&surface, &MeshOptions { size: Some(2.0), ..MeshOptions::default() }, &control).unwrap();
    let all = sizes(&made.mesh);
    let largest = sizes(&plain.mesh).into_iter().map(|(_, size)| size).fold(0.0, f64::max);
    for (centre, radius, size) in balls {
        let away = |p: &Point3<f64>| (p - Point3::from(centre)).norm() - radius;
        let inside: Vec<f64> = all.iter().filter(|(p, _)| away(p) < 0.0).map(|(_, mean)| *mean).collect();
        let (low, high) = inside.iter().fold((f64::MAX, 0.0_f64), |(l, h), &x| (l.min(x), h.max(x)));
        let mean = inside.iter().sum::<f64>() / inside.len() as f64;
        println!("{} in the ball: {low} to {high}, mean {mean}", inside.len());
        assert!(high < 2.0 * size && mean > 0.5 * size && mean < 1.5 * size, "{low} {mean} {high} for {size}");
        for (p, mean) in &all {
            assert!(*mean < 2.0 * (size + 0.5 * away(p).max(0.0)), "{p}: {mean}");
        }
    }
    // Far from both the mesh is as it was.
    let far: Vec<f64> = all.iter().filter(|(p, _)| p.z < -4.0 && p.x > 2.0).map(|(_, mean)| *mean).collect();
    let coarsest = far.iter().copied().fold(0.0, f64::max);
    println!("{} elements, {} without; {coarsest} of {largest}", made.report.elements, plain.report.elements);
    assert!(coarsest > 0.7 * largest && made.report.elements < 12 * plain.report.elements);
}

#[test]
fn a_flat_end_is_refined_by_its_name() {
    let control = RunControl::silent();
    let surface = cylinder(5.0, 30.0, 64, 30);
    let region = |name: &str| Refinement::Region { name: name.to_owned(), distance_mm: 1.0, size_mm: 0.6 };
    let options = |name: &str| MeshOptions { size: Some(1.5), refine: vec![region(name)], ..MeshOptions::default() };
    let made = mesh_surface(&surface, &options("cap_1"), &control).unwrap();
    let flat = meshing::surface_ends(&surface);
    let (at, other) = (flat[0].centre.z, 30.0 - flat[0].centre.z);
    let mean = |z: f64| {
        let near: Vec<f64> =
            sizes(&made.mesh).into_iter().filter(|(p, _)| (p.z - z).abs() < 1.0).map(|(_, mean)| mean).collect();
        near.iter().sum::<f64>() / near.len() as f64
    };
    println!("{} {}", mean(at), mean(other));
    assert!((0.3..0.9).contains(&mean(at)) && mean(other) > 1.1, "{} {}", mean(at), mean(other));
    let unknown = mesh_surface(&surface, &options("inlet"), &control).unwrap_err();
    assert!(matches!(&unknown, MeshingError::NoSuchRegion { known, .. } if known == "cap_1, cap_2, wall"), "{unknown}");
}

/// Layers keep their height where the wall is finer, and no element is inverted.
#[test]
fn a_lumen_with_layers_can_be_refined_too() {
    let control = RunControl::silent();
    let surface = cylinder(5.0, 20.0, 64, 20);
    let ball = Refinement::Sphere { centre_mm: [5.0, 0.0, 10.0], radius_mm: 2.0, size_mm: 0.75 };
    let layers = LayerOptions { count: 3, first_height: Some(0.05), ..LayerOptions::default() };
    let options = MeshOptions { size: Some(1.5), refine: vec![ball], ..MeshOptions::default() };
    let made = mesh_lumen(&surface, &options, &layers, &control).unwrap();
    let plain = MeshOptions { refine: Vec::new(), ..options };
    let plain = mesh_lumen(&surface, &plain, &layers, &control).unwrap();
    assert!(made.report.layers.min_prism_scaled_jacobian > 0.0 && made.report.core.min_scaled_jacobian > 0.0);
    assert!(made.report.layers.prisms > plain.report.layers.prisms + 50);
}
