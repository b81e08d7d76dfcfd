//! Element types of Abaqus and CalculiX by shape.

use mesh::ElementKind;

/// What becomes of an element type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An element of this kind; node order as here, but three-node beams have their middle second.
    Kind(ElementKind),
    /// No element of a mesh: springs, masses, connectors and the like.
    Skipped,
    /// A continuum or shell element of a shape there is no kind for, or an unknown name.
    Unknown,
}

const SOLIDS: [&str; 5] = ["AC3D", "DC3D", "C3D", "F3D", "SC"];
const FACES: [&str; 15] =
    ["SFM3D", "M3D", "R3D", "DCAX", "DC2D", "CGAX", "ACAX", "AC2D", "CAX", "CPEG", "CPE", "CPS", "STRI", "DS", "S"];
const LINES: [&str; 4] = ["PIPE", "B", "T2D", "T3D"];
const SKIPPED: [&str; 17] = [
    "SPRING", "DASHPOT", "MASS", "ROTARYI", "CONN", "GAP", "DGAP", "DCOUP", "JOINTC", "ITS", "ITT", "RB2D2", "RB3D2",
    "R2D2", "RAX2", "HEATCAP", "DIST",
];

/// The shape of an element type such as "C3D10M" (any case).
pub(super) fn shape(name: &str) -> Shape {
    let name = name.to_ascii_uppercase();
    // CalculiX' network element is just "D".
    if name == "D" || SKIPPED.iter().any(|prefix| name.starts_with(prefix)) {
        return Shape::Skipped;
    }
    let digits = |prefixes: &[&str]| {
        let rest = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<u32>().ok()
    };
    let kind = match (digits(&SOLIDS), digits(&FACES), digits(&LINES)) {
        (Some(4), ..) => ElementKind::Tet4,
        (Some(6), ..) => ElementKind::Wedge6,
        (Some(8), ..) => ElementKind::Hex8,
        (Some(10), ..) => ElementKind::Tet10,
        (Some(15), ..) => ElementKind::Wedge15,
        (Some(20), ..) => ElementKind::Hex20,
        (None, Some(3), _) => ElementKind::Tri3,
        (None, Some(4), _) => ElementKind::Quad4,
        (None, Some(6 | 65), _) => ElementKind::Tri6,
        (None, Some(8), _) => ElementKind::Quad8,
        (None, None, Some(2 | 21 | 23 | 31 | 33)) => ElementKind::Beam2,
        (None, None, Some(3 | 22 | 32)) => ElementKind::Beam3,
        _ => return Shape::Unknown,
    };
    Shape::Kind(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_their_shape_whatever_the_formulation() {
        for (names, kind) in [
            ("C3D4 c3d4h DC3D4 AC3D4", ElementKind::Tet4),
            ("C3D10 C3D10M C3D10H C3D10HS C3D10MH DC3D10", ElementKind::Tet10),
            ("C3D8 C3D8R C3D8I C3D8RH SC8R F3D8", ElementKind::Hex8),
            ("C3D20 C3D20R C3D20RH", ElementKind::Hex20),
            ("C3D6 SC6R", ElementKind::Wedge6),
            ("C3D15", ElementKind::Wedge15),
            ("S3 S3R STRI3 CPS3 CPE3 CAX3 M3D3 SFM3D3 R3D3", ElementKind::Tri3),
            ("S4 S4R CPS4R CPE4RH CAX4 M3D4R SFM3D4R R3D4", ElementKind::Quad4),
            ("STRI65 S6 CPS6 CPE6M", ElementKind::Tri6),
            ("S8 S8R S8R5 CPS8R CAX8R M3D8", ElementKind::Quad8),
            ("B31 B31H B21 T3D2 PIPE31", ElementKind::Beam2),
            ("B32 B32R B22 T3D3", ElementKind::Beam3),
        ] {
            names.split(' ').for_each(|name| assert_eq!(shape(name), Shape::Kind(kind), "{name}"));
        }
        for name in ["SPRINGA", "MASS", "CONN3D2", "DCOUP3D", "D", "DASHPOT1", "RB3D2"] {
            assert_eq!(shape(name), Shape::Skipped, "{name}");
        }
        for name in ["C3D27", "C3D5", "S9R5", "U1", "", "C3D", "XYZ"] {
            assert_eq!(shape(name), Shape::Unknown, "{name}");
        }
    }
}
