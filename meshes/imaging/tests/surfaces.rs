//! Shapes whose volume, distance and normals are known, as labels and as grey values.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use control::RunControl;
use imaging::{
    Grid, Image, LabelMap, Rescale, SmoothOptions, Voxels, label_surface, level_surface, make_well_composed,
};
use mesh::topology::SurfaceTopology;
use mesh::{Point3, SurfaceMesh, Vector3};

fn map(dimensions: [usize; 3], spacing: [f64; 3], label: impl Fn(&Point3<f64>) -> u16) -> LabelMap {
    let grid = Grid::aligned(dimensions, Point3::new(-3.0, 4.0, 100.0), spacing).unwrap();
    let labels = (0..grid.count()).map(|index| label(&centre(&grid, index))).collect();
    LabelMap { labels, ..LabelMap::empty(grid) }
}

fn centre(grid: &Grid, index: usize) -> Point3<f64> {
    grid.position(grid.voxel(index).map(|n| n as f64))
}

fn is_closed_manifold(surface: &SurfaceMesh) -> bool {
    let topology = SurfaceTopology::new(surface);
    topology.is_watertight() && topology.non_manifold_vertices.is_empty()
}

fn surface_of(map: LabelMap, label: u16) -> SurfaceMesh {
    label_surface(map, &SmoothOptions::default(), &RunControl::silent()).unwrap().of_label(label)
}

/// Root mean square and largest distance (mm) of the vertices to a sphere, and the root mean square
/// angle (degrees) of the normals to the radius.
fn against_sphere(surface: &SurfaceMesh, middle: &Point3<f64>, radius: f64) -> (f64, f64, f64) {
    let off: Vec<f64> = surface.points.iter().map(|p| (p - middle).norm() - radius).collect();
    let rms = (off.iter().map(|d| d * d).sum::<f64>() / off.len() as f64).sqrt();
    let largest = off.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
    let angle = |t: usize| {
        let [a, b, c] = surface.corners(t);
        let out = Vector3::from((a.coords + b.coords + c.coords) / 3.0 - middle.coords);
        surface.area_vector2(t).angle(&out).to_degrees()
    };
    let square = |t: usize| surface.area_vector2(t).norm() / 2.0 * angle(t).powi(2);
    let mean_square = (0..surface.triangles.len()).map(square).sum::<f64>() / surface.area();
    (rms, largest, mean_square.sqrt())
}

#[test]
fn a_ball_of_voxels_becomes_a_sphere_of_its_volume() {
    for (radius, spacing) in [(20.0, [1.0; 3]), (5.0, [1.0; 3]), (20.0, [1.0, 1.0, 3.0])] {
        let n = [0, 1, 2].map(|axis| (2.0 * radius / spacing[axis]) as usize + 6);
        let grid = Grid::aligned(n, Point3::new(-3.0, 4.0, 100.0), spacing).unwrap();
        let middle = grid.position([0, 1, 2].map(|axis| n[axis] as f64 / 2.0 - 0.3));
        let ball = map(n, spacing, |p| u16::from((p - middle).norm() <= radius));
        let voxels = ball.counts()[&1] as f64 * ball.grid.voxel_volume();
        let surface = surface_of(ball, 1);
        assert!(is_closed_manifold(&surface));
        let (rms, largest, angle) = against_sphere(&surface, &middle, radius);
        let step = spacing[2];
        println!(
            "r {radius} dz {step}: volume {:.4} rms {rms:.3} max {largest:.3} angle {angle:.1}",
            surface.volume() / voxels
        );
        assert!((surface.volume() / voxels - 1.0).abs() < 1e-3, "{} of {voxels}", surface.volume());
        assert!(rms < 0.15 * step && largest < 0.6 * step, "{rms} {largest}");
        assert!(angle < 30.0, "{angle}");
    }
}

/// A plane inclined by 1:10 has terraces ten voxels wide; a smooth surface has none.
#[test]
fn terraces_of_an_inclined_plane_are_flattened() {
    let normal = Vector3::new(-0.1, -0.04, 1.0).normalize();
    let through = Point3::new(17.0, 24.0, 112.0);
    let slab = map([40, 40, 24], [1.0; 3], |p| u16::from((p - through).dot(&normal) < 0.0));
    let surface = surface_of(slab, 1);
    let inner = |p: &Point3<f64>| (7.0..27.0).contains(&p.x) && (14.0..34.0).contains(&p.y) && p.z > 102.0;
    let off = surface.points.iter().filter(|p| inner(p)).map(|p| (p - through).dot(&normal));
    let (count, sum) = off.fold((0.0, 0.0), |(count, sum): (f64, f64), d| (count + 1.0, sum + d * d));
    let angle = (0..surface.triangles.len())
        .filter(|&t| surface.corners(t).iter().all(&inner))
        .map(|t| surface.area_vector2(t).angle(&normal).to_degrees())
        .fold(0.0, f64::max);
    let mean = surface.points.iter().filter(|p| inner(p)).map(|p| (p - through).dot(&normal)).sum::<f64>() / count;
    println!("plane: mean {mean:.3} rms {:.3} angle {angle:.2}", (sum / count).sqrt());
    assert!((sum / count).sqrt() < 0.1 && angle < 4.0);
}

