//! No bytes make a reader panic: random bytes, cut files, files with changed bytes.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use control::RunControl;
use mesh::{ElementKind, Field, Point3, Region, SurfaceMesh, VolumeMesh};
use mesh_io::{HexIntegration, MeshIoError, XmlEncoding, read_mesh_bytes};
use proptest::prelude::*;
use std::sync::LazyLock;

const NAMES: [&str; 9] = ["a.stl", "a.ply", "a.obj", "a.vtp", "a.vtk", "a.msh", "a.inp", "a.ele", "a"];

fn surface() -> SurfaceMesh {
    let points = [[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [0., 0., 1.]].map(Point3::from).to_vec();
    let mut surface = SurfaceMesh::new(points, vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]]);
    surface.regions.insert("wall".to_owned(), vec![1, 2]);
    surface
}

/// A small valid file of every format and encoding.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let control = RunControl::silent();
    let folder = tempfile::tempdir().unwrap();
    let surface = surface();
    let mut mesh = VolumeMesh::new(surface.points.clone(), ElementKind::Tet4, vec![0, 1, 2, 3]);
    mesh.regions.insert("base".to_owned(), Region::Nodes(vec![0, 1, 2]));
    let field = [Field::on_nodes("u", "mm", 3, vec![0.25; 12])];
    let mut files: Vec<Vec<u8>> = Vec::new();
    for encoding in XmlEncoding::ALL {
        for is_volume in [true, false] {
            let mut bytes = Vec::new();
            match is_volume {
                true => mesh_io::encode_vtu(&mut bytes, &mesh, &field, encoding, &control).unwrap(),
                false => mesh_io::encode_vtp(&mut bytes, &surface, &field, encoding, &control).unwrap(),
            }
            files.push(bytes);
        }
    }
    let (mut msh, mut inp) = (Vec::new(), Vec::new());
    mesh_io::encode_msh(&mut msh, &mesh, &control).unwrap();
    mesh_io::encode_inp(&mut inp, &mesh, HexIntegration::Full, &control).unwrap();
    files.extend([msh, inp]);
    let path = folder.path().join("a.stl");
    mesh_io::write_stl_binary(&path, &surface, &control).unwrap();
    files.push(std::fs::read(&path).unwrap());
    mesh_io::write_stl_ascii(&path, &surface, &control).unwrap();
    files.push(std::fs::read(&path).unwrap());
    let ply = "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n\
               element face 2\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n3 0 1 2\n";
    files.push(ply.into());
    let header = ply.split("end_header\n").next().unwrap().replace("ascii", "binary_little_endian");
    let mut binary = (header + "end_header\n").into_bytes();
    [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]
        .iter()
        .for_each(|x| binary.extend(x.to_le_bytes()));
    for face in [&[0, 1, 2, 3][..], &[0, 1, 2]] {
        binary.push(face.len() as u8);
        face.iter().for_each(|v: &i32| binary.extend(v.to_le_bytes()));
    }
    files.push(binary);
    files.push(
        b"# made here\no a\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0.2 0.1 0\nv 0 1 0\ng b\nf 1 2 3 4 5\nf -1/1 -2//2 -3/1/1\n"
            .into(),
    );
    let legacy = |kind: &str, rest: &str| {
        format!("# vtk DataFile Version 5.1\nSPACE=RAS\nASCII\nDATASET {kind}\nPOINTS 4 float\n0 0 0 1 0 0 0 1 0 0 0 1\n{rest}").into_bytes()
    };
    let attributes = "POINT_DATA 4\nSCALARS s float\nLOOKUP_TABLE default\n1 2 3 4\nVECTORS v double\n1 2 3 4 5 6 7 8 9 10 11 12\n\
                      FIELD f 2\na%20b 1 4 int\n1 2 3 4\nc 1 4 string\nw\nx\ny\nz\nMETADATA\nINFORMATION 0\n\n";
    files.push(legacy(
        "POLYDATA",
        &format!("POLYGONS 2 8\n3 0 1 2 3 0 2 3\nTRIANGLE_STRIPS 1 5\n4 0 1 2 3\n{attributes}"),
    ));
    let cells = "CELLS 2 4\nOFFSETS vtktypeint64\n0 4\nCONNECTIVITY vtktypeint64\n0 1 2 3\nCELL_TYPES 1\n10\n";
    files.push(legacy("UNSTRUCTURED_GRID", &format!("{cells}{attributes}")));
    files.push(
        [
            &b"# vtk DataFile Version 3.0\nt\nBINARY\nDATASET POLYDATA\nPOINTS 3 float\n"[..],
            &[0; 16],
            &[0x3F, 0x80, 0, 0].repeat(5),
            b"\nPOLYGONS 1 4\n",
            &[0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2],
        ]
        .concat(),
    );
    files
});

