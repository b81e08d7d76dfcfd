//! Abaqus/CalculiX keyword input: the mesh and its sets, for peers to solve.

use crate::atomic::check_every;
use crate::{MeshIoError, write_atomically};
use control::RunControl;
use mesh::{ElementKind, MeshError, Region, VolumeMesh};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

/// CalculiX reads at most this many characters of a number and drops the rest, exponent included.
const NUMBER_WIDTH: usize = 20;
/// CalculiX and Abaqus read at most this many entries a line.
const LINE_ENTRIES: usize = 16;
/// CalculiX' longest set name.
const NAME_LENGTH: usize = 80;

/// Which of the element formulations with the same nodes is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HexIntegration {
    /// C3D8 and C3D20.
    #[default]
    Full,
    /// C3D8R and C3D20R.
    Reduced,
}

/// Writes nodes, elements and regions as `*NODE`, `*ELEMENT`, `*NSET`, `*ELSET` and `*SURFACE` (numbers from 1).
///
/// All nodes are in the set `NALL`, all elements in `EALL`. A region of faces "A" gives the surface `A` and the node set
/// `A_NODES`. Names become upper case with `_` for what the format does not allow; comments tell the original.
/// Coordinates have up to 15 significant digits in at most 20 characters. Materials, steps and loads are the caller's:
/// they go behind what this writes, so the file ends with a line end.
pub fn write_inp(
    path: &Path,
    mesh: &VolumeMesh,
    integration: HexIntegration,
    control: &RunControl,
) -> Result<(), MeshIoError> {
    let invalid = |source: MeshError| MeshIoError::InvalidMesh { path: path.to_owned(), source };
    mesh.validate().map_err(invalid)?;
    Ok(write_atomically(path, |writer| encode_inp(writer, mesh, integration, control))?)
}

/// Writes a valid mesh to any writer, for example in front of the caller's own cards; see [`write_inp`].
pub fn encode_inp(
    writer: &mut dyn Write,
    mesh: &VolumeMesh,
    integration: HexIntegration,
    control: &RunControl,
) -> io::Result<()> {
    writeln!(writer, "** Vesalius mesh. Units: mm, N, MPa, s, tonne. Frame: LPS.\n*NODE, NSET=NALL")?;
    for (index, p) in mesh.nodes.iter().enumerate() {
        check_every(control, index)?;
        writeln!(writer, "{}, {}, {}, {}", index + 1, number(p.x), number(p.y), number(p.z))?;
    }
    let mut element = 0;
    for block in &mesh.blocks {
        writeln!(writer, "*ELEMENT, TYPE={}, ELSET=EALL", type_name(block.kind, integration))?;
        for nodes in block.elements() {
            element += 1;
            check_every(control, element)?;
            let entries = std::iter::once(element as u64).chain(in_keyword_order(block.kind, nodes));
            write_entries(writer, entries.map(|entry| entry.to_string()))?;
        }
    }
    for (region, name) in set_names(mesh) {
        writeln!(writer, "** region \"{}\"", region.replace(['\n', '\r'], " "))?;
        write_region(writer, mesh, &mesh.regions[region], &name)?;
    }
    Ok(())
}

/// The shortest decimal number that fits the width; the value itself for up to 15 significant digits.
fn number(value: f64) -> String {
    let shortest = format!("{value:?}");
    if shortest.len() <= NUMBER_WIDTH {
        return shortest;
    }
    let rounded = (0..=14).rev().map(|digits| format!("{value:.digits$e}"));
    rounded.into_iter().find(|text| text.len() <= NUMBER_WIDTH).unwrap_or(shortest)
}

/// Node numbers from 1 in the keyword format's order: VTK's, but three-node beams have their middle second.
fn in_keyword_order(kind: ElementKind, nodes: &[u32]) -> impl Iterator<Item = u64> {
    let beam = match (kind, nodes) {
        (ElementKind::Beam3, &[first, last, middle]) => Some([first, middle, last]),
        _ => None,
    };
    let plain = if beam.is_some() { &[][..] } else { nodes };
    beam.into_iter().flatten().chain(plain.to_vec()).map(|node| u64::from(node) + 1)
}

fn type_name(kind: ElementKind, integration: HexIntegration) -> &'static str {
    match (kind, integration) {
        (ElementKind::Tri3, _) => "S3",
        (ElementKind::Tri6, _) => "S6",
        (ElementKind::Quad4, _) => "S4",
        (ElementKind::Quad8, _) => "S8",
        (ElementKind::Tet4, _) => "C3D4",
        (ElementKind::Tet10, _) => "C3D10",
        (ElementKind::Hex8, HexIntegration::Full) => "C3D8",
        (ElementKind::Hex8, HexIntegration::Reduced) => "C3D8R",
        (ElementKind::Hex20, HexIntegration::Full) => "C3D20",
        (ElementKind::Hex20, HexIntegration::Reduced) => "C3D20R",
        (ElementKind::Wedge6, _) => "C3D6",
        (ElementKind::Wedge15, _) => "C3D15",
        (ElementKind::Beam2, _) => "B31",
        (ElementKind::Beam3, _) => "B32",
    }
}

/// Entries with commas, on as many lines as needed; a line that goes on ends with a comma.
fn write_entries(writer: &mut dyn Write, entries: impl Iterator<Item = String>) -> io::Result<()> {
    let entries: Vec<String> = entries.collect();
    let lines: Vec<String> = entries.chunks(LINE_ENTRIES).map(|line| line.join(", ")).collect();
    writeln!(writer, "{}", lines.join(",\n"))
}

