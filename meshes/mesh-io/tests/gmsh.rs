//! Gmsh files of both versions, text and binary, and what the writer writes.

#![expect(clippy::unwrap_used, reason = "helpers of tests panic like tests")]

use control::RunControl;
use mesh::{ElementBlock, ElementKind, Face, Point3, Region, VolumeMesh};
use mesh_io::{Format, Frame, LengthUnit, MeshFile, MeshIoError};
use proptest::prelude::*;
use std::collections::BTreeMap;

mod support;

fn read(bytes: &[u8]) -> Result<MeshFile, MeshIoError> {
    mesh_io::read_mesh_bytes("a.msh", bytes, &RunControl::silent())
}

fn volume(bytes: &[u8]) -> VolumeMesh {
    read(bytes).unwrap().into_volume().unwrap().mesh
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn encode(mesh: &VolumeMesh) -> Vec<u8> {
    let mut bytes = Vec::new();
    mesh_io::encode_msh(&mut bytes, mesh, &RunControl::silent()).unwrap();
    bytes
}

/// Two tetrahedra on a common triangle in two volume groups (11 and 12), their interface as a group "interface" that
/// points out of the second, the base as a group without a name, an edge and a point. Node numbers have gaps.
const TEXT_2: &str = "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$PhysicalNames\n5\n0 1 \"pin\"\n1 2 \"edge line\"\n\
    2 3 \"inter\"face\"\n3 11 \"lower\"\n3 12 \"upper\"\n$EndPhysicalNames\n$Nodes\n5\n10 0 0 0\n11 1 0 0\n12 0 1 0\n\
    20 0 0 1\n40 1.5 1 1\n$EndNodes\n$Elements\n8\n1 15 2 1 1 40\n2 1 2 2 1 10 11\n3 2 2 -3 1 11 20 12\n\
    4 2 2 9 2 10 12 11\n5 4 2 11 1 10 11 12 20\n6 4 2 12 2 11 12 20 40\n7 4 2 13 2 11 12 20 40\n8 2 2 0 2 10 11 20\n\
    $EndElements\n";

fn expected() -> VolumeMesh {
    let nodes = [[0., 0., 0.], [1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [1.5, 1., 1.]].map(Point3::from).to_vec();
    let mut mesh = VolumeMesh::new(nodes, ElementKind::Tet4, vec![0, 1, 2, 3, 1, 2, 3, 4]);
    mesh.regions = BTreeMap::from([
        ("pin".to_owned(), Region::Nodes(vec![4])),
        ("edge line".to_owned(), Region::Nodes(vec![0, 1])),
        ("inter\"face".to_owned(), Region::Faces(vec![Face { element: 1, side: 0 }])),
        ("surface_9".to_owned(), Region::Faces(vec![Face { element: 0, side: 0 }])),
        ("lower".to_owned(), Region::Elements(vec![0])),
        ("upper".to_owned(), Region::Elements(vec![1])),
        ("volume_13".to_owned(), Region::Elements(vec![1])),
    ]);
    mesh
}

#[test]
fn version_2_text_gives_groups_of_every_dimension_and_joins_copies_of_an_element() {
    let file = read(TEXT_2.as_bytes()).unwrap().into_volume().unwrap();
    assert_eq!(file.mesh, expected());
    assert_eq!(file.provenance.format, Format::Msh);
    assert_eq!((file.provenance.unit, file.provenance.frame), (None, None));
    assert_eq!(file.provenance.notes, ["1 faces outside every physical group were left out"]);
    let crlf = TEXT_2.replace('\n', "\r\n");
    assert_eq!(volume(crlf.as_bytes()), expected());
}

/// Appends numbers in one byte order.
struct Bytes {
    bytes: Vec<u8>,
    is_big: bool,
}

impl Bytes {
    fn new(version: &str, is_big: bool) -> Self {
        Self { bytes: Vec::new(), is_big }
            .text(&format!("$MeshFormat\n{version} 1 8\n"))
            .ints(&[1])
            .text("\n$EndMeshFormat\n")
    }

    fn text(mut self, text: &str) -> Self {
        self.bytes.extend(text.as_bytes());
        self
    }

    fn put<const N: usize>(&mut self, mut little: [u8; N]) {
        if self.is_big {
            little.reverse();
        }
        self.bytes.extend(little);
    }

    fn ints(mut self, values: &[i32]) -> Self {
        values.iter().for_each(|value| self.put(value.to_le_bytes()));
        self
    }

    fn sizes(mut self, values: &[u64]) -> Self {
        values.iter().for_each(|value| self.put(value.to_le_bytes()));
        self
    }

    fn reals(mut self, values: &[f64]) -> Self {
        values.iter().for_each(|value| self.put(value.to_le_bytes()));
        self
    }
}

fn names() -> &'static str {
    let start = TEXT_2.find("$PhysicalNames").unwrap();
    &TEXT_2[start..TEXT_2.find("$Nodes").unwrap()]
}

fn binary_2(is_big: bool) -> Vec<u8> {
    let mut file = Bytes::new("2.2", is_big).text(names()).text("$Nodes\n5\n");
    for (number, p) in [10, 11, 12, 20, 40].into_iter().zip(expected().nodes) {
        file = file.ints(&[number]).reals(&[p.x, p.y, p.z]);
    }
    let file =
        file.text("\n$EndNodes\n$Elements\n8\n").ints(&[15, 1, 2, 1, 1, 1, 40]).ints(&[1, 1, 2, 2, 2, 1, 10, 11]);
    let file = file.ints(&[2, 3, 2, 3, 3, 1, 11, 20, 12, 4, 9, 2, 10, 12, 11, 8, 0, 2, 10, 11, 20]);
    let file = file.ints(&[4, 3, 2, 5, 11, 1, 10, 11, 12, 20, 6, 12, 2, 11, 12, 20, 40, 7, 13, 2, 11, 12, 20, 40]);
    file.text("\n$EndElements\n").bytes
}

#[test]
fn version_2_binary_is_read_in_both_byte_orders() {
    for is_big in [false, true] {
        assert_eq!(volume(&binary_2(is_big)), expected());
    }
}

/// The same mesh in version 4.1: the second volume is in two groups and its nodes have parameters.
const TEXT_4: &str = "$Entities\n1 1 3 2\n7 1.5 1 1 1 1\n3 0 0 0 1 0 0 1 2 2 7 -7\n1 0 0 0 1 1 1 1 -3 0\n2 0 0 0 1 1 1 1 9 0\n\
    4 0 0 0 1 1 1 0 1 1\n1 0 0 0 1 1 1 1 11 2 1 2\n2 inf 0 0 1 1 1 2 12 13 0\n$EndEntities\n$Nodes\n2 5 10 40\n\
    3 1 0 4\n10\n11\n12\n20\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n2 2 1 1\n40\n1.5 1 1 0.5 0.5\n$EndNodes\n$Parametrizations\nx\n\
    $EndParametrizations\n$Elements\n7 7 1 8\n0 7 15 1\n1 40\n1 3 1 1\n2 10 11\n2 1 2 1\n3 11 20 12\n2 2 2 1\n4 10 12 11\n\
    2 4 2 1\n8 10 11 20\n3 2 4 1\n6 11 12 20 40\n3 1 4 1\n5 10 11 12 20\n$EndElements\n";

#[test]
fn version_4_text_is_read_and_elements_are_put_into_the_order_of_their_numbers() {
    let bytes = format!("$MeshFormat\n4.1 0 8\n$EndMeshFormat\n{}{TEXT_4}", names());
    assert_eq!(volume(bytes.as_bytes()), expected());
}

fn binary_4(is_big: bool) -> Vec<u8> {
    let bounds = [0., 0., 0., 1., 1., 1.];
    let file = Bytes::new("4.1", is_big).text(names()).text("$Entities\n").sizes(&[1, 1, 3, 2]);
    let file = file.ints(&[7]).reals(&[1.5, 1., 1.]).sizes(&[1]).ints(&[1]);
    let file = file.ints(&[3]).reals(&bounds).sizes(&[1]).ints(&[2]).sizes(&[2]).ints(&[7, -7]);
    let file = file.ints(&[1]).reals(&bounds).sizes(&[1]).ints(&[3]).sizes(&[0]);
    let file = file.ints(&[2]).reals(&bounds).sizes(&[1]).ints(&[9]).sizes(&[0]);
    let file = file.ints(&[4]).reals(&bounds).sizes(&[0, 0]);
    let file = file.ints(&[1]).reals(&bounds).sizes(&[1]).ints(&[11]).sizes(&[0]);
    let file = file.ints(&[2]).reals(&bounds).sizes(&[2]).ints(&[12, 13]).sizes(&[0]);
    let file =
        file.text("\n$EndEntities\n$Nodes\n").sizes(&[2, 5, 10, 40]).ints(&[3, 1, 0]).sizes(&[4, 10, 11, 12, 20]);
    let file = file.reals(&[0., 0., 0., 1., 0., 0., 0., 1., 0., 0., 0., 1.]);
    let file = file.ints(&[1, 3, 1]).sizes(&[1, 40]).reals(&[1.5, 1., 1., 0.25]).text("\n$EndNodes\n$Elements\n");
    let file = file.sizes(&[7, 7, 1, 8]).ints(&[0, 7, 15]).sizes(&[1, 1, 40]).ints(&[1, 3, 1]).sizes(&[1, 2, 10, 11]);
    let file = file.ints(&[2, 1, 2]).sizes(&[1, 3, 11, 20, 12]).ints(&[2, 2, 2]).sizes(&[1, 4, 10, 12, 11]);
    let file = file.ints(&[2, 4, 2]).sizes(&[1, 8, 10, 11, 20]).ints(&[3, 2, 4]).sizes(&[1, 6, 11, 12, 20, 40]);
    file.ints(&[3, 1, 4]).sizes(&[1, 5, 10, 11, 12, 20]).text("\n$EndElements\n").bytes
}

#[test]
fn version_4_binary_is_read_in_both_byte_orders() {
    for is_big in [false, true] {
        assert_eq!(volume(&binary_4(is_big)), expected());
    }
}

#[test]
fn without_solids_the_groups_are_regions_of_triangles() {
    let text = "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$PhysicalNames\n2\n2 1 \"wall\"\n1 5 \"rim\"\n$EndPhysicalNames\n$Nodes\n\
        5\n1 0 0 0\n2 1 0 0\n3 1 1 0\n4 0 1 0\n5 2 0 0\n$EndNodes\n$Elements\n3\n1 3 2 1 1 1 2 3 4\n2 2 2 4 1 2 5 3\n\
        3 1 2 5 1 1 2\n$EndElements\n";
    let file = read(text.as_bytes()).unwrap().into_surface().unwrap();
    assert_eq!(file.surface.triangles, [[0, 1, 2], [0, 2, 3], [1, 4, 2]]);
    let regions = [("surface_4".to_owned(), vec![2]), ("wall".to_owned(), vec![0, 1])];
    assert_eq!(file.surface.regions, BTreeMap::from(regions));
    assert_eq!(file.provenance.notes.len(), 1, "{:?}", file.provenance.notes);
}

/// One element of every solid kind, quadratic nodes where shape functions have them, with regions that overlap.
fn solids() -> VolumeMesh {
    let mut mesh = VolumeMesh::default();
    for (k, kind) in ElementKind::ALL.into_iter().filter(|kind| kind.dimension() == 3).enumerate() {
        let first = mesh.nodes.len() as u32;
        let at = |[x, y, z]: [f64; 3]| Point3::new(x + 3.0 * k as f64 + 1.0 / 3.0, y * 1e-7, z * 1e5 + 0.1);
        mesh.nodes.extend(mesh::shape::reference_nodes(kind).into_iter().map(at));
        mesh.blocks.push(ElementBlock { kind, connectivity: (first..mesh.nodes.len() as u32).collect() });
    }
    let faces =
        |list: &[(u32, u8)]| Region::Faces(list.iter().map(|&(element, side)| Face { element, side }).collect());
    mesh.regions = BTreeMap::from([
        ("A & <b> \"c\"".to_owned(), Region::Elements(vec![0, 1, 4])),
        ("bone".to_owned(), Region::Elements(vec![1, 2, 3, 5])),
        ("contact".to_owned(), faces(&[(0, 3), (2, 1), (3, 5), (5, 4)])),
        ("empty".to_owned(), Region::Nodes(vec![])),
        ("no faces".to_owned(), faces(&[])),
        ("pins Ü".to_owned(), Region::Nodes(vec![0, 7, 30])),
        ("rest".to_owned(), faces(&[(0, 0), (3, 5)])),
        ("some".to_owned(), Region::Nodes(vec![7, 31])),
    ]);
    mesh
}

#[test]
fn all_solid_kinds_come_back_to_the_last_bit_with_every_region() {
    let mesh = solids();
    let file = read(&encode(&mesh)).unwrap().into_volume().unwrap();
    assert_eq!(file.mesh, mesh);
    assert_eq!((file.provenance.unit, file.provenance.frame), (Some(LengthUnit::Millimetre), Some(Frame::Lps)));
    assert!(file.provenance.notes.is_empty(), "{:?}", file.provenance.notes);
}

#[test]
fn mid_edge_nodes_are_written_where_gmsh_has_them() {
    // On the edge from corner 1 to corner 3 in our order of a Tet10 lies node 8, in Gmsh's node 9.
    let text = String::from_utf8(encode(&solids())).unwrap();
    assert!(text.contains("\n3 1 11 1\n") || text.contains(" 11 1\n"), "{text}");
    let tet10 = text.lines().find(|line| line.starts_with("2 5 6 7 8 ")).unwrap();
    assert_eq!(tet10, "2 5 6 7 8 9 10 11 12 14 13");
}

#[test]
fn quadratic_surfaces_come_back_as_elements_and_mixed_dimensions_are_not_written() {
    let nodes: Vec<_> = (0..8).map(|k| Point3::new(f64::from(k), f64::from(k * k), 0.0)).collect();
    let mut mesh = VolumeMesh::new(nodes, ElementKind::Tri6, vec![0, 1, 2, 3, 4, 5]);
    mesh.blocks.push(ElementBlock { kind: ElementKind::Quad8, connectivity: (0..8).collect() });
    mesh.regions.insert("shell".into(), Region::Elements(vec![1]));
    mesh.regions.insert("rim".into(), Region::Nodes(vec![2]));
    assert_eq!(volume(&encode(&mesh)), mesh);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.msh");
    mesh_io::write_msh(&path, &mesh, &RunControl::silent()).unwrap();
    assert_eq!(mesh_io::read_volume(&path, &RunControl::silent()).unwrap().mesh, mesh);
    mesh.blocks.push(ElementBlock { kind: ElementKind::Hex8, connectivity: (0..8).collect() });
    let error = mesh_io::write_msh(&path, &mesh, &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("tri6") && error.contains("VTU"), "{error}");
}

#[test]
fn faults_are_named_with_their_line_and_remedy() {
    let with = |old: &str, new: &str| {
        assert!(TEXT_2.contains(old));
        refusal(TEXT_2.replacen(old, new, 1).as_bytes())
    };
    for (old, new, message) in [
        ("2.2 0", "4 0", "line 2: MSH version 4 is not supported; save it as version 4.1"),
        ("2.2 0", "4.0 0", "MSH version 4.0 is not supported"),
        ("2.2 0", "2.2 7", "the file type 0 (text) or 1 (binary)"),
        ("$Nodes\n5", "$Nodes\n9", "line 19"),
        ("$Nodes\n5", "$Nodes\n4", "line 18: found \"40\", expected $EndNodes"),
        ("$Nodes\n5", "$Nodes\n-5", "not negative"),
        ("$Nodes\n5", "$Nodes\n999999999999999", "truncated"),
        ("$Elements\n8", "$Elements\n88888888888", "truncated"),
        ("20 0 0 1", "20 0 nan 1", "line 17: the coordinate NaN is not finite"),
        ("20 0 0 1", "11 0 0 1", "line 17: the node 11 is defined twice"),
        ("11 12 20 40\n7", "11 12 20 41\n7", "line 27: an element names the node 41, which is not defined"),
        ("2 1 2 2 1 10 11", "2 1 2 2 1 10 99", "line 23: an element names the node 99"),
        ("3 2 2 -3 1 11 20 12", "3 2 2 -3 1 11 77 12", "line 24: an element names the node 77"),
        ("5 4 2 11", "5 7 2 11", "the 5-node pyramid (element type 7) is not supported"),
        (
            "5 4 2 11",
            "5 12 2 11",
            "line 26: the 27-node hexahedron (element type 12) is not supported; set Mesh.Second",
        ),
        ("5 4 2 11", "5 29 2 11", "Mesh.ElementOrder to 1 or 2"),
        ("5 4 2 11", "5 400 2 11", "line 26: the element type 400 is not supported"),
        ("5 4 2 11", "5 4 77777777 11", "truncated"),
        ("2 3 \"inter", "7 3 \"inter", "line 8: found 7, expected the dimension 0 to 3"),
        ("\"upper\"", "upper", "a name in quotation marks"),
        ("$EndElements\n", "", "expected $EndElements"),
    ] {
        let error = with(old, new);
        assert!(error.contains(message), "{old:?} -> {new:?}: {error}");
    }
    assert!(refusal(b"$NOD\n1\n1 0 0 0\n$ENDNOD\n").contains("MSH version 1"));
    assert!(refusal(b"$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$PartitionedEntities\n").contains("without partitions"));
    assert!(refusal(b"$MeshFormat\n4.1 0 8\n$EndMeshFormat\n").contains("no element"));
}

#[test]
fn counts_of_version_4_that_contradict_each_other_are_refused() {
    let whole = format!("$MeshFormat\n4.1 0 8\n$EndMeshFormat\n{TEXT_4}");
    for (old, new, message) in [
        ("2 5 10 40", "2 6 10 40", "5 nodes in blocks, but 6 are stated"),
        ("2 5 10 40", "2 4 10 40", "5 nodes in blocks, but 4 are stated"),
        ("7 7 1 8", "7 6 1 8", "7 elements in blocks, but 6 are stated"),
        ("2 1 2 1\n", "3 1 2 1\n", "in an entity of dimension 3"),
        ("3 1 4 1\n", "3 1 4 1000000000000\n", "truncated"),
        ("1 1 3 2", "1 1 3 18446744073709551615", "an integer"),
    ] {
        let error = refusal(whole.replacen(old, new, 1).as_bytes());
        assert!(error.contains(message), "{old:?} -> {new:?}: {error}");
    }
    let mut binary = binary_4(false);
    let nodes = binary.windows(7).position(|window| window == b"$Nodes\n").unwrap() + 7;
    binary[nodes + 8..nodes + 16].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]);
    assert!(refusal(&binary).contains("truncated"));
}

#[test]
fn every_truncation_is_a_typed_error() {
    for whole in [TEXT_2.as_bytes().to_vec(), binary_2(false), binary_4(true), encode(&solids())] {
        // Without the last word nothing is missing but the end of a name.
        for length in 0..whole.len() - 1 {
            assert!(read(&whole[..length]).is_err(), "cut to {length} of {}", whole.len());
        }
    }
}

/// No damage may panic or hang, whatever it hits.
#[test]
fn ten_thousand_damaged_files_a_dialect_never_panic() {
    let text_4 = format!("$MeshFormat\n4.1 0 8\n$EndMeshFormat\n{}{TEXT_4}", names());
    for whole in [TEXT_2.as_bytes().to_vec(), text_4.into_bytes(), binary_2(false), binary_4(false)] {
        for bytes in support::damaged(&whole, 10_000) {
            support::assert_valid(mesh_io::read_mesh_bytes("a.msh", &bytes, &RunControl::silent()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any sets of a block of tetrahedra come back.
    #[test]
    fn random_regions_survive(mesh in support::any_regions()) {
        prop_assert_eq!(volume(&encode(&mesh)), mesh);
    }
}
