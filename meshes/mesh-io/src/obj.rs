//! Wavefront OBJ: vertices and faces. Polygons are triangulated; objects and groups become regions; texture, normals,
//! colours, materials, lines and free-form surfaces are ignored and noted.

use crate::polygon::{MOST_CORNERS, triangulate};
use crate::source::{Source, parse_integer, parse_number, quote};
use crate::statement::Statements;
use crate::{MeshIoError, Place};
use mesh::{Point3, SurfaceMesh};
use std::collections::BTreeMap;

/// Whether one of the first lines is a vertex of an OBJ file.
pub(crate) fn is_obj(bytes: &[u8]) -> bool {
    const LOOK_AT: usize = 1 << 16;
    let beginning = &bytes[..bytes.len().min(LOOK_AT)];
    let is_vertex = |line: &[u8]| {
        let words: Vec<&[u8]> = words(line).take(4).collect();
        words.len() == 4 && words[0] == b"v" && words[1..].iter().all(|word| parse_number(word).is_some())
    };
    beginning.split(|&byte| byte == b'\n' || byte == b'\r').any(is_vertex)
}

/// Reads an OBJ file.
pub(crate) fn read(source: Source<'_>) -> Result<(SurfaceMesh, Statements, Vec<String>), MeshIoError> {
    let mut reader = Reader { source, ..Reader::new(source) };
    let (mut start, mut number) = (0, 1);
    let mut joined = Vec::new();
    while start < source.bytes.len() {
        source.check_every(number)?;
        let rest = &source.bytes[start..];
        let length = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
        let is_two_bytes = rest[length..].starts_with(b"\r\n");
        let (line, place) = (&rest[..length], Place::Line(number));
        (start, number) = (start + length + if is_two_bytes { 2 } else { 1 }, number + 1);
        if let Some(begun) = line.strip_suffix(b"\\") {
            joined.extend_from_slice(begun);
            joined.push(b' ');
        } else if joined.is_empty() {
            reader.line(line, &place)?;
        } else {
            joined.extend_from_slice(line);
            reader.line(&std::mem::take(&mut joined), &place)?;
        }
    }
    reader.finish()
}

struct Reader<'a> {
    source: Source<'a>,
    surface: SurfaceMesh,
    statements: Statements,
    object: Option<String>,
    groups: Vec<String>,
    ignored: BTreeMap<String, usize>,
    polygon: Vec<u32>,
}

impl<'a> Reader<'a> {
    fn new(source: Source<'a>) -> Self {
        Self {
            source,
            surface: SurfaceMesh::default(),
            statements: Statements::default(),
            object: None,
            groups: Vec::new(),
            ignored: BTreeMap::new(),
            polygon: Vec::new(),
        }
    }

    fn line(&mut self, line: &[u8], place: &Place) -> Result<(), MeshIoError> {
        let mut rest = words(line);
        let Some(keyword) = rest.next() else { return Ok(()) };
        match keyword {
            b"v" => self.vertex(rest, place),
            b"f" => self.face(rest, place),
            b"g" => {
                self.groups = rest.map(|word| String::from_utf8_lossy(word).into_owned()).collect();
                Ok(())
            }
            b"o" => {
                let name = rest.map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
                self.object = Some(name).filter(|name| !name.is_empty());
                Ok(())
            }
            _ if keyword.starts_with(b"#") => {
                self.statements.read(line);
                Ok(())
            }
            _ => self.other(keyword, place),
        }
    }