fn write_list(writer: &mut dyn Write, numbers: &[u32]) -> io::Result<()> {
    for line in numbers.chunks(LINE_ENTRIES) {
        write_entries(writer, line.iter().map(|&number| (u64::from(number) + 1).to_string()))?;
    }
    Ok(())
}

fn write_region(writer: &mut dyn Write, mesh: &VolumeMesh, region: &Region, name: &str) -> io::Result<()> {
    match region {
        Region::Nodes(list) => {
            writeln!(writer, "*NSET, NSET={name}")?;
            write_list(writer, list)
        }
        Region::Elements(list) => {
            writeln!(writer, "*ELSET, ELSET={name}")?;
            write_list(writer, list)
        }
        Region::Faces(faces) => {
            writeln!(writer, "*SURFACE, NAME={name}, TYPE=ELEMENT")?;
            for face in faces {
                writeln!(writer, "{}, S{}", u64::from(face.element) + 1, u32::from(face.side) + 1)?;
            }
            let nodes: BTreeSet<u32> = faces.iter().filter_map(|&face| mesh.face_nodes(face)).flatten().collect();
            writeln!(writer, "*NSET, NSET={name}_NODES")?;
            write_list(writer, &nodes.into_iter().collect::<Vec<_>>())
        }
    }
}

/// The set name of every region, unique and allowed in the format. A region of faces also takes the name of its nodes.
fn set_names(mesh: &VolumeMesh) -> BTreeMap<&String, String> {
    let mut taken = BTreeSet::from(["NALL".to_owned(), "EALL".to_owned()]);
    let mut names = BTreeMap::new();
    let is_faces = |region: &Region| matches!(region, Region::Faces(_));
    let (faces, others): (Vec<_>, Vec<_>) = mesh.regions.iter().partition(|(_, region)| is_faces(region));
    for (region, content) in faces.into_iter().chain(others) {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        // Room for "_NODES" and a number that tells equal names apart.
        let cleaned: String = region.chars().map(plain).take(NAME_LENGTH - 16).collect();
        let begins_well = cleaned.starts_with(|c: char| c.is_ascii_alphabetic());
        let cleaned = if begins_well { cleaned } else { format!("R_{cleaned}") };
        let of_nodes = |name: &str| format!("{name}_NODES");
        let is_taken = |name: &String| taken.contains(name) || is_faces(content) && taken.contains(&of_nodes(name));
        let numbered = (2_usize..).map(|k| format!("{cleaned}_{k}"));
        let name = std::iter::once(cleaned.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or(cleaned);
        if is_faces(content) {
            taken.insert(of_nodes(&name));
        }
        taken.insert(name.clone());
        names.insert(region, name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::{ElementBlock, Face, Point3};

    #[test]
    fn no_number_is_longer_than_calculix_reads_and_all_keep_15_digits() {
        for value in [0.0, 1.0, -0.1, 1.0 / 3.0, -1.234_567_890_123_456_7e-5, 6.02e23, -std::f64::consts::PI * 1e-300] {
            let text = number(value);
            assert!(text.len() <= NUMBER_WIDTH, "{text}");
            assert!(text.contains('.') || text.contains('e'), "{text} would be read as an integer");
            let back: f64 = text.parse().unwrap();
            let digits = if text.contains("e-3") { 1e-12 } else { 1e-14 };
            assert!((back - value).abs() <= digits * value.abs(), "{text} for {value}");
        }
    }

    #[test]
    fn elements_sets_and_surfaces_are_written_as_calculix_reads_them() {
        let nodes = (0..20).map(|k| Point3::new(f64::from(k), 0.5, -1.0 / 3.0)).collect();
        let blocks = vec![
            ElementBlock { kind: ElementKind::Tet10, connectivity: (0..10).collect() },
            ElementBlock { kind: ElementKind::Hex20, connectivity: (0..20).collect() },
            ElementBlock { kind: ElementKind::Beam3, connectivity: vec![0, 1, 2] },
        ];
        let regions = BTreeMap::from([
            ("distal cut".to_owned(), Region::Faces(vec![Face { element: 0, side: 3 }])),
            ("distal-cut".to_owned(), Region::Nodes((0..17).collect())),
            ("2nd".to_owned(), Region::Elements(vec![1])),
        ]);
        let mut bytes = Vec::new();
        let mesh = VolumeMesh { nodes, blocks, regions };
        encode_inp(&mut bytes, &mesh, HexIntegration::Reduced, &RunControl::silent()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let expected = [
            "*NODE, NSET=NALL\n1, 0.0, 0.5, -0.3333333333333333\n",
            "*ELEMENT, TYPE=C3D10, ELSET=EALL\n1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\n",
            "*ELEMENT, TYPE=C3D20R, ELSET=EALL\n2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,\n16, 17, 18, 19, 20\n",
            "*ELEMENT, TYPE=B32, ELSET=EALL\n3, 1, 3, 2\n",
            "** region \"2nd\"\n*ELSET, ELSET=R_2ND\n2\n",
            "*SURFACE, NAME=DISTAL_CUT, TYPE=ELEMENT\n1, S4\n*NSET, NSET=DISTAL_CUT_NODES\n1, 3, 4, 7, 8, 10\n",
            "*NSET, NSET=DISTAL_CUT_2\n1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16\n17\n",
        ];
        for part in expected {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }
}
