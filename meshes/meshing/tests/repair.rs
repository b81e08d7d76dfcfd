//! Damaged surfaces end closed, manifold, outward and free of crossings, or in a clear refusal.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use control::RunControl;
use geometry::TriangleBvh;
use mesh::primitives::{cuboid, cylinder, icosphere, torus};
use mesh::topology::{SurfaceTopology, merge_equal_points};
use mesh::{Point3, SurfaceMesh, Vector3};
use meshing::{MeshingError, RepairOptions, Repaired, Resurface, repair};
use std::f64::consts::PI;
use std::path::Path;

/// Repairs and checks the promise on the surface itself, not on its report.
fn repaired(surface: &SurfaceMesh, options: &RepairOptions) -> Repaired {
    let result = repair(surface, options, &RunControl::silent()).unwrap();
    assert_sound(&result.surface);
    println!("{:?}", result.report);
    for item in &result.repairs {
        assert!(item.count > 0 && item.size_mm >= 0.0 && item.place_mm.iter().all(|c| c.is_finite()), "{item:?}");
        println!("  {item:?}");
    }
    result
}

fn assert_sound(surface: &SurfaceMesh) {
    surface.validate().unwrap();
    let (surface, _) = merge_equal_points(surface, 0.0);
    let topology = SurfaceTopology::new(&surface);
    assert!(topology.is_watertight());
    assert_eq!((topology.non_manifold_vertices.len(), topology.degenerate_triangles.len()), (0, 0));
    let bvh = TriangleBvh::new(&surface.points, &surface.triangles);
    assert_eq!(bvh.self_intersections(&RunControl::silent()).unwrap(), []);
    assert!(surface.volume() > 0.0);
}

fn mend(surface: &SurfaceMesh) -> Repaired {
    repaired(surface, &RepairOptions { resurface: Resurface::Never, ..RepairOptions::default() })
}

fn codes(result: &Repaired) -> Vec<&str> {
    result.repairs.iter().map(|item| item.what.as_str()).collect()
}

/// xorshift* (Marsaglia 2003): the same damage on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

fn join(parts: &[SurfaceMesh]) -> SurfaceMesh {
    let mut all = SurfaceMesh::default();
    for part in parts {
        let first = all.points.len() as u32;
        all.points.extend(&part.points);
        all.triangles.extend(part.triangles.iter().map(|t| t.map(|v| v + first)));
    }
    all
}

fn moved(mut surface: SurfaceMesh, by: [f64; 3]) -> SurfaceMesh {
    surface.points.iter_mut().for_each(|p| *p += Vector3::from(by));
    surface
}

#[test]
fn a_sound_surface_stays_bit_for_bit() {
    let mut sphere = icosphere(3.0, 3);
    sphere.regions.insert("half".to_owned(), (0..640).collect());
    let result = mend(&sphere);
    assert!(result.surface == sphere && result.repairs.is_empty());
}

#[test]
fn flat_holes_of_a_cube_and_a_cylinder_are_closed_exactly() {
    let mut cube = cuboid(Point3::origin(), Point3::new(2.0, 3.0, 4.0), [4, 6, 8]);
    let top = |t: &[u32; 3]| t.iter().all(|&v| cube.points[v as usize].z == 4.0);
    cube.triangles = cube.triangles.iter().copied().filter(|t| !top(t)).collect();
    let result = mend(&cube);
    assert_eq!(codes(&result), ["hole"]);
    assert!((result.surface.volume() / 24.0 - 1.0).abs() < 1e-12, "{}", result.surface.volume());
    let mut tube = cylinder(1.5, 6.0, 40, 20);
    let exact = tube.volume();
    let count = tube.points.len() - 2;
    tube.triangles.retain(|t| t.iter().all(|&v| (v as usize) < count));
    let result = mend(&tube);
    assert_eq!(codes(&result), ["hole", "hole"]);
    assert!((result.surface.volume() / exact - 1.0).abs() < 1e-12);
    // The fill is as fine as the rim.
    assert!(result.report.after.triangles > tube.triangles.len() + 2 * 150, "{:?}", result.report.after);
}

#[test]
fn a_hole_in_a_sphere_costs_at_most_the_cap() {
    let sphere = icosphere(5.0, 4);
    for height in [4.0, 2.5] {
        let mut open = sphere.clone();
        open.triangles.retain(|t| t.iter().any(|&v| sphere.points[v as usize].z < height));
        let result = mend(&open);
        let h: f64 = 5.0 - height + 0.35;
        let cap = PI * h * h * (15.0 - h) / 3.0;
        let lost = sphere.volume() - result.surface.volume();
        assert!(lost > 0.0 && lost < cap, "{lost} {cap}");
        let hole = &result.repairs[0];
        assert!((hole.place_mm[2] - height).abs() < 0.4 && hole.size_mm > 4.0, "{hole:?}");
    }
}