fn read(name: &str, bytes: &[u8]) -> Result<mesh_io::MeshFile, MeshIoError> {
    read_mesh_bytes(name, bytes, &RunControl::silent())
}

#[test]
fn the_files_to_be_damaged_are_sound() {
    for bytes in FILES.iter() {
        let outcome = read("a", bytes);
        assert!(outcome.is_ok(), "{:?}: {}", String::from_utf8_lossy(&bytes[..40]), outcome.unwrap_err());
    }
}

#[test]
fn files_that_are_no_mesh_are_refused_with_the_reason() {
    let message = |name: &str, bytes: &[u8]| read(name, bytes).unwrap_err().to_string();
    let text = message("notes.stl", b"hello world");
    assert!(
        text.contains("notes.stl") && text.contains("hello world") && text.contains("no known mesh format"),
        "{text}"
    );
    assert!(message("a.stl", b"").contains("is empty (0 bytes)"));
    assert!(message("a.stl", &[0; 30]).contains("needs 84 bytes, but the file ends after 30"));
    assert!(message("a.stl", b"solid but prose follows\nand more").contains("line 2"));
    assert!(message("a.vtu", b"<?xml version=\"1.0\"?><VTKFile type=\"ImageData\"/>").contains("ImageData"));
    assert!(message("a.vtp", b"<VTKFile type=\"PolyData\"><PolyData>").contains("truncated"));
    let missing = mesh_io::read_mesh("/no/such/file.stl".as_ref(), &RunControl::silent()).unwrap_err().to_string();
    assert!(missing.contains("cannot read /no/such/file.stl"), "{missing}");
}

#[test]
fn a_cancelled_run_reads_no_volume_mesh() {
    let control = RunControl::silent();
    control.cancel();
    let is_msh_or_inp = |bytes: &&Vec<u8>| bytes.starts_with(b"$Mesh") || bytes.starts_with(b"** ");
    let outcomes: Vec<_> =
        FILES.iter().filter(is_msh_or_inp).map(|bytes| read_mesh_bytes("a", bytes, &control)).collect();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(MeshIoError::Cancelled(_)))), "{outcomes:?}");
}

#[test]
fn a_volume_asked_for_as_a_surface_says_what_it_is() {
    let vtu = &FILES[0];
    let error = mesh_io::read_surface_bytes("a.vtu", vtu, &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("holds a volume mesh of 1 elements, but a surface is needed"), "{error}");
    let error = mesh_io::read_volume_bytes("a.vtp", &FILES[1], &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("holds a surface of 4 triangles, but a volume mesh is needed"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in 0..NAMES.len()) {
        let _ = read(NAMES[name], &bytes);
    }

    #[test]
    fn damaged_files_never_panic_and_are_valid_when_they_are_read(
        file in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        name in 0..NAMES.len(),
    ) {
        let mut bytes = FILES[file.index(FILES.len())].clone();
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        for (at, byte) in changes {
            let at = at.index(bytes.len().max(1));
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
        }
        match read(NAMES[name], &bytes) {
            Ok(mesh_io::MeshFile::Surface(file)) => prop_assert!(file.surface.validate().is_ok()),
            Ok(mesh_io::MeshFile::Volume(file)) => prop_assert!(file.mesh.validate().is_ok()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    /// Numbers in texts replaced by absurd ones: nothing is allocated on trust.
    #[test]
    fn absurd_counts_are_refused(file in 0..FILES.len(), word in any::<prop::sample::Index>(), number in prop::sample::select(
        vec!["18446744073709551615", "9223372036854775807", "4294967295", "999999999999", "-1", "1e400", "nan"])
    ) {
        let text = FILES[file].clone();
        let is_digit = |k: usize| text[k].is_ascii_digit();
        let starts: Vec<usize> = (0..text.len()).filter(|&k| is_digit(k) && (k == 0 || !is_digit(k - 1))).collect();
        // The binary STL has no digits.
        if starts.is_empty() {
            return Ok(());
        }
        let start = starts[word.index(starts.len())];
        let end = (start..text.len()).find(|&k| !is_digit(k)).unwrap_or(text.len());
        let bytes = [&text[..start], number.as_bytes(), &text[end..]].concat();
        let _ = read("a", &bytes);
    }
}
