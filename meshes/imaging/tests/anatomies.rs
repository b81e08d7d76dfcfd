//! Real label maps and a level set: volumes kept, borders manifold, frames right.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use control::RunControl;
use geometry::TriangleBvh;
use imaging::{
    Image, JudgedImage, LabelMap, Rescale, SmoothOptions, judge_image, label_surface, level_surface, read_image,
};
use mesh::topology::SurfaceTopology;
use mesh_io::Frame;
use std::path::{Path, PathBuf};

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets").join(name)
}

fn image(name: &str) -> JudgedImage {
    let file = read_image(&asset(name), &RunControl::silent()).unwrap();
    judge_image(file, None, None)
}

#[test]
fn every_label_becomes_a_closed_surface_of_its_volume() {
    for (name, labels) in
        [("images/ts_abdomen_vertebrae_labels.nii.gz", 8), ("images/ts_aorta_true_false_lumen.nii.gz", 2)]
    {
        let judged = image(name);
        assert_eq!(judged.report.labels.len(), labels, "{name}");
        let map = LabelMap::from_image(&judged.image, &judged.names).unwrap();
        let surfaces = label_surface(map, &SmoothOptions::default(), &RunControl::silent()).unwrap();
        for (&label, &voxels) in &surfaces.voxel_volumes {
            let surface = surfaces.of_label(label);
            let topology = SurfaceTopology::new(&surface);
            assert!(topology.is_watertight() && topology.non_manifold_vertices.is_empty(), "{name} {label}");
            let error = surface.volume() / voxels - 1.0;
            assert!(error.abs() < 0.01, "{name}, label {label}: volume off by {error}");
        }
    }
}

/// The surface that VMTK made of the level set is in RAS, the image in LPS: read as RAS it lies on our surface of the same
/// level set, read as LPS it lies decimetres away.
#[test]
fn a_ras_surface_overlays_its_lps_image() {
    let judged = image("images/vmtk_aorta_levelset.mha");
    assert_eq!((judged.report.frame, judged.report.unit.symbol()), (Frame::Lps, "mm"));
    // Negative inside: turned so that inside is above the level.
    let turned = Image { rescale: Rescale { slope: -1.0, intercept: 0.0 }, ..judged.image };
    let control = RunControl::silent();
    let lumen = level_surface(&turned, 0.0, &control).unwrap();
    let bvh = TriangleBvh::new(&lumen.points, &lumen.triangles);
    let farthest = |frame| {
        let path = asset("anatomies/aorta_vmtk_surface.stl");
        let surface = mesh_io::load_surface(&path, None, Some(frame), &control).unwrap().surface;
        let away = surface.points.iter().map(|p| bvh.distance(p, f64::INFINITY).unwrap());
        away.fold(0.0_f64, f64::max)
    };
    let (right, wrong) = (farthest(Frame::Ras), farthest(Frame::Lps));
    println!("RAS {right:.3} mm, LPS {wrong:.0} mm");
    assert!(right < 0.5 && wrong > 50.0, "{right} {wrong}");
}
