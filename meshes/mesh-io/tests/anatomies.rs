//! The anatomies in `assets/` are what their table says, and other readers see the same triangles.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use control::RunControl;
use mesh_io::{Basis, Format, Frame, ImportReport, LengthUnit, Severity};
use std::path::{Path, PathBuf};

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies").join(name)
}

fn load(name: &str) -> mesh_io::JudgedSurface {
    mesh_io::load_surface(&asset(name), None, None, &RunControl::silent()).unwrap()
}

fn extent(report: &ImportReport) -> [f64; 3] {
    let [low, high] = report.bounds_mm;
    [0, 1, 2].map(|axis| high[axis] - low[axis])
}

/// Triangles, extents in mm and self-intersecting faces measured with another tool when the files were collected; the
/// extents of the OBJ files by a script from their text. That tool saw 4 of the carotid's 8 faces; crate `geometry` tests
/// all 8 against rational arithmetic.
struct Expected {
    file: &'static str,
    format: Format,
    triangles: usize,
    extent: [f64; 3],
    unit: LengthUnit,
    stated_frame: bool,
    inverted: bool,
    self_intersections: usize,
}

#[test]
fn every_anatomy_is_read_and_judged_as_listed() {
    use Format::{Obj, StlAscii, StlBinary, Vtp};
    use LengthUnit::{Metre, Millimetre};
    let row = |file, format, triangles, extent, unit, stated_frame, inverted, self_intersections| Expected {
        file,
        format,
        triangles,
        extent,
        unit,
        stated_frame,
        inverted,
        self_intersections,
    };
    let table = [
        row("libhip_m4_lfemur.stl", StlBinary, 72_868, [96.68, 64.92, 164.4], Millimetre, true, false, 0),
        row("libhip_m4_rfemur.stl", StlBinary, 78_000, [100.1, 71.28, 174.5], Millimetre, true, false, 0),
        row("gfxmorph_femur.stl", StlBinary, 20_308, [109.1, 71.62, 413.9], Millimetre, false, false, 0),
        row("lss_L3_vertebra.obj", Obj, 9_262, [92.330_16, 94.624_21, 54.598_96], Metre, false, false, 0),
        row("lss_L4_vertebra.obj", Obj, 8_738, [89.760_04, 93.857_37, 46.647_42], Metre, false, false, 0),
        row("lss_pelvis.obj", Obj, 27_432, [145.995_31, 282.160_03, 221.014_83], Metre, false, false, 0),
        row("carotid_lumen_capped.stl", StlAscii, 10_032, [16.08, 12.19, 53.6], Millimetre, false, false, 8),
        row("artery_stenosis_lumen_idealised.stl", StlBinary, 7_100, [95.0, 3.0, 3.0], Millimetre, false, false, 0),
        row("aorta_vmtk_surface.stl", StlBinary, 12_932, [34.3, 83.96, 22.91], Millimetre, false, true, 0),
        row("aorta_vmtk_surface.vtp", Vtp, 12_932, [34.3, 83.96, 22.91], Millimetre, false, true, 0),
    ];
    for expected in table {
        let file = expected.file;
        let judged = load(file);
        let report = &judged.report;
        assert_eq!((report.format, report.triangles), (expected.format, expected.triangles), "{file}");
        assert_eq!(report.unit, expected.unit, "{file}: {}", report.unit_decision.reason);
        assert_eq!(report.frame_decision.basis == Basis::Stated, expected.stated_frame, "{file}");
        assert!(report.watertight, "{file}");
        assert_eq!((report.nonmanifold_edges, report.boundary_loops, report.duplicates), (0, 0, 0), "{file}");
        assert_eq!(report.inverted, if expected.inverted { expected.triangles } else { 0 }, "{file}");
        assert_eq!(report.self_intersections, expected.self_intersections, "{file}");
        assert!(report.volume_mm3.unwrap() > 0.0, "{file}");
        assert_eq!(report.volume_mm3, Some(judged.surface.volume()), "{file}");
        for (found, listed) in extent(report).into_iter().zip(expected.extent) {
            // As many digits as the list has.
            let rounding = if expected.unit == Metre { 1e-5 } else { 5.1e-4 * listed.max(10.0) };
            assert!((found - listed).abs() < rounding, "{file}: {found} mm, listed {listed} mm");
        }
    }
}

