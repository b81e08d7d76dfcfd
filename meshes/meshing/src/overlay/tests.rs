use super::*;
use mesh::primitives::{cuboid, cylinder, icosphere};
use mesh::{Region, Vector3, VolumeMesh};
use std::f64::consts::PI;

fn body(name: &str, surface: &SurfaceMesh, offset: [f64; 3], keeps_edges: bool) -> Body {
    let mut surface = surface.clone();
    surface.points.iter_mut().for_each(|p| *p += Vector3::from(offset));
    Body { name: name.to_owned(), surface, keeps_edges }
}

/// Closed parts whose volumes are those of the bodies: each body's own, less what earlier ones take.
fn volumes(bodies: &[Body]) -> Vec<f64> {
    let made = overlay(bodies, &RunControl::silent()).unwrap();
    made.partition.validate().unwrap();
    let boundary = |part: u16| made.partition.boundary_of(part);
    (1..=bodies.len() as u16)
        .map(|part| {
            assert!(SurfaceTopology::new(&boundary(part)).is_watertight());
            boundary(part).volume()
        })
        .collect()
}

/// A cylinder half in a box: prisms, exact. Its lower cap in the box, its wall through the top.
#[test]
fn a_rod_in_a_block_divides_it_exactly() {
    let rod = cylinder(1.0, 6.0, 32, 7);
    let polygon = 0.5 * 32.0 * (2.0 * PI / 32.0).sin();
    let block = cuboid(Point3::new(-3.0, -3.0, 0.0), Point3::new(3.0, 3.0, 5.0), [5, 5, 4]);
    for (offset, inside) in
        [([0.13, 0.21, 2.0], 3.0), ([0.0, 0.0, 2.0], 3.0), ([0.0, 0.0, -0.5], 5.0), ([0.3, 0.0, 4.0], 1.0)]
    {
        let found = volumes(&[body("implant", &rod, offset, true), body("bone", &block, [0.0; 3], false)]);
        let exact = [6.0 * polygon, 180.0 - inside * polygon];
        for (found, exact) in found.iter().zip(exact) {
            assert!((found / exact - 1.0).abs() < 1e-7, "{offset:?} {found} {exact}");
        }
    }
}

/// Faces in one plane: a plate flush with the top of a block, and one lying on it.
#[test]
fn faces_in_one_plane_are_told_apart_by_a_shift() {
    let block = cuboid(Point3::origin(), Point3::new(4.0, 4.0, 4.0), [3, 3, 3]);
    let plate = cuboid(Point3::origin(), Point3::new(2.0, 2.0, 1.0), [2, 2, 1]);
    let flush = volumes(&[body("plate", &plate, [1.0, 1.0, 3.0], true), body("block", &block, [0.0; 3], false)]);
    assert!((flush[0] - 4.0).abs() < 1e-6 && (flush[1] - 60.0).abs() < 1e-6, "{flush:?}");
}

/// Two spheres of radius R a distance d apart share a lens of V = π (4R + d) (2R - d)² / 12.
#[test]
fn three_bodies_overlap_in_their_order() {
    let ball = icosphere(1.0, 4);
    let (d, whole) = (0.9, ball.volume());
    let lens = |d: f64| PI * (4.0 + d) * (2.0 - d).powi(2) / 12.0;
    let found = volumes(&[
        body("first", &ball, [0.0; 3], false),
        body("second", &ball, [d, 0.011, 0.023], false),
        body("third", &ball, [-d, 0.007, 0.031], false),
    ]);
    let d = (d * d + 0.011_f64.powi(2) + 0.023_f64.powi(2)).sqrt();
    assert!((found[0] / whole - 1.0).abs() < 1e-9);
    assert!((found[1] / (whole - lens(d)) - 1.0).abs() < 3e-3, "{} {}", found[1], whole - lens(d));
    assert!(found[2] < whole - lens(d) + 0.01 && found[2] > whole - 1.2 * lens(d));
}

#[test]
fn bodies_apart_hidden_open_or_of_another_unit_are_refused() {
    let (ball, block) = (icosphere(1.0, 2), cuboid(Point3::origin(), Point3::new(4.0, 4.0, 4.0), [2, 2, 2]));
    let refused = |implant: Body, bone: &SurfaceMesh| {
        overlay(&[implant, body("bone", bone, [0.0; 3], false)], &RunControl::silent()).unwrap_err()
    };
    let apart = refused(body("implant", &ball, [9.0, 0.0, 0.0], false), &block);
    assert!(matches!(&apart, MeshingError::BodyApart { name } if name == "implant"), "{apart}");
    let hidden = refused(body("implant", &icosphere(9.0, 2), [2.0; 3], false), &block);
    assert!(matches!(&hidden, MeshingError::BodyHidden { name } if name == "bone"), "{hidden}");
    let metres = refused(body("implant", &icosphere(1e-3, 2), [2.0; 3], false), &block);
    assert!(matches!(metres, MeshingError::UnlikelySize { .. }), "{metres}");
    let mut open = ball.clone();
    open.triangles.pop();
    let open = refused(body("implant", &open, [2.0; 3], false), &block);
    assert!(matches!(open, MeshingError::OpenSurface { .. }), "{open}");
}

