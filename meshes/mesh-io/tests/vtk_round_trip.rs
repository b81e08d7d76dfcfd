//! What the writers write, the readers read back unchanged, in every encoding; files of VTK itself are read.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use control::RunControl;
use mesh::{ElementBlock, ElementKind, Face, Field, Point3, Region, SurfaceMesh, VolumeMesh};
use mesh_io::{Format, Frame, LengthUnit, MeshIoError, XmlEncoding};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod support;

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/anatomies").join(name)
}

/// A tetrahedron, a hexahedron and a quadratic tetrahedron with a region of each kind and names that need escaping.
fn mixed() -> (VolumeMesh, Vec<Field>) {
    let nodes: Vec<_> = (0..16)
        .map(|k| {
            let k = f64::from(k);
            Point3::new((1.0 + k).sqrt(), -k / 3.0, k * k * 1e-7)
        })
        .collect();
    let blocks = vec![
        ElementBlock { kind: ElementKind::Tet4, connectivity: vec![0, 1, 2, 3, 4, 5, 6, 7] },
        ElementBlock { kind: ElementKind::Hex8, connectivity: vec![0, 1, 2, 3, 4, 5, 6, 7] },
        ElementBlock { kind: ElementKind::Tet10, connectivity: (6..16).collect() },
    ];
    let regions = BTreeMap::from([
        ("cut <distal> & \"more\"".to_owned(), Region::Nodes(vec![1, 2, 9])),
        ("head".to_owned(), Region::Faces(vec![Face { element: 0, side: 3 }, Face { element: 2, side: 5 }])),
        ("nothing".to_owned(), Region::Nodes(vec![])),
        ("shaft".to_owned(), Region::Elements(vec![1, 3])),
    ]);
    let values = |count: usize| (0..count).map(|k| (k as f64 * 0.1).sin() * 10_f64.powi(k as i32 % 7 - 3)).collect();
    let fields = vec![
        Field::on_nodes("displacement", "mm", 3, values(48)),
        Field::on_nodes("temperature", "", 1, values(16)),
        Field::on_elements("stress", "MPa", 6, values(24)),
        Field::on_elements("damage", "1", 1, values(4)),
    ];
    (VolumeMesh { nodes, blocks, regions }, fields)
}

fn vtu(encoding: XmlEncoding) -> Vec<u8> {
    let (mesh, fields) = mixed();
    let mut bytes = Vec::new();
    mesh_io::encode_vtu(&mut bytes, &mesh, &fields, encoding, &RunControl::silent()).unwrap();
    bytes
}

#[test]
fn vtu_comes_back_to_the_last_bit_in_every_encoding() {
    let (mesh, fields) = mixed();
    for encoding in XmlEncoding::ALL {
        let file = mesh_io::read_volume_bytes("a.vtu", &vtu(encoding), &RunControl::silent()).unwrap();
        assert_eq!(file.mesh, mesh, "{encoding:?}");
        assert_eq!(file.fields, fields, "{encoding:?}");
        assert_eq!(file.provenance.format, Format::Vtu);
        assert_eq!((file.provenance.frame, file.provenance.unit), (Some(Frame::Lps), Some(LengthUnit::Millimetre)));
        assert!(file.provenance.notes.is_empty(), "{:?}", file.provenance.notes);
    }
}

#[test]
fn blocks_of_more_than_a_mebibyte_come_back_and_the_bytes_do_not_depend_on_the_thread_count() {
    let nodes: Vec<_> =
        (0..100_000).map(|k| Point3::new(f64::from(k).sin(), f64::from(k).cos(), 1.0 / f64::from(k + 1))).collect();
    let connectivity: Vec<u32> = (0..100_000).collect();
    let mesh = VolumeMesh::new(nodes, ElementKind::Tet4, connectivity);
    let encode = |threads: usize, encoding| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut bytes = Vec::new();
        pool.install(|| mesh_io::encode_vtu(&mut bytes, &mesh, &[], encoding, &RunControl::silent()).unwrap());
        bytes
    };
    for encoding in [XmlEncoding::AppendedRawZlib, XmlEncoding::Base64Zlib] {
        let bytes = encode(1, encoding);
        assert_eq!(bytes, encode(3, encoding));
        assert_eq!(mesh_io::read_volume_bytes("a.vtu", &bytes, &RunControl::silent()).unwrap().mesh, mesh);
    }
}

#[test]
fn vtp_comes_back_with_regions_and_fields() {
    let points = mixed().0.nodes;
    let mut surface = SurfaceMesh::new(points, vec![[0, 1, 2], [2, 1, 3], [7, 8, 9]]);
    surface.regions.insert("inlet".to_owned(), vec![0, 2]);
    let fields = vec![Field::on_elements("wall shear stress", "Pa", 1, vec![1.0, 2.5, -3.0])];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wall.vtp");
    mesh_io::write_vtp(&path, &surface, &fields, &RunControl::silent()).unwrap();
    let file = mesh_io::read_surface(&path, &RunControl::silent()).unwrap();
    assert_eq!((file.surface, file.fields), (surface, fields));
}