/// A thin vessel that leaves the image: radius kept along its length, ends flat.
#[test]
fn a_vessel_keeps_its_radius_and_flat_ends() {
    let radius = 3.0;
    let axis = Vector3::new(0.3, 0.2, 1.0).normalize();
    let through = Point3::new(10.0, 16.0, 115.0);
    let off = |p: &Point3<f64>| ((p - through) - axis * (p - through).dot(&axis)).norm();
    let vessel = map([30, 30, 40], [1.0; 3], |p| u16::from(off(p) <= radius));
    let voxels = vessel.counts()[&1] as f64;
    let surface = surface_of(vessel, 1);
    assert!(is_closed_manifold(&surface));
    let cap = &surface.regions["to_image_border"];
    for p in cap.iter().flat_map(|&t| surface.corners(t as usize)) {
        assert!((p.z - 99.5).abs() < 1e-9 || (p.z - 139.5).abs() < 1e-9, "{p}");
    }
    let wall = &surface.regions["to_background"];
    let radii: Vec<f64> = wall.iter().flat_map(|&t| surface.corners(t as usize)).map(|p| off(&p)).collect();
    let mean = radii.iter().sum::<f64>() / radii.len() as f64;
    let worst = radii.iter().fold(0.0_f64, |worst, r| worst.max((r - radius).abs()));
    println!("vessel: mean radius {mean:.3}, worst {worst:.3}, volume {:.4}", surface.volume() / voxels);
    assert!((mean - radius).abs() < 0.06 && worst < 0.6, "{mean} {worst}");
    assert!((surface.volume() / voxels - 1.0).abs() < 2e-3);
}

/// Two labels that share a border: each closed, together as large as both, and the border the same from both sides.
#[test]
fn labels_share_their_border() {
    let middle = Point3::new(12.0, 19.0, 115.0);
    let label = |p: &Point3<f64>| match (p - middle).norm() <= 10.0 {
        false => 0,
        true => 1 + u16::from(p.x + 0.3 * p.y > 17.0),
    };
    let nets =
        label_surface(map([30, 30, 30], [1.0; 3], label), &SmoothOptions::default(), &RunControl::silent()).unwrap();
    let (one, two) = (nets.of_label(1), nets.of_label(2));
    for (surface, label) in [(&one, 1), (&two, 2)] {
        assert!(is_closed_manifold(surface));
        let error = surface.volume() / nets.voxel_volumes[&label] - 1.0;
        println!("label {label}: {error:.4}");
        assert!(error.abs() < 0.01, "{error}");
    }
    let border = |surface: &SurfaceMesh, region: &str| -> f64 {
        surface.regions[region].iter().map(|&t| surface.area_vector2(t as usize).norm() / 2.0).sum()
    };
    let (a, b) = (border(&one, "to_label_2"), border(&two, "to_label_1"));
    assert!((a - b).abs() < 1e-9 * a && (a / (std::f64::consts::PI * 100.0) - 1.0).abs() < 0.1, "{a} {b}");
}

/// A level set gives the surface to second order: halving the voxels divides the error of the volume by four.
#[test]
fn a_level_set_converges_with_the_square_of_the_voxel() {
    let error = |n: usize| {
        let step = 24.0 / n as f64;
        let grid = Grid::aligned([n; 3], Point3::new(0.4, 0.2, 0.1), [step; 3]).unwrap();
        let middle = Point3::new(12.0, 12.0, 12.0);
        let values = (0..grid.count()).map(|index| (8.0 - (centre(&grid, index) - middle).norm()) as f32).collect();
        let image = Image { grid, voxels: Voxels::F32(values), rescale: Rescale::NONE };
        let surface = level_surface(&image, 0.0, &RunControl::silent()).unwrap();
        assert!(is_closed_manifold(&surface));
        (surface.volume() / (4.0 / 3.0 * std::f64::consts::PI * 512.0) - 1.0).abs()
    };
    let (coarse, fine) = (error(24), error(48));
    let order = (coarse / fine).log2();
    println!("level set: {coarse:.5} {fine:.5}, order {order:.2}");
    assert!((1.7..2.3).contains(&order), "{order}");
}

/// Two boxes that touch along an edge: the border is made manifold and the change is told.
#[test]
fn what_touches_across_an_edge_is_relabelled_and_told() {
    let mut diagonal = map([10, 10, 10], [1.0; 3], |p| {
        let [x, y] = [p.x + 3.0, p.y - 4.0];
        u16::from(
            (2.0..4.5).contains(&x) && (2.0..4.5).contains(&y) || (4.5..7.0).contains(&x) && (4.5..7.0).contains(&y),
        )
    });
    let relabelled = make_well_composed(&mut diagonal.clone(), &RunControl::silent()).unwrap();
    assert!(!relabelled.is_empty() && relabelled.iter().all(|change| change.from != change.to));
    assert!(is_closed_manifold(&surface_of(diagonal.clone(), 1)));
    diagonal.labels.fill(0);
    assert!(label_surface(diagonal, &SmoothOptions::default(), &RunControl::silent()).is_err());
}
