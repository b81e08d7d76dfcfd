//! Round trips and damaged files of every image format.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use control::RunControl;
use flate2::Compression;
use flate2::write::GzEncoder;
use imaging::{
    Grid, Image, ImageFile, Rescale, Voxels, read_image, read_image_bytes, write_metaimage, write_nifti, write_nrrd,
};
use mesh_io::Frame;
use nalgebra::{Matrix3, Point3, Rotation3, Vector3};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// An oblique image of differing spacings with some type of numbers.
fn image(scalar: usize) -> Image {
    let turn = Rotation3::from_euler_angles(0.1, -0.2, 0.3);
    let axes = turn.matrix() * Matrix3::from_diagonal(&Vector3::new(0.7, 0.8, 2.5));
    let grid = Grid::new([5, 4, 3], Point3::new(-12.5, 30.25, 600.0), axes).unwrap();
    let numbers = 0..grid.count() as i64;
    let voxels = match scalar {
        0 => Voxels::U8(numbers.map(|n| n as u8).collect()),
        1 => Voxels::I8(numbers.map(|n| n as i8 - 30).collect()),
        2 => Voxels::U16(numbers.map(|n| 1000 * n as u16).collect()),
        3 => Voxels::I16(numbers.map(|n| 500 * n as i16 - 1024).collect()),
        4 => Voxels::U32(numbers.map(|n| 70_000_000 * n as u32).collect()),
        5 => Voxels::I32(numbers.map(|n| -(n as i32)).collect()),
        6 => Voxels::U64(numbers.map(|n| n as u64).collect()),
        7 => Voxels::I64(numbers.map(|n| -n).collect()),
        8 => Voxels::F32(numbers.map(|n| n as f32 / 3.0).collect()),
        _ => Voxels::F64(numbers.map(|n| n as f64 / 3.0).collect()),
    };
    Image { grid, voxels, rescale: Rescale::NONE }
}

fn assert_same(read: ImageFile, written: &Image) {
    let read = read.in_lps_mm(None, None);
    assert_eq!(read.voxels, written.voxels);
    assert_eq!(read.grid.dimensions, written.grid.dimensions);
    assert!((read.grid.axes - written.grid.axes).norm() < 1e-6, "{} {}", read.grid.axes, written.grid.axes);
    // NIfTI keeps positions in single precision.
    assert!((read.grid.origin - written.grid.origin).norm() < 1e-4);
}

#[test]
fn every_writer_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let labels = BTreeMap::from([(1, "femur, left".to_owned()), (7, "cup".to_owned())]);
    for scalar in 0..10 {
        let written = image(scalar);
        for name in ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"] {
            let path = folder.path().join(name);
            match name {
                "a.nrrd" => write_nrrd(&path, &written, &labels, &RunControl::silent()).unwrap(),
                "a.mha" => write_metaimage(&path, &written, &RunControl::silent()).unwrap(),
                _ => write_nifti(&path, &written, &RunControl::silent()).unwrap(),
            }
            let read = read_image(&path, &RunControl::silent()).unwrap();
            assert!(read.withheld.is_empty(), "{name}: {:?}", read.withheld);
            if name == "a.nrrd" {
                assert_eq!(read.labels, labels);
            }
            assert_eq!(read.provenance.frame, Some(if name.starts_with("a.nii") { Frame::Ras } else { Frame::Lps }));
            assert_same(read, &written);
        }
    }
}

#[test]
fn scaling_survives_where_the_format_has_it_and_is_applied_where_not() {
    let folder = tempfile::tempdir().unwrap();
    let written = Image { rescale: Rescale { slope: 0.5, intercept: -1024.0 }, ..image(3) };
    for name in ["a.nii.gz", "a.nrrd", "a.mha"] {
        let path = folder.path().join(name);
        match name {
            "a.nrrd" => write_nrrd(&path, &written, &BTreeMap::new(), &RunControl::silent()).unwrap(),
            "a.mha" => write_metaimage(&path, &written, &RunControl::silent()).unwrap(),
            _ => write_nifti(&path, &written, &RunControl::silent()).unwrap(),
        }
        let read = read_image(&path, &RunControl::silent()).unwrap().image;
        for index in 0..written.voxels.len() {
            assert_eq!(read.value(index), written.value(index), "{name}");
        }
    }
}

/// Small files of every format, plain and packed.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |name: &str, write: &dyn Fn(&Path)| {
        let path = folder.path().join(name);
        write(&path);
        std::fs::read(path).unwrap()
    };
    let small = image(3);
    let vti = "<?xml version=\"1.0\"?>\n<VTKFile type=\"ImageData\" version=\"0.1\" byte_order=\"LittleEndian\">\n\
        <ImageData WholeExtent=\"0 1 0 1 0 1\" Origin=\"0 0 0\" Spacing=\"1 1 2\" Direction=\"1 0 0 0 1 0 0 0 1\">\n\
        <Piece Extent=\"0 1 0 1 0 1\"><PointData Scalars=\"v\">\
        <DataArray type=\"UInt8\" Name=\"v\" format=\"ascii\">0 1 2 3 4 5 6 7</DataArray>\
        </PointData></Piece></ImageData></VTKFile>";
    let legacy = "# vtk DataFile Version 3.0\nt\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 2 2 2\nORIGIN 0 0 0\n\
        SPACING 1 1 2\nPOINT_DATA 8\nSCALARS v float 1\nLOOKUP_TABLE default\n0 1 2 3 4 5 6 7\n";
    let nrrd = "NRRD0004\n# c\ntype: short\ndimension: 3\nsizes: 2 2 2\nspacings: 1 1 2\nencoding: text\n\
        endian: little\nPatientName:=DOE^JANE\n\n0 1 2 3 4 5 6 7\n";
    vec![
        ("a.nii", bytes("a.nii", &|path| write_nifti(path, &small, &RunControl::silent()).unwrap())),
        ("a.nii.gz", bytes("a.nii.gz", &|path| write_nifti(path, &small, &RunControl::silent()).unwrap())),
        ("a.nrrd", bytes("a.nrrd", &|path| write_nrrd(path, &small, &BTreeMap::new(), &RunControl::silent()).unwrap())),
        ("b.nrrd", nrrd.as_bytes().to_vec()),
        ("a.mha", bytes("a.mha", &|path| write_metaimage(path, &small, &RunControl::silent()).unwrap())),
        ("a.vti", vti.as_bytes().to_vec()),
        ("a.vtk", legacy.as_bytes().to_vec()),
    ]
}