#[test]
fn large_holes_stay_open_on_request() {
    let mut tube = cylinder(2.0, 10.0, 32, 10);
    let count = tube.points.len() - 2;
    tube.triangles.retain(|t| t.iter().all(|&v| (v as usize) < count));
    tube.triangles.swap_remove(110);
    let options = RepairOptions { largest_hole: Some(3.0), ..RepairOptions::default() };
    let result = repair(&tube, &options, &RunControl::silent()).unwrap();
    assert_eq!((result.report.holes_left, result.report.after.boundary_loops), (2, 2));
    let mut found = codes(&result);
    found.sort_unstable();
    assert_eq!(found, ["hole", "hole-left-open", "hole-left-open"]);
    assert_eq!(result.report.volume_mm3, None);
}

#[test]
fn cubes_that_share_an_edge_or_a_corner_are_parted() {
    let cube = |at: [f64; 3]| moved(cuboid(Point3::origin(), Point3::new(1.0, 1.0, 1.0), [1, 1, 1]), at);
    for other in [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]] {
        let both = join(&[cube([0.0; 3]), cube(other)]);
        let result = mend(&both);
        assert_eq!(result.report.after.components, 2);
        assert!(codes(&result).contains(&"touching-vertices"));
        assert!((result.surface.volume() - 2.0).abs() < 0.02, "{}", result.surface.volume());
    }
}

#[test]
fn a_surface_pinched_along_an_edge_between_single_vertices_is_parted() {
    // A ring of eight cubes around a middle, two of which touch along an edge: both ends stay single vertices until the
    // edge is cut in the middle.
    let mut cells = vec![[0, 0, 0], [1, 1, 0]];
    cells.extend([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 0, -1], [1, 0, -1], [1, 1, -1]]);
    let mut sides: Vec<[[i32; 3]; 4]> = Vec::new();
    for cell in &cells {
        for axis in 0..3 {
            for end in 0..2 {
                let mut beyond = *cell;
                beyond[axis] += 2 * end - 1;
                if !cells.contains(&beyond) {
                    let corner = |u: i32, v: i32| {
                        let mut at = *cell;
                        at[axis] += end;
                        at[(axis + 1) % 3] += u;
                        at[(axis + 2) % 3] += v;
                        at
                    };
                    let quad = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
                    sides.push(if end == 1 { quad } else { [quad[0], quad[3], quad[2], quad[1]] });
                }
            }
        }
    }
    let mut solid = SurfaceMesh::default();
    for quad in sides {
        let first = solid.points.len() as u32;
        solid.points.extend(quad.map(|[x, y, z]| Point3::new(f64::from(x), f64::from(y), f64::from(z))));
        solid.triangles.extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
    }
    let result = mend(&solid);
    assert!(result.report.before.non_manifold_edges >= 1, "{:?}", result.report.before);
    assert!((result.surface.volume() - 8.0).abs() < 0.05, "{}", result.surface.volume());
}

#[test]
fn fins_duplicates_and_turned_triangles_go() {
    let sphere = icosphere(4.0, 3);
    let mut damaged = sphere.clone();
    let mut random = Random(7);
    for k in 0..40 {
        let t = random.below(1280);
        match k % 4 {
            0 => damaged.triangles[t].swap(0, 1),
            1 => damaged.triangles.push(sphere.triangles[t]),
            2 => {
                let [a, b, c] = sphere.triangles[(t + 3) % 1280];
                damaged.triangles.push([c, b, a]);
            }
            _ => {
                let [a, b, _] = sphere.triangles[t];
                damaged.points.push(Point3::from(sphere.points[a as usize].coords * 1.3));
                damaged.triangles.push([a, b, damaged.points.len() as u32 - 1]);
            }
        }
    }
    let result = mend(&damaged);
    assert!((result.surface.volume() / sphere.volume() - 1.0).abs() < 2e-3, "{}", result.surface.volume());
    for code in ["duplicate-triangles", "non-manifold-edges", "winding", "open-sheet"] {
        assert!(codes(&result).contains(&code), "{code}");
    }
}

#[test]
fn zero_area_triangles_and_slivers_leave_no_gap() {
    // Edges cut at a vertex on them: the triangle between is flat.
    let mut cube = cuboid(Point3::origin(), Point3::new(1.0, 1.0, 1.0), [3, 3, 3]);
    for t in [0, 17, 40] {
        let [a, b, c] = cube.triangles[t];
        let middle = nalgebra_centre(&cube, a, b);
        cube.points.push(middle);
        let m = cube.points.len() as u32 - 1;
        cube.triangles[t] = [a, m, c];
        cube.triangles.extend([[m, b, c], [a, b, m]]);
    }
    let result = mend(&cube);
    assert!(codes(&result).contains(&"degenerate-triangles"));
    assert!((result.surface.volume() - 1.0).abs() < 1e-12);
}

