use super::*;
use mesh::Vector3;
use std::f64::consts::PI;

/// A ball of radius 10 in `sectors` equal sectors about the z axis: along the axis all of them meet, at its ends with the
/// outside.
pub(super) fn sectors(count: u16, along: usize, around: usize) -> Partition {
    let radius = 10.0;
    let mut partition = Partition::default();
    let point = |partition: &mut Partition, p: Point3<f64>| {
        partition.points.push(p);
        partition.points.len() as u32 - 1
    };
    let meridians = usize::from(count) * around;
    let height = |k: usize| (PI * k as f64 / along as f64).cos() * radius;
    let axis: Vec<u32> = (0..=along).map(|k| point(&mut partition, Point3::new(0.0, 0.0, height(k)))).collect();
    let rings: Vec<Vec<u32>> = (0..=along)
        .map(|k| {
            let width = (PI * k as f64 / along as f64).sin() * radius;
            (0..meridians)
                .map(|m| {
                    let (sin, cos) = (2.0 * PI * m as f64 / meridians as f64).sin_cos();
                    let is_pole = k == 0 || k == along;
                    if is_pole {
                        axis[k]
                    } else {
                        point(&mut partition, Point3::new(width * cos, width * sin, height(k)))
                    }
                })
                .collect()
        })
        .collect();
    let mut quad = |[a, b, c, d]: [u32; 4], sides: [u16; 2]| {
        for [x, y, z] in [[a, b, c], [a, c, d]] {
            if x != y && y != z && z != x {
                partition.triangles.push([x, y, z]);
                partition.sides.push(sides);
            }
        }
    };
    for k in 0..along {
        for m in 0..meridians {
            let (next, sector) = ((m + 1) % meridians, (m / around) as u16);
            quad([rings[k][m], rings[k + 1][m], rings[k + 1][next], rings[k][next]], [sector + 1, 0]);
            if m % around == 0 {
                let before = (sector + count - 1) % count;
                quad([axis[k], rings[k][m], rings[k + 1][m], axis[k + 1]], [before + 1, sector + 1]);
            }
        }
    }
    partition
}

fn check(made: &PartsMesh, volume_error: f64) {
    let report = &made.report;
    println!(
        "{} tets, {:.1}-{:.1} deg, ratio {:.3} {:.3}, hausdorff {:.3}, off {:.4} ({}), {:?}",
        report.elements,
        report.min_dihedral_deg,
        report.max_dihedral_deg,
        report.min_radius_ratio,
        report.thousandth_radius_ratio,
        report.hausdorff_mm,
        report.off_border_mm,
        report.off_border_nodes,
        report.parts.iter().map(|part| part.volume_error).collect::<Vec<_>>()
    );
    made.mesh.validate().unwrap();
    assert!(report.min_dihedral_deg > 15.0 && report.max_dihedral_deg < 160.0);
    assert!(report.min_radius_ratio > 0.08 && report.thousandth_radius_ratio > 0.2);
    for part in &report.parts {
        assert!(part.volume_error.abs() < volume_error, "{part:?}");
    }
}

fn check_topology(made: &PartsMesh) {
    made.report.parts.iter().for_each(|part| assert!(part.topology_kept, "{part:?}"));
}

#[test]
fn sectors_of_a_ball_conform_along_their_junctions() {
    for (count, size) in [(2, 1.2), (3, 1.2)] {
        let partition = sectors(count, 40, 24);
        for part in partition.parts() {
            assert!(partition.boundary_of(part).volume() > 0.0);
        }
        let options = MeshOptions { size: Some(size), ..MeshOptions::default() };
        let made = mesh_parts(&partition, &options, &RunControl::silent()).unwrap();
        check(&made, 0.02);
        check_topology(&made);
        let borders = made.mesh.regions.keys().filter(|name| name.contains("_to_")).count();
        assert_eq!(borders, if count == 2 { 1 } else { usize::from(count) });
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(made, alone.install(|| mesh_parts(&partition, &options, &RunControl::silent()).unwrap()));
    }
}