/// The Jacobian of every Tet10 over that of its corners, at nodes and Gauss points, and its scaled Jacobian, at least.
fn check_curved(made: &PartsMesh) {
    let least = made.report.curve.unwrap().min_jacobian_ratio;
    println!(
        "{:?} straight {:.3} radius {:.3}",
        made.report.curve, made.report.min_scaled_jacobian, made.report.min_radius_ratio
    );
    assert!(least >= 0.2, "{least}");
    for (_, nodes) in made.mesh.elements() {
        let points: Vec<_> = nodes.iter().map(|&n| made.mesh.nodes[n as usize]).collect();
        let straight = 6.0 * mesh::quality::signed_volume(&[points[0], points[1], points[2], points[3]]);
        for xi in mesh::shape::gauss_points(mesh::ElementKind::Tet10) {
            let gradients = mesh::shape::gradients(mesh::ElementKind::Tet10, &xi);
            assert!(mesh::shape::jacobian(&points, &gradients).determinant() >= 0.2 * straight);
        }
    }
}

fn part_volume(mesh: &VolumeMesh, name: &str) -> f64 {
    let Some(Region::Elements(elements)) = mesh.regions.get(name) else { panic!("{name}: {:?}", mesh.regions.keys()) };
    let volume = |&element: &u32| {
        let (_, nodes) = mesh.element(element as usize).unwrap();
        let p = [0, 1, 2, 3].map(|k| mesh.nodes[nodes[k] as usize]);
        let volume = mesh::quality::signed_volume(&p);
        assert!(volume > 0.0);
        volume
    };
    elements.iter().map(volume).sum()
}

/// A sphere in a sphere, and one half out of it: volumes by the lens, to 1 % at the size found and with the square of the
/// size.
#[test]
fn overlapping_spheres_are_meshed_to_their_exact_volumes() {
    let (small, large, d) = (2.0_f64, 4.0_f64, 3.5_f64);
    let volume = |r: f64| 4.0 / 3.0 * PI * r.powi(3);
    let lens = PI * (large + small - d).powi(2) / (12.0 * d)
        * (d * d + 2.0 * d * (large + small) - 3.0 * (large - small).powi(2));
    let surfaces = [icosphere(small, 5), icosphere(large, 5)];
    let errors = |offset: [f64; 3], taken: f64, options: &MeshOptions| {
        let bodies = [body("implant", &surfaces[0], offset, false), body("bone", &surfaces[1], [0.0; 3], false)];
        let made = mesh_bodies(&bodies, options, &RunControl::silent()).unwrap();
        made.mesh.validate().unwrap();
        assert!(["implant_to_bone", "bone_wall"].iter().all(|name| made.mesh.regions.contains_key(*name)));
        check_curved(&made);
        // Where three materials meet at an acute angle elements are flat.
        assert!(made.report.min_scaled_jacobian > 0.02, "{}", made.report.min_scaled_jacobian);
        assert!(made.report.parts.iter().all(|part| part.topology_kept));
        [("implant", volume(small)), ("bone", volume(large) - taken)]
            .map(|(name, exact)| (part_volume(&made.mesh, name) / exact - 1.0).abs())
    };
    let of_size = |size: f64| MeshOptions { size: Some(size), order: 2, ..MeshOptions::default() };
    let [coarse, fine] = [0.9, 0.45].map(|size| errors([0.3, 0.1, -0.2], volume(small), &of_size(size)));
    assert!((coarse[0] + coarse[1]) / (fine[0] + fine[1]) > 3.0 && fine[1] < 0.01, "{coarse:?} {fine:?}");
    let found =
        errors([d, 0.0, 0.0], lens, &MeshOptions { max_volume_error: 0.01, order: 2, ..MeshOptions::default() });
    println!("{coarse:?} {fine:?} {found:?}");
    assert!(found.iter().all(|error| *error < 0.01), "{found:?}");
}

/// A rod half in a block: its rim stays an edge and its part keeps its volume.
#[test]
fn the_sharp_edges_of_an_implant_stay_edges() {
    let rod = cylinder(2.0, 8.0, 64, 16);
    let block = cuboid(Point3::new(-5.0, -5.0, 0.0), Point3::new(5.0, 5.0, 8.0), [10, 10, 8]);
    let bodies = [body("implant", &rod, [0.2, -0.3, 4.1], true), body("bone", &block, [0.0; 3], true)];
    let options = MeshOptions { size: Some(0.6), order: 2, ..MeshOptions::default() };
    let made = mesh_bodies(&bodies, &options, &RunControl::silent()).unwrap();
    check_curved(&made);
    let polygon = 0.5 * 64.0 * 4.0 * (2.0 * PI / 64.0).sin();
    let exact = [8.0 * polygon, 800.0 - 3.9 * polygon];
    for (part, exact) in made.report.parts.iter().zip(exact) {
        println!("{} {} {}", part.name, part.volume_mm3 / exact - 1.0, part.topology_kept);
        assert!((part.volume_mm3 / exact - 1.0).abs() < 0.01);
    }
    // The cap of the rod outside the block is flat up to its rim: a chamfer of a third of the size would lose a tenth.
    let Region::Faces(faces) = &made.mesh.regions["implant_wall"] else { panic!() };
    let area = |face: &mesh::Face| {
        let p: Vec<_> = made.mesh.face_nodes(*face).unwrap().iter().map(|&n| made.mesh.nodes[n as usize]).collect();
        let is_flat = p.iter().all(|p| (p.z - 12.1).abs() < 1e-6);
        if is_flat { 0.5 * (p[1] - p[0]).cross(&(p[2] - p[0])).norm() } else { 0.0 }
    };
    let cap: f64 = faces.iter().map(area).sum();
    println!("{} {} {}", made.report.min_dihedral_deg, made.report.hausdorff_mm, cap / polygon);
    assert!((cap / polygon - 1.0).abs() < 0.02, "{}", cap / polygon);
}