#[test]
fn every_truncation_of_a_vtu_is_a_typed_error() {
    for encoding in XmlEncoding::ALL {
        let whole = vtu(encoding);
        // The closing tags behind appended data may be missing without loss.
        let data_end = whole.len() - "\n</AppendedData>\n</VTKFile>\n".len();
        for length in (0..data_end).step_by(97) {
            let outcome = mesh_io::read_volume_bytes("a.vtu", &whole[..length], &RunControl::silent());
            assert!(outcome.is_err(), "{encoding:?} cut to {length} of {}", whole.len());
        }
    }
}

#[test]
fn a_field_of_the_wrong_length_or_a_bad_node_is_not_written() {
    let (mut mesh, _) = mixed();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.vtu");
    let short = [Field::on_nodes("u", "mm", 3, vec![0.0; 47])];
    let error = mesh_io::write_vtu(&path, &mesh, &short, &RunControl::silent()).unwrap_err();
    assert!(error.to_string().contains("field \"u\" has 47 values where 48 are needed"), "{error}");
    mesh.nodes[3].y = f64::NAN;
    let error = mesh_io::write_vtu(&path, &mesh, &[], &RunControl::silent()).unwrap_err();
    assert!(error.to_string().contains("node 3"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_aorta_is_the_same_in_vtks_own_stl_and_vtp() {
    let control = RunControl::silent();
    let stl = mesh_io::read_surface(&asset("aorta_vmtk_surface.stl"), &control).unwrap();
    let vtp = mesh_io::read_surface(&asset("aorta_vmtk_surface.vtp"), &control).unwrap();
    assert_eq!((stl.provenance.format, vtp.provenance.format), (Format::StlBinary, Format::Vtp));
    assert_eq!((vtp.surface.triangles.len(), vtp.surface.points.len()), (12_932, 6_468));
    for t in 0..12_932 {
        assert_eq!(stl.surface.corners(t), vtp.surface.corners(t), "triangle {t}");
    }
    let normals = vtp.fields.iter().find(|field| field.name == "Normals_").unwrap();
    assert_eq!((normals.components, normals.len()), (3, 6_468));
    assert!((normals.tuple(17).iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-6, "unit normals");
}

fn read_legacy(bytes: &[u8]) -> Result<mesh_io::MeshFile, MeshIoError> {
    mesh_io::read_mesh_bytes("a.vtk", bytes, &RunControl::silent())
}

/// Numbers as text or big-endian bytes, the way legacy files have them.
struct Legacy {
    bytes: Vec<u8>,
    is_binary: bool,
}

impl Legacy {
    fn new(is_binary: bool) -> Self {
        let kind = if is_binary { "BINARY" } else { "ASCII" };
        Self {
            bytes: format!("# vtk DataFile Version 4.2\n3D Slicer output. SPACE=RAS\n{kind}\n").into_bytes(),
            is_binary,
        }
    }

    fn line(mut self, text: &str) -> Self {
        self.bytes.extend(text.as_bytes());
        self.bytes.push(b'\n');
        self
    }

    fn numbers<const N: usize>(mut self, values: &[f64], bytes: impl Fn(f64) -> [u8; N]) -> Self {
        for &value in values {
            match self.is_binary {
                true => self.bytes.extend(bytes(value)),
                false => self.bytes.extend(format!("{value} ").as_bytes()),
            }
        }
        self.bytes.push(b'\n');
        self
    }

    fn floats(self, values: &[f64]) -> Self {
        self.numbers(values, |value| (value as f32).to_be_bytes())
    }

    fn integers(self, values: &[f64]) -> Self {
        self.numbers(values, |value| (value as i32).to_be_bytes())
    }

    fn wide(self, values: &[f64]) -> Self {
        self.numbers(values, |value| (value as i64).to_be_bytes())
    }
}

const CORNERS: [f64; 15] = [0., 0., 0., 1., 0., 0., 1., 1., 0., 0., 1., 0., 0.5, 0.5, 1.];

#[test]
fn legacy_polydata_is_read_in_text_and_binary_old_and_new_layout() {
    for is_binary in [false, true] {
        let head = || {
            Legacy::new(is_binary)
                .line("DATASET POLYDATA")
                .line("FIELD FieldData 1")
                .line("note 1 2 int")
                .integers(&[7.0, 8.0])
                .line("POINTS 5 float")
                .floats(&CORNERS)
                .line("METADATA\nINFORMATION 0\n")
        };
        let old = head().line("POLYGONS 2 9").integers(&[4., 0., 3., 2., 1., 3., 0., 1., 4.]);
        let new = head().line("POLYGONS 3 7").line("OFFSETS vtktypeint64").wide(&[0., 4., 7.]);
        let new = new.line("CONNECTIVITY vtktypeint64").wide(&[0., 3., 2., 1., 0., 1., 4.]);
        for legacy in [old, new] {
            let legacy = legacy.line("TRIANGLE_STRIPS 1 5").integers(&[4., 1., 2., 4., 3.]);
            let legacy =
                legacy.line("POINT_DATA 5\nSCALARS heat float 1\nLOOKUP_TABLE default").floats(&[1., 2., 3., 4., 5.]);
            let legacy = legacy.line("CELL_DATA 3\nFIELD FieldData 1\nlabel%20id 1 3 int").integers(&[10., 20., 30.]);
            let file = read_legacy(&legacy.bytes).unwrap().into_surface().unwrap();
            assert_eq!(file.provenance.frame, Some(Frame::Ras));
            assert_eq!(file.surface.triangles, [[0, 3, 2], [0, 2, 1], [0, 1, 4], [1, 2, 4], [4, 2, 3]]);
            let heat = Field::on_nodes("heat", "", 1, vec![1., 2., 3., 4., 5.]);
            assert_eq!(file.fields, [heat, Field::on_elements("label id", "", 1, vec![10., 10., 20., 30., 30.])]);
        }
    }
}

#[test]
fn legacy_grids_are_read_and_wedges_of_either_orientation_become_positive() {
    let nodes = [[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [1., 0., 1.], [0., 1., 1.]];
    for is_binary in [false, true] {
        let legacy = Legacy::new(is_binary)
            .line("DATASET UNSTRUCTURED_GRID")
            .line("POINTS 6 double")
            .numbers(nodes.as_flattened(), f64::to_be_bytes)
            .line("CELLS 3 19")
            .integers(&[6., 0., 1., 2., 3., 4., 5., 6., 0., 2., 1., 3., 5., 4., 4., 0., 1., 2., 3.])
            .line("CELL_TYPES 3")
            .integers(&[13., 13., 10.])
            .line("CELL_DATA 3\nTENSORS strain float")
            .floats(&[0.5; 27]);
        let file = read_legacy(&legacy.bytes).unwrap().into_volume().unwrap();
        let wedges = [0, 1, 2, 3, 4, 5].repeat(2);
        assert_eq!(file.mesh.blocks[0], ElementBlock { kind: ElementKind::Wedge6, connectivity: wedges });
        assert_eq!(file.mesh.blocks[1], ElementBlock { kind: ElementKind::Tet4, connectivity: vec![0, 1, 2, 3] });
        assert_eq!((file.fields[0].components, file.fields[0].len()), (9, 3));
        assert!(file.provenance.notes[0].contains("1 linear wedges"), "{:?}", file.provenance.notes);
    }
}

#[test]
fn legacy_faults_are_typed_errors() {
    let text = |points: &str, cells: &str| {
        let file =
            format!("# vtk DataFile Version 3.0\nt\nASCII\nDATASET POLYDATA\nPOINTS {points}\nPOLYGONS {cells}\n");
        read_legacy(file.as_bytes()).unwrap_err().to_string()
    };
    let good = "3 float\n0 0 0 1 0 0 0 1 0";
    assert!(text(good, "1 4 3 0 1 9").contains("names vertex 9, but there are 3"));
    assert!(text(good, "1 4 9 0 1 2").contains("cell 0 of 1 does not fit into the 4 numbers stated"));
    assert!(text(good, "1 4 3 0 1").contains("needs 4 numbers, but the file ends after 3"));
    assert!(text("3 float\n0 0 0 1 nan 0 0 1 0", "1 4 3 0 1 2").contains("not finite"));
    assert!(text("99999999999999 float\n0 0 0", "1 4 3 0 1 2").contains("line"));
    let binary = Legacy::new(true).line("DATASET POLYDATA\nPOINTS 99999999999999999 double").floats(&CORNERS);
    assert!(matches!(read_legacy(&binary.bytes), Err(MeshIoError::Truncated { .. })));
    let image = Legacy::new(true).line("DATASET STRUCTURED_POINTS\nDIMENSIONS 2 2 2");
    assert!(read_legacy(&image.bytes).unwrap_err().to_string().contains("STRUCTURED_POINTS"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any sets under any names come back.
    #[test]
    fn random_regions_survive(mesh in support::any_regions()) {
        let mut bytes = Vec::new();
        mesh_io::encode_vtu(&mut bytes, &mesh, &[], XmlEncoding::default(), &RunControl::silent()).unwrap();
        let found = mesh_io::read_volume_bytes("a.vtu", &bytes, &RunControl::silent()).unwrap().mesh;
        prop_assert_eq!(found, mesh);
    }
}