/// Tetrahedra hold four materials at most: the line where six sectors meet becomes a web of lines where fewer do, with
/// elements as good as elsewhere, and the report says that topology was lost.
#[test]
fn six_sectors_meet_along_a_line_in_good_elements() {
    let options = MeshOptions { size: Some(1.2), ..MeshOptions::default() };
    let made = mesh_parts(&sectors(6, 40, 12), &options, &RunControl::silent()).unwrap();
    check(&made, 0.02);
    assert!(made.report.stages.worst_relieved > 0 && made.report.off_border_mm < 0.5 * 1.2);
    assert!(made.report.findings.iter().any(|finding| finding.code == "topology"));
}

#[test]
fn a_core_in_a_shell_keeps_both_volumes_and_the_border_between_them() {
    let ball = |radius: f64| mesh::primitives::icosphere(radius, 4);
    let (outer, inner) = (ball(10.0), ball(6.0));
    let shift = outer.points.len() as u32;
    let mut partition = Partition {
        points: [outer.points, inner.points].concat(),
        triangles: outer.triangles.clone(),
        sides: vec![[2, 0]; outer.triangles.len()],
        names: BTreeMap::from([(1, "marrow".to_owned()), (2, "cortex".to_owned())]),
    };
    partition.triangles.extend(inner.triangles.iter().map(|t| t.map(|v| v + shift)));
    partition.sides.resize(partition.triangles.len(), [1, 2]);
    let made =
        mesh_parts(&partition, &MeshOptions { order: 2, ..MeshOptions::default() }, &RunControl::silent()).unwrap();
    check(&made, 0.01);
    check_topology(&made);
    let names: Vec<&str> = made.mesh.regions.keys().map(String::as_str).collect();
    assert_eq!(names, ["cortex", "cortex_wall", "marrow", "marrow_to_cortex"]);
    assert!(made.report.curve.is_some_and(|curve| curve.min_jacobian_ratio > 0.2));
}

#[test]
fn a_cut_stays_flat_with_its_border_sharp() {
    let mut partition = sectors(2, 40, 24);
    // The second sector is beyond the cut: what is left is a half ball, flat where y = 0.
    let keep: Vec<bool> = partition.sides.iter().map(|sides| sides.contains(&1)).collect();
    let mut kept = keep.iter();
    partition.triangles.retain(|_| *kept.next().unwrap());
    let mut kept = keep.iter();
    partition.sides.retain(|_| *kept.next().unwrap());
    partition.sides.iter_mut().flatten().filter(|side| **side == 2).for_each(|side| *side = Partition::CUT);
    let options = MeshOptions { size: Some(1.2), ..MeshOptions::default() };
    let made = mesh_parts(&partition, &options, &RunControl::silent()).unwrap();
    check(&made, 0.02);
    check_topology(&made);
    let Some(Region::Faces(faces)) = made.mesh.regions.get("part_1_cut") else { panic!("no cut") };
    let mut area = Vector3::zeros();
    for &face in faces {
        let [a, b, c]: [Point3<f64>; 3] =
            std::array::from_fn(|k| made.mesh.nodes[made.mesh.face_nodes(face).unwrap()[k] as usize]);
        assert!([a, b, c].iter().all(|p| p.y.abs() < 1e-9));
        area += 0.5 * (b - a).cross(&(c - a));
    }
    assert!((area.norm() - 100.0 * PI).abs() < 2.0 * PI, "{area}");
}

/// Two half balls with a flat foot and a thorn half a millimetre thick and 4 mm high: what is thinner than the size is
/// followed by smaller elements, and the foot at the lowest side of the box by large ones.
#[test]
fn a_thorn_is_followed_and_the_flat_foot_stays_whole() {
    let mut partition = sectors(2, 240, 24);
    for p in &mut partition.points {
        let polar = p.x.hypot(p.y).atan2(p.z);
        let is_on_axis_inside = p.coords.norm() < 9.999_999;
        let longer = if is_on_axis_inside { 1.0 } else { 1.0 + 0.4 * (-(polar / 0.03).powi(2)).exp() };
        *p *= longer;
        p.z = p.z.max(-6.0);
    }
    let made = mesh_parts(&partition, &MeshOptions::default(), &RunControl::silent()).unwrap();
    check(&made, 0.005);
    let report = &made.report;
    println!("{} {:?}", report.size_reason, report.findings);
    assert!(report.hausdorff_relative <= 0.002, "{}", report.hausdorff_relative);
    assert!(report.finest_mm < report.size_mm);
    assert!(report.findings.iter().all(|finding| finding.code != "folds"));
}