fn nalgebra_centre(surface: &SurfaceMesh, a: u32, b: u32) -> Point3<f64> {
    let (p, q) = (surface.points[a as usize], surface.points[b as usize]);
    p + (q - p) * 0.5
}

#[test]
fn two_spheres_become_their_union() {
    let both = join(&[icosphere(3.0, 4), moved(icosphere(3.0, 4), [3.0, 0.2, 0.1])]);
    let never = RepairOptions { resurface: Resurface::Never, ..RepairOptions::default() };
    let error = repair(&both, &never, &RunControl::silent()).unwrap_err();
    assert!(matches!(error, MeshingError::Crossings { pairs, .. } if pairs > 50), "{error}");
    let options = RepairOptions { resurface_size: Some(0.25), ..RepairOptions::default() };
    let result = repaired(&both, &options);
    assert!(result.report.resurfaced && result.report.after.components == 1);
    // Two balls less their lens, two caps of height 3 − d/2.
    let d = (9.0_f64 + 0.04 + 0.01).sqrt();
    let h = 3.0 - d / 2.0;
    let exact = 2.0 * 36.0 * PI - 2.0 * PI * h * h * (9.0 - h) / 3.0;
    assert!((result.surface.volume() / exact - 1.0).abs() < 0.01, "{} {exact}", result.surface.volume());
    assert!(codes(&result).contains(&"resurfaced"));
}

#[test]
fn a_cavity_stays_a_cavity() {
    let mut inner = icosphere(1.0, 2);
    inner.flip();
    let mut hollow = join(&[icosphere(3.0, 3), inner]);
    let exact = hollow.volume();
    hollow.flip();
    let result = mend(&hollow);
    assert_eq!(codes(&result), ["turned-outward"]);
    assert!((result.surface.volume() / exact - 1.0).abs() < 1e-12);
}

#[test]
fn a_thousand_self_intersections_are_mended_or_surfaced_anew() {
    let sphere = icosphere(10.0, 5);
    let mut spiky = sphere.clone();
    let mut random = Random(3);
    for _ in 0..150 {
        // A vertex pushed past its neighbours folds the surface over.
        let t = spiky.triangles[random.below(sphere.triangles.len())];
        let (p, q) = (sphere.points[t[0] as usize], sphere.points[t[1] as usize]);
        spiky.points[t[0] as usize] = p + (q - p) * 2.6;
    }
    let result = repaired(&spiky, &RepairOptions::default());
    assert!(result.report.before.crossing_pairs > 1000, "{:?}", result.report.before);
    assert!((result.surface.volume() / sphere.volume() - 1.0).abs() < 0.01, "{}", result.surface.volume());
}

#[test]
fn two_thousand_components_are_kept_or_dropped_by_option() {
    let mut parts = vec![icosphere(5.0, 3)];
    for k in 0..2000 {
        let at = [20.0 + f64::from(k % 20), f64::from(k / 20 % 10), f64::from(k / 200)];
        parts.push(moved(icosphere(0.3, 0), at));
    }
    let many = join(&parts);
    let kept = mend(&many);
    assert_eq!((kept.report.after.components, kept.repairs.len()), (2001, 0));
    let options = RepairOptions { drop_parts_below: Some(1.5), ..RepairOptions::default() };
    let dropped = repaired(&many, &options);
    assert_eq!((dropped.report.after.components, codes(&dropped)), (1, vec!["small-parts"]));
    assert_eq!(dropped.repairs[0].count, 2000);
}

#[test]
fn far_from_the_origin_repair_works_as_at_home() {
    let mut open = moved(torus(6.0, 2.0, 40, 20), [1e6, -1e6, 1e6]);
    open.triangles.retain({
        let mut k = 0;
        move |_| {
            k += 1;
            k % 97 != 0
        }
    });
    let result = mend(&open);
    let exact = torus(6.0, 2.0, 40, 20).volume();
    assert!((result.surface.volume() / exact - 1.0).abs() < 2e-3, "{}", result.surface.volume());
}