#[test]
fn texts_of_vtk_and_nrrd_are_read() {
    for (name, bytes) in samples().into_iter().filter(|(name, _)| ["b.nrrd", "a.vti", "a.vtk"].contains(name)) {
        let read = read_image_bytes(name, &bytes, &RunControl::silent()).unwrap();
        assert_eq!((read.image.value(0), read.image.value(7)), (0.0, 7.0), "{name}");
        assert_eq!(read.image.grid.spacing(), [1.0, 1.0, 2.0], "{name}");
        if name == "b.nrrd" {
            assert_eq!(read.withheld, ["PatientName"]);
            assert!(!format!("{read:?}").contains("DOE"));
        }
    }
}

/// No damage may panic or hang, whatever it hits; 10 000 damaged files a format.
#[test]
fn damaged_files_are_refused_or_read_but_never_panic() {
    let control = RunControl::silent();
    for (name, whole) in samples() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |below: usize| {
            // Steele, Lea and Flood (2014): splitmix64.
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) % below.max(1) as u64) as usize
        };
        for round in 0..10_000 {
            let mut bytes = whole.clone();
            // The first rounds cut the file, the others change some bytes, most often in the header.
            if round < 500 {
                bytes.truncate(next(whole.len()));
            }
            for _ in 0..1 + next(4) {
                let reach = if next(3) > 0 { bytes.len().min(400) } else { bytes.len() };
                let place = next(reach);
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = [next(256) as u8, b'9', b'-', 0xFF, 0][next(5)];
                }
            }
            let _ = read_image_bytes(name, &bytes, &control);
        }
    }
}

/// Counts that no machine holds are refused before anything is allocated for them.
#[test]
fn absurd_counts_are_refused() {
    let control = RunControl::silent();
    let refused = |name: &str, bytes: &[u8]| {
        let error = read_image_bytes(name, bytes, &control).unwrap_err().to_string();
        assert!(
            error.contains("truncated") || error.contains("more than") || error.contains("stated"),
            "{name}: {error}"
        );
    };
    for (name, bytes) in samples() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match name {
            "a.nii" | "a.nii.gz" => {
                let mut plain = samples()[0].1.clone();
                plain[42..48].copy_from_slice(&[0xFF, 0x7F, 0xFF, 0x7F, 0xFF, 0x03]);
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(&plain).unwrap();
                refused(name, &plain);
                refused(name, &packed.finish().unwrap());
            }
            "b.nrrd" => refused(name, text.replace("sizes: 2 2 2", "sizes: 2000 1000 1000").as_bytes()),
            "a.vti" => refused(name, text.replace("\"0 1 0 1 0 1\"", "\"0 999 0 999 0 999\"").as_bytes()),
            "a.vtk" => refused(name, text.replace("DIMENSIONS 2 2 2", "DIMENSIONS 2000 1000 1000").as_bytes()),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Any grid survives NIfTI's single precision and the frame's turn.
    #[test]
    fn grids_survive(
        angles in [-3.0..3.0_f64, -1.5..1.5, -3.0..3.0],
        spacing in [0.05..5.0_f64, 0.05..5.0, 0.05..10.0],
        origin in [-2000.0..2000.0_f64, -2000.0..2000.0, -2000.0..2000.0],
        mirrored in proptest::bool::ANY,
    ) {
        let turn = Rotation3::from_euler_angles(angles[0], angles[1], angles[2]);
        let z = if mirrored { -spacing[2] } else { spacing[2] };
        let axes = turn.matrix() * Matrix3::from_diagonal(&Vector3::new(spacing[0], spacing[1], z));
        let grid = Grid::new([3, 2, 2], Point3::from(origin), axes).unwrap();
        let written = Image { grid, voxels: Voxels::U8((0..12).collect()), rescale: Rescale::NONE };
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.nii.gz", "a.nrrd", "a.mha"] {
            let path = folder.path().join(name);
            match name {
                "a.nrrd" => write_nrrd(&path, &written, &BTreeMap::new(), &RunControl::silent()).unwrap(),
                "a.mha" => write_metaimage(&path, &written, &RunControl::silent()).unwrap(),
                _ => write_nifti(&path, &written, &RunControl::silent()).unwrap(),
            }
            let read = read_image(&path, &RunControl::silent()).unwrap().in_lps_mm(None, None);
            prop_assert!((read.grid.axes - written.grid.axes).norm() < 1e-5);
            prop_assert!((read.grid.origin - written.grid.origin).norm() < 1e-3);
            prop_assert_eq!(&read.voxels, &written.voxels);
        }
    }
}