    fn vertex<'w>(&mut self, mut words: impl Iterator<Item = &'w [u8]>, place: &Place) -> Result<(), MeshIoError> {
        let mut coordinate = || {
            let word = words.next().ok_or_else(|| self.source.syntax(place.clone(), "the end of the line", "x y z"))?;
            let value = parse_number(word)
                .ok_or_else(|| self.source.syntax(place.clone(), quote(word), "a coordinate (a number)"))?;
            match value.is_finite() {
                true => Ok(value),
                false => Err(self.source.not_finite(place.clone(), value)),
            }
        };
        let point = Point3::new(coordinate()?, coordinate()?, coordinate()?);
        self.surface.points.push(point);
        self.source.check_vertex_count(self.surface.points.len())
    }

    fn face<'w>(&mut self, words: impl Iterator<Item = &'w [u8]>, place: &Place) -> Result<(), MeshIoError> {
        let count = self.surface.points.len();
        self.polygon.clear();
        for word in words.take_while(|word| !word.starts_with(b"#")) {
            let number = word.split(|&byte| byte == b'/').next().unwrap_or(word);
            let number = parse_integer(number)
                .ok_or_else(|| self.source.syntax(place.clone(), quote(word), "a vertex number such as 7 or 7/1/3"))?;
            // Positive numbers count from 1, negative ones back from the latest vertex.
            let index = if number < 0 { number.saturating_add(count as i64) } else { number - 1 };
            if index < 0 || index >= count as i64 {
                return Err(self.source.vertex_out_of_range(place.clone(), number, count));
            }
            self.polygon.push(index as u32);
        }
        let corners = self.polygon.len();
        if corners < 3 {
            let found = format!("a face of {corners} vertices");
            return Err(self.source.syntax(place.clone(), found, "at least 3 vertices"));
        }
        if corners > MOST_CORNERS {
            let what = format!("a face of {corners} corners");
            return Err(self.source.unsupported(place.clone(), what, "triangulate it before the export"));
        }
        let first = self.surface.triangles.len() as u32;
        triangulate(&self.surface.points, &self.polygon, &mut self.surface.triangles);
        let made = first..self.surface.triangles.len() as u32;
        for name in self.object.iter().chain(&self.groups) {
            match self.surface.regions.get_mut(name) {
                Some(region) => region.extend(made.clone()),
                None => drop(self.surface.regions.insert(name.clone(), made.clone().collect())),
            }
        }
        Ok(())
    }

    fn other(&mut self, keyword: &[u8], place: &Place) -> Result<(), MeshIoError> {
        const KNOWN: &[&str] = &[
            "vt",
            "vn",
            "vp",
            "l",
            "p",
            "s",
            "usemtl",
            "mtllib",
            "cstype",
            "deg",
            "bmat",
            "step",
            "curv",
            "curv2",
            "surf",
            "parm",
            "trim",
            "hole",
            "scrv",
            "sp",
            "end",
            "con",
            "mg",
            "bevel",
            "c_interp",
            "d_interp",
            "lod",
            "shadow_obj",
            "trace_obj",
            "ctech",
            "stech",
            "maplib",
            "usemap",
        ];
        match std::str::from_utf8(keyword).ok().filter(|word| KNOWN.contains(word)) {
            Some(known) => {
                *self.ignored.entry(known.to_owned()).or_default() += 1;
                Ok(())
            }
            None => Err(self.source.syntax(place.clone(), quote(keyword), "an OBJ keyword such as v, f, g or #")),
        }
    }

    fn finish(mut self) -> Result<(SurfaceMesh, Statements, Vec<String>), MeshIoError> {
        let count = self.surface.triangles.len();
        for region in self.surface.regions.values_mut() {
            // A face that names its object as a group too is listed once.
            region.dedup();
        }
        self.surface.regions.retain(|_, region| region.len() < count);
        let ignored = |(keyword, lines): (&String, &usize)| format!("{lines} \"{keyword}\" lines were ignored");
        let notes = self.ignored.iter().filter(|(word, _)| is_worth_a_note(word)).map(ignored).collect();
        Ok((self.surface, self.statements, notes))
    }
}

/// Texture, normals, smoothing and materials change no geometry.
fn is_worth_a_note(keyword: &str) -> bool {
    !matches!(keyword, "vt" | "vn" | "s" | "usemtl" | "mtllib")
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, LengthUnit, SurfaceFile, read_surface_bytes};
    use control::RunControl;

    fn read_text(text: &str) -> Result<SurfaceFile, MeshIoError> {
        read_surface_bytes("a.obj", text.as_bytes(), &RunControl::silent())
    }

    const SQUARE: &str = "v 0 0 0\nv 1 0 0 0.5 0.5 0.5\nv 1 1 0\nv 0 1 0\n";

    #[test]
    fn faces_in_every_spelling_and_groups_are_read() {
        let text = format!(
            "# File units = meters\nmtllib a.mtl\n{SQUARE}vn 0 0 1\no plate\ng base\nf 1/1/1 2//1 3/2\ng\nf -4 -2 \\\n -1 # last\nl 1 2\n"
        );
        let file = read_text(&text).unwrap();
        assert_eq!(file.provenance.format, Format::Obj);
        assert_eq!(file.provenance.unit, Some(LengthUnit::Metre));
        assert_eq!(file.surface.triangles, [[0, 1, 2], [0, 2, 3]]);
        assert_eq!(file.surface.regions.into_iter().collect::<Vec<_>>(), [("base".to_owned(), vec![0])]);
        assert_eq!(file.provenance.notes, ["1 \"l\" lines were ignored"]);
    }

    #[test]
    fn faults_name_the_line() {
        let fault = |face: &str| read_text(&format!("{SQUARE}{face}\n")).unwrap_err().to_string();
        let beyond = fault("f 1 2 9");
        assert!(beyond.contains("line 5") && beyond.contains("names vertex 9, but there are 4"), "{beyond}");
        for face in
            ["f 1 2 0", "f 1 2 -5", "f 1 2 -9223372036854775808", "f 1 2", "f 1 x 3", "v 1 2", "v 1 nan 3", "hello"]
        {
            let message = fault(face);
            assert!(message.contains("line 5"), "{face}: {message}");
        }
        assert!(read_text(SQUARE).unwrap_err().to_string().contains("holds no triangle"));
    }
}