#[test]
fn sheets_and_nothing_are_refused() {
    let control = RunControl::silent();
    let options = RepairOptions::default();
    let sheet = SurfaceMesh::new(
        vec![Point3::origin(), Point3::new(1.0, 0.0, 0.0), Point3::new(1.0, 1.0, 0.0), Point3::new(0.0, 1.0, 0.0)],
        vec![[0, 1, 2], [0, 2, 3]],
    );
    let error = repair(&sheet, &options, &control).unwrap_err();
    assert!(matches!(error, MeshingError::EnclosesNothing { triangles: 2, .. }), "{error}");
    assert_eq!(repair(&SurfaceMesh::default(), &options, &control), Err(MeshingError::EmptySurface));
    let point = SurfaceMesh::new(vec![Point3::origin(); 3], vec![[0, 1, 2], [0, 0, 0]]);
    assert_eq!(repair(&point, &options, &control), Err(MeshingError::EmptySurface));
    let bad = RepairOptions { resurface_size: Some(0.0), ..options };
    let error = repair(&icosphere(1.0, 0), &bad, &control).unwrap_err();
    assert!(matches!(error, MeshingError::BadOption { option: "resurface_size", .. }), "{error}");
    control.cancel();
    assert!(matches!(repair(&icosphere(1.0, 2), &options, &control), Err(MeshingError::Cancelled(_))));
}

/// Whatever the damage, the end is a sound surface or a typed refusal.
#[test]
fn random_damage_never_ends_in_a_panic_or_an_unsound_surface() {
    let shapes =
        [icosphere(5.0, 2), torus(5.0, 2.0, 20, 10), cuboid(Point3::origin(), Point3::new(5.0, 4.0, 3.0), [4, 4, 4])];
    let (mut sound, mut refused) = (0, 0);
    for seed in 1..=8_u64 {
        let mut random = Random(seed * 7919);
        let mut surface = shapes[random.below(3)].clone();
        for _ in 0..random.below(40) {
            let count = surface.triangles.len();
            let t = random.below(count);
            let v = random.below(surface.points.len());
            match random.below(7) {
                0 => drop(surface.triangles.swap_remove(t)),
                1 => surface.triangles[t].swap(1, 2),
                2 => surface.triangles.push(surface.triangles[t]),
                3 => surface.triangles[t][0] = v as u32,
                4 => surface.points[v] = surface.points[random.below(surface.points.len())],
                5 => surface.points[v] += Vector3::new(1.0, -0.5, 0.25) * (random.below(100) as f64 / 25.0),
                _ => surface.triangles.push([v as u32, surface.triangles[t][0], surface.triangles[t][1]]),
            }
        }
        let start = std::time::Instant::now();
        // A coarse new surface keeps the test short.
        let options = RepairOptions { resurface_size: Some(0.8), ..RepairOptions::default() };
        match repair(&surface, &options, &RunControl::silent()) {
            Ok(result) => {
                println!("seed {seed}: resurfaced {} {:?}", result.report.resurfaced, start.elapsed());
                assert_sound(&result.surface);
                sound += 1;
            }
            Err(error) => {
                println!("seed {seed}: {error}");
                refused += 1;
            }
        }
    }
    println!("{sound} sound, {refused} refused");
    assert!(sound == 8, "{sound} sound, {refused} refused");
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let mut surface = join(&[icosphere(3.0, 3), moved(icosphere(3.0, 3), [3.0, 0.2, 0.1])]);
    surface.triangles.swap_remove(5);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = RepairOptions { resurface_size: Some(0.25), ..RepairOptions::default() };
        pool.install(|| repair(&surface, &options, &RunControl::silent()).unwrap())
    };
    assert!(run(1) == run(3));
}

/// Reads an anatomy in metres.
fn load(file: &str) -> SurfaceMesh {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies").join(file);
    let mut surface = mesh_io::read_surface(&path, &RunControl::silent()).unwrap().surface;
    surface.points.iter_mut().for_each(|p| *p *= 1000.0);
    surface
}

#[test]
fn low_polygon_bones_are_saved_in_place() {
    // File, largest and mean distance in mm (largest: the tip of a removed fin), volume in mm³.
    let bones = [
        ("myosim_r_tibia.stl", 9.1, 0.03, 206_900.0),
        ("myosim_r_pelvis.stl", 0.6, 0.001, 288_800.0),
        ("myosim_hat_jaw.stl", 1.3, 0.005, 51_340.0),
    ];
    for (file, largest, mean, volume) in bones {
        let result = mend(&load(file));
        let report = &result.report;
        assert!(report.before.non_manifold_edges > 0 && report.before.crossing_pairs > 0);
        assert_eq!(report.after.components, 1, "{file}");
        assert!(report.distance.max_mm < largest && report.distance.mean_mm < mean, "{file}: {:?}", report.distance);
        assert!((result.surface.volume() / volume - 1.0).abs() < 1e-3, "{file}: {}", result.surface.volume());
    }
}
