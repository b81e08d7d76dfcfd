//! Binary STL: 80 bytes of header, the triangle count as `u32`, then 50 bytes a triangle, all little-endian.

use crate::source::Source;
use crate::statement::Statements;
use crate::{MeshIoError, Place};
use mesh::{Point3, SurfaceMesh};

/// Bytes before the first triangle.
pub(crate) const HEADER: usize = 84;
/// Bytes of one triangle: normal, three vertices, attribute.
pub(crate) const RECORD: usize = 50;

/// The triangle count at byte 80, or `None` for a file too short to have one.
pub(crate) fn stated_triangles(bytes: &[u8]) -> Option<usize> {
    let count = bytes.get(80..HEADER)?;
    Some(u32::from_le_bytes([count[0], count[1], count[2], count[3]]) as usize)
}

/// Reads a binary STL; the stated normals are ignored, the winding counts.
pub(crate) fn read(source: Source<'_>) -> Result<(SurfaceMesh, Statements, Vec<String>), MeshIoError> {
    let bytes = source.bytes;
    let Some(stated) = stated_triangles(bytes) else {
        return Err(source.truncated(Place::File, "the binary STL header", (HEADER, bytes.len(), "bytes")));
    };
    let needed = HEADER + RECORD * stated;
    if needed != bytes.len() {
        return Err(MeshIoError::StlTriangleCount {
            file: source.file.to_owned(),
            stated: stated as u64,
            needed: needed as u64,
            bytes: bytes.len() as u64,
            held: ((bytes.len() - HEADER) / RECORD) as u64,
        });
    }
    source.check_vertex_count(3 * stated)?;
    // The size is checked, so this is at most a third more than the file itself.
    let mut points = Vec::with_capacity(3 * stated);
    let mut coloured = 0_usize;
    for (triangle, record) in bytes[HEADER..].chunks_exact(RECORD).enumerate() {
        source.check_every(triangle)?;
        for corner in 0..3 {
            points.push(vertex(source, triangle, corner, record)?);
        }
        coloured += usize::from(record[48] != 0 || record[49] != 0);
    }
    let mut statements = Statements::default();
    statements.read(&bytes[..80]);
    let mut notes = Vec::new();
    if coloured > 0 {
        notes.push(format!("the colours (attribute bytes) of {coloured} triangles were ignored"));
    }
    Ok((soup(points), statements, notes))
}

fn vertex(source: Source<'_>, triangle: usize, corner: usize, record: &[u8]) -> Result<Point3<f64>, MeshIoError> {
    let start = 12 + 12 * corner;
    let coordinate = |axis: usize| {
        let at = start + 4 * axis;
        let value = f32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]);
        match value.is_finite() {
            true => Ok(f64::from(value)),
            false => {
                let place = format!("byte {} (triangle {})", HEADER + RECORD * triangle + at, triangle + 1);
                Err(source.not_finite(Place::Part(place), f64::from(value)))
            }
        }
    };
    Ok(Point3::new(coordinate(0)?, coordinate(1)?, coordinate(2)?))
}

/// Triangles that each have their own three points.
pub(super) fn soup(points: Vec<Point3<f64>>) -> SurfaceMesh {
    let triangles = (0..(points.len() / 3) as u32).map(|t| [3 * t, 3 * t + 1, 3 * t + 2]).collect();
    SurfaceMesh::new(points, triangles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Frame, read_surface_bytes};
    use control::RunControl;

    fn file(header: &str, triangles: &[[[f32; 3]; 3]], attribute: u16) -> Vec<u8> {
        let mut bytes = header.as_bytes().to_vec();
        bytes.resize(80, 0);
        bytes.extend((triangles.len() as u32).to_le_bytes());
        for triangle in triangles {
            bytes.extend([0; 12]);
            bytes.extend(triangle.iter().flatten().flat_map(|x| x.to_le_bytes()));
            bytes.extend(attribute.to_le_bytes());
        }
        bytes
    }

    const TRIANGLE: [[f32; 3]; 3] = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

    fn read_file(bytes: &[u8]) -> Result<crate::SurfaceFile, MeshIoError> {
        read_surface_bytes("a.stl", bytes, &RunControl::silent())
    }

    #[test]
    fn a_header_that_begins_with_solid_is_still_binary_and_its_space_is_honoured() {
        let file = read_file(&file("solid part; SPACE=RAS", &[TRIANGLE, TRIANGLE], 0x7FFF)).unwrap();
        assert_eq!(file.provenance.format, Format::StlBinary);
        assert_eq!(file.provenance.frame, Some(Frame::Ras));
        assert_eq!(file.surface.triangles, [[0, 1, 2], [3, 4, 5]]);
        assert!(file.provenance.notes[0].contains("colours"), "{:?}", file.provenance.notes);
    }

    #[test]
    fn truncation_and_a_wrong_count_say_both_numbers() {
        let whole = file("", &[TRIANGLE; 4], 0);
        let message = read_file(&whole[..whole.len() - 60]).unwrap_err().to_string();
        assert!(message.contains("states 4 triangles (284 bytes)"), "{message}");
        assert!(message.contains("224 bytes, which is room for 2 triangles"), "{message}");
        let mut absurd = whole.clone();
        absurd[80..84].copy_from_slice(&u32::MAX.to_le_bytes());
        let message = read_file(&absurd).unwrap_err().to_string();
        assert!(message.contains("4294967295 triangles") && message.contains("room for 4 triangles"), "{message}");
    }

    #[test]
    fn a_nan_names_its_triangle_and_byte_and_no_triangle_is_an_error() {
        let mut bad = TRIANGLE;
        bad[2][1] = f32::NAN;
        let message = read_file(&file("", &[TRIANGLE, bad], 0)).unwrap_err().to_string();
        assert!(message.contains("byte 174 (triangle 2)") && message.contains("NaN"), "{message}");
        assert!(matches!(read_file(&file("", &[], 0)), Err(MeshIoError::Nothing { .. })));
    }
}
