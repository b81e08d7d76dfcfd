//! Real vessels: the ends that their files have.

use super::{EndKind, Lumen, LumenOptions, prepare_lumen};
use control::RunControl;
use mesh::SurfaceMesh;
use mesh::topology::SurfaceTopology;

fn asset(name: &str) -> SurfaceMesh {
    let path = format!("{}/../../assets/anatomies/{name}", env!("CARGO_MANIFEST_DIR"));
    mesh_io::read_surface(path.as_ref(), &RunControl::silent()).unwrap().surface
}

fn prepare(surface: &SurfaceMesh, options: &LumenOptions) -> Lumen {
    let lumen = prepare_lumen(surface, options, &RunControl::silent()).unwrap();
    let topology = SurfaceTopology::new(&lumen.surface);
    assert!(topology.is_watertight() && topology.non_manifold_vertices.is_empty());
    let covered: usize = lumen.surface.regions.values().map(Vec::len).sum();
    assert_eq!(covered, lumen.surface.triangles.len());
    println!("{:#?}\n{:#?}", lumen.report, lumen.changes);
    lumen
}

#[test]
fn the_carotid_has_three_flat_ends_and_is_lengthened() {
    let surface = asset("carotid_lumen_capped.stl");
    let plain = prepare(&surface, &LumenOptions::default());
    assert!(plain.report.ends.len() == 3 && plain.report.ends.iter().all(|end| end.kind == EndKind::Flat));
    let longer = prepare(&surface, &LumenOptions { extension: 5.0, ..LumenOptions::default() });
    // Blending keeps the area of the section only roughly in between.
    let added: f64 = plain.report.ends.iter().map(|end| end.area_mm2 * 5.0 * end.radius_mm).sum();
    let grown = longer.report.volume_mm3 - plain.report.volume_mm3;
    assert!((grown / added - 1.0).abs() < 0.05, "{grown} for {added}");
    assert_eq!(longer.report.crossing_pairs, plain.report.crossing_pairs);
}

#[test]
fn the_rounded_aorta_is_cut_at_its_three_tips() {
    let lumen = prepare(&asset("aorta_vmtk_surface.stl"), &LumenOptions { cut: Some(1.5), ..LumenOptions::default() });
    // The aorta and both iliac arteries.
    assert_eq!(lumen.report.ends.len(), 3);
    assert!(lumen.report.ends.iter().all(|end| end.kind == EndKind::Cut));
}

/// Nine ends of ten openings: the one with four edges is a defect. The opening at the corner of the crop is uneven.
#[test]
fn the_ends_of_the_real_aneurysm_are_closed() {
    let lumen = prepare(&asset("aneurism_lumen_crop_open_DERIVED.stl"), &LumenOptions::default());
    let count = |kind| lumen.report.ends.iter().filter(|end| end.kind == kind).count();
    assert_eq!((count(EndKind::Closed), count(EndKind::Cut), lumen.report.crossing_pairs), (8, 1, 0));
}