#[test]
fn ras_is_turned_to_lps_when_told_and_the_given_unit_counts() {
    let control = RunControl::silent();
    let path = asset("aorta_vmtk_surface.stl");
    let plain = mesh_io::load_surface(&path, None, None, &control).unwrap();
    let told = mesh_io::load_surface(&path, Some(LengthUnit::Centimetre), Some(Frame::Ras), &control).unwrap();
    let (p, q) = (plain.surface.points[17], told.surface.points[17]);
    assert_eq!([q.x, q.y, q.z], [-10.0 * p.x, -10.0 * p.y, 10.0 * p.z]);
    assert_eq!(plain.surface.triangles, told.surface.triangles, "the turn keeps the winding");
    assert!((told.surface.volume() / plain.surface.volume() - 1000.0).abs() < 1e-9);
    assert!(told.report.is_free_of_guesses() && !plain.report.is_free_of_guesses());
    let finding = plain.report.finding("inverted").unwrap();
    assert_eq!((finding.count, finding.severity), (12_932, Severity::Warning));
    assert!(finding.message.contains("12932 of 12932 triangles faced inward") && finding.repair.contains("turned"));
    assert!(plain.report.finding("frame-assumed").is_some());
}

#[test]
fn the_report_has_the_keys_of_the_import_verb_and_comes_back_from_json() {
    let report = load("lss_L4_vertebra.obj").report;
    let json = serde_json::to_value(&report).unwrap();
    let keys = [
        "kind",
        "format",
        "unit",
        "frame",
        "nodes",
        "triangles",
        "elements",
        "components",
        "boundary_loops",
        "nonmanifold_edges",
        "self_intersections",
        "inverted",
        "duplicates",
        "watertight",
        "volume_mm3",
        "area_mm2",
        "bounds_mm",
        "sha256",
        "findings",
        "genus",
    ];
    for key in keys {
        assert!(json.get(key).is_some(), "{key} is missing");
    }
    for key in ["severity", "code", "count", "message", "repair"] {
        assert!(json["findings"][0].get(key).is_some(), "{key} is missing");
    }
    assert_eq!((&json["kind"], &json["unit"], &json["format"]), (&"surface".into(), &"m".into(), &"obj".into()));
    assert_eq!(json["unit_decision"]["certain"], true);
    // From `sha256sum`, as the shared data's list has it.
    assert!(json["sha256"].as_str().unwrap().starts_with("2ca9e3d80927"));
    assert_eq!(serde_json::from_value::<ImportReport>(json).unwrap(), report);
}

#[test]
fn stl_writers_give_back_the_surface_and_say_their_frame_and_unit() {
    let control = RunControl::silent();
    let folder = tempfile::tempdir().unwrap();
    let mut surface = load("artery_stenosis_lumen_idealised.stl").surface;
    surface.regions.insert("inlet".to_owned(), vec![0, 5, 7]);
    let (binary, ascii) = (folder.path().join("b.stl"), folder.path().join("a.stl"));
    mesh_io::write_stl_binary(&binary, &surface, &control).unwrap();
    mesh_io::write_stl_ascii(&ascii, &surface, &control).unwrap();
    for (path, format) in [(&binary, Format::StlBinary), (&ascii, Format::StlAscii)] {
        let back = mesh_io::load_surface(path, None, None, &control).unwrap();
        assert_eq!(back.report.format, format);
        assert!(back.report.is_free_of_guesses(), "frame and unit are stated");
        assert_eq!((back.surface.points.len(), back.surface.triangles.len()), (surface.points.len(), 7_100));
        // The asset holds single precision, so even the binary file loses nothing.
        assert_eq!(back.surface.area().to_bits() >> 8, surface.area().to_bits() >> 8);
    }
    let back = mesh_io::read_surface(&ascii, &control).unwrap().surface;
    assert_eq!(back.regions["inlet"], [0, 1, 2]);
    assert_eq!((back.corners(0), back.corners(2)), (surface.corners(0), surface.corners(7)));
}

#[test]
fn tobj_sees_the_same_triangles() {
    let path = asset("lss_L3_vertebra.obj");
    let ours = mesh_io::read_surface(&path, &RunControl::silent()).unwrap().surface;
    let options = tobj::LoadOptions { triangulate: true, single_index: false, ..tobj::LoadOptions::default() };
    let (models, _) = tobj::load_obj(&path, &options).unwrap();
    let theirs: Vec<[f32; 3]> = models
        .iter()
        .flat_map(|model| {
            model.mesh.indices.iter().map(|&v| v as usize).map(|v| &model.mesh.positions[3 * v..3 * v + 3])
        })
        .map(|p| [p[0], p[1], p[2]])
        .collect();
    let corners = (0..ours.triangles.len()).flat_map(|t| ours.corners(t));
    let ours: Vec<[f32; 3]> = corners.map(|p| [p.x as f32, p.y as f32, p.z as f32]).collect();
    assert_eq!(ours, theirs);
}
