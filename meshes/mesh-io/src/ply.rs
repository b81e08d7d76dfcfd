//! Polygon file format (PLY): text, little- and big-endian. Scalar properties of vertices and faces become fields;
//! colours and normals are ignored and noted.

use crate::polygon::{MOST_CORNERS, triangulate};
use crate::source::{Endian, Scalar, Source, Text, quote};
use crate::statement::Statements;
use crate::{MeshIoError, Place};
use mesh::{Field, Point3, SurfaceMesh};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Text,
    Binary(Endian),
}

struct Property {
    name: String,
    /// The type of a list's length; `None` for a single value.
    length: Option<Scalar>,
    scalar: Scalar,
}

struct Element {
    name: String,
    count: usize,
    properties: Vec<Property>,
}

impl Element {
    fn position(&self, names: &[&str]) -> Option<usize> {
        self.properties.iter().position(|property| names.contains(&property.name.as_str()))
    }
}

/// The surface of a PLY file with its fields, statements and notes.
pub(crate) fn read(source: Source<'_>) -> Result<(SurfaceMesh, Vec<Field>, Statements, Vec<String>), MeshIoError> {
    let mut text = Text::new(source);
    let mut statements = Statements::default();
    let (encoding, elements) = header(&mut text, &mut statements)?;
    let mut body = Body { text, encoding, values: Vec::new() };
    let mut content = Content::default();
    for element in &elements {
        match element.name.as_str() {
            "vertex" => content.vertices(&mut body, element)?,
            "face" => content.faces(&mut body, element)?,
            "tristrips" => content.strips(&mut body, element)?,
            _ => content.skip(&mut body, element)?,
        }
    }
    Ok((content.surface, content.fields, statements, content.notes))
}

fn header(text: &mut Text<'_>, statements: &mut Statements) -> Result<(Encoding, Vec<Element>), MeshIoError> {
    let source = text.source;
    text.rest_of_line();
    let mut encoding = None;
    let mut elements: Vec<Element> = Vec::new();
    loop {
        let place = text.place();
        if text.is_at_end() {
            return Err(source.syntax(place, "the end of the file", "\"end_header\""));
        }
        let line = text.rest_of_line();
        let words: Vec<_> = String::from_utf8_lossy(line).split_whitespace().map(str::to_owned).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let unexpected = |expected: &str| source.syntax(place.clone(), quote(line), expected);
        match words.as_slice() {
            ["end_header", ..] => break,
            [] | ["obj_info", ..] => {}
            ["comment", ..] => statements.read(line),
            ["format", name, ..] => encoding = Some(parse_encoding(name).ok_or_else(|| unexpected("a PLY encoding"))?),
            ["element", name, count, ..] => {
                let count = count.parse().map_err(|_| unexpected("\"element name count\""))?;
                elements.push(Element { name: (*name).to_owned(), count, properties: Vec::new() });
            }
            ["property", rest @ ..] => {
                let property = parse_property(rest).ok_or_else(|| unexpected("\"property type name\""))?;
                elements.last_mut().ok_or_else(|| unexpected("\"element\" first"))?.properties.push(property);
            }
            _ => return Err(unexpected("a PLY header line")),
        }
    }
    let encoding =
        encoding.ok_or_else(|| source.syntax(Place::Line(1), "a header without \"format\"", "\"format\""))?;
    Ok((encoding, elements))
}

fn parse_encoding(name: &str) -> Option<Encoding> {
    match name {
        "ascii" => Some(Encoding::Text),
        "binary_little_endian" => Some(Encoding::Binary(Endian::Little)),
        "binary_big_endian" => Some(Encoding::Binary(Endian::Big)),
        _ => None,
    }
}

fn parse_property(words: &[&str]) -> Option<Property> {
    match words {
        ["list", length, scalar, name] => {
            let length = parse_scalar(length).filter(|scalar| !scalar.is_float())?;
            Some(Property { name: (*name).to_owned(), length: Some(length), scalar: parse_scalar(scalar)? })
        }
        [scalar, name] => Some(Property { name: (*name).to_owned(), length: None, scalar: parse_scalar(scalar)? }),
        _ => None,
    }
}

fn parse_scalar(name: &str) -> Option<Scalar> {
    match name {
        "char" | "int8" => Some(Scalar::I8),
        "uchar" | "uint8" => Some(Scalar::U8),
        "short" | "int16" => Some(Scalar::I16),
        "ushort" | "uint16" => Some(Scalar::U16),
        "int" | "int32" => Some(Scalar::I32),
        "uint" | "uint32" => Some(Scalar::U32),
        "float" | "float32" => Some(Scalar::F32),
        "double" | "float64" => Some(Scalar::F64),
        _ => None,
    }
}

/// The values behind the header, one element at a time.
struct Body<'a> {
    text: Text<'a>,
    encoding: Encoding,
    /// Numbers of the present element; property `k` is `values[spans[k]]`.
    values: Vec<f64>,
}

impl Body<'_> {
    fn place(&self) -> Place {
        match self.encoding {
            Encoding::Text => self.text.place(),
            Encoding::Binary(_) => Place::Byte(self.text.position),
        }
    }

    /// Reads element `index` and returns where each property's values begin in `values`, and their end.
    fn next(&mut self, element: &Element, index: usize, starts: &mut Vec<usize>) -> Result<(), MeshIoError> {
        self.text.source.check_every(index)?;
        self.values.clear();
        starts.clear();
        for property in &element.properties {
            starts.push(self.values.len());
            let count = match property.length {
                Some(scalar) => self.length(scalar, element, index)?,
                None => 1,
            };
            for _ in 0..count {
                let value = self.value(property.scalar, element, index)?;
                self.values.push(value);
            }
        }
        starts.push(self.values.len());
        Ok(())
    }

    fn length(&mut self, scalar: Scalar, element: &Element, index: usize) -> Result<usize, MeshIoError> {
        let place = self.place();
        let value = self.value(scalar, element, index)?;
        if value >= 0.0 && value.fract() == 0.0 && value <= f64::from(u32::MAX) {
            return Ok(value as usize);
        }
        Err(self.text.source.syntax(place, value.to_string(), "the length of a list"))
    }

    fn value(&mut self, scalar: Scalar, element: &Element, index: usize) -> Result<f64, MeshIoError> {
        let source = self.text.source;
        let what = || format!("element \"{}\"", element.name);
        match self.encoding {
            Encoding::Text => match self.text.peek()? {
                Some(_) => self.text.number("a value"),
                None => Err(source.truncated(self.place(), what(), (element.count, index, "entries"))),
            },
            Encoding::Binary(endian) => {
                let rest = source.bytes.get(self.text.position..).unwrap_or(&[]);
                let value = scalar.float(endian, rest);
                let value =
                    value.ok_or_else(|| source.truncated(self.place(), what(), (element.count, index, "entries")))?;
                self.text.skip_bytes(scalar.size());
                Ok(value)
            }
        }
    }

    /// How many entries can follow at most, so that no count is trusted.
    fn capacity(&self, element: &Element) -> usize {
        element.count.min(self.text.source.bytes.len().saturating_sub(self.text.position))
    }
}

#[derive(Default)]
struct Content {
    surface: SurfaceMesh,
    fields: Vec<Field>,
    notes: Vec<String>,
}

impl Content {
    fn vertices(&mut self, body: &mut Body<'_>, element: &Element) -> Result<(), MeshIoError> {
        let source = body.text.source;
        let axis = |name: &str| {
            let missing = || source.syntax(body.place(), "vertices without it", format!("the property \"{name}\""));
            element.position(&[name]).ok_or_else(missing)
        };
        let axes = [axis("x")?, axis("y")?, axis("z")?];
        let extra = self.scalar_properties(element, &axes);
        let mut columns = vec![Vec::new(); extra.len()];
        let mut starts = Vec::new();
        self.surface.points.reserve(body.capacity(element) / 3);
        for index in 0..element.count {
            let place = body.place();
            body.next(element, index, &mut starts)?;
            let coordinates = axes.map(|k| body.values.get(starts[k]).copied().unwrap_or(f64::NAN));
            if let Some(&value) = coordinates.iter().find(|value| !value.is_finite()) {
                return Err(source.not_finite(place, value));
            }
            self.surface.points.push(Point3::from(coordinates));
            for (column, &k) in columns.iter_mut().zip(&extra) {
                column.push(body.values.get(starts[k]).copied().unwrap_or(f64::NAN));
            }
        }
        source.check_vertex_count(self.surface.points.len())?;
        let named = extra.iter().zip(columns);
        self.fields.extend(named.map(|(&k, column)| Field::on_nodes(&element.properties[k].name, "", 1, column)));
        Ok(())
    }

    fn faces(&mut self, body: &mut Body<'_>, element: &Element) -> Result<(), MeshIoError> {
        let source = body.text.source;
        let Some(list) = element.position(&["vertex_indices", "vertex_index"]) else {
            return Err(source.syntax(body.place(), "faces without it", "the property \"vertex_indices\""));
        };
        let extra = self.scalar_properties(element, &[list]);
        let mut columns = vec![Vec::new(); extra.len()];
        let (mut starts, mut polygon) = (Vec::new(), Vec::new());
        for index in 0..element.count {
            let place = body.place();
            body.next(element, index, &mut starts)?;
            let corners = &body.values[starts[list]..starts[list + 1]];
            self.polygon(source, &place, corners, &mut polygon)?;
            let first = self.surface.triangles.len();
            triangulate(&self.surface.points, &polygon, &mut self.surface.triangles);
            let made = self.surface.triangles.len() - first;
            for (column, &k) in columns.iter_mut().zip(&extra) {
                let value = body.values.get(starts[k]).copied().unwrap_or(f64::NAN);
                column.extend(std::iter::repeat_n(value, made));
            }
        }
        let named = extra.iter().zip(columns);
        self.fields.extend(named.map(|(&k, column)| Field::on_elements(&element.properties[k].name, "", 1, column)));
        Ok(())
    }

    fn polygon(
        &self,
        source: Source<'_>,
        place: &Place,
        corners: &[f64],
        polygon: &mut Vec<u32>,
    ) -> Result<(), MeshIoError> {
        if corners.len() < 3 {
            let found = format!("a face of {} vertices", corners.len());
            return Err(source.syntax(place.clone(), found, "at least 3 vertices"));
        }
        if corners.len() > MOST_CORNERS {
            let what = format!("a face of {} corners", corners.len());
            return Err(source.unsupported(place.clone(), what, "triangulate it before the export"));
        }
        polygon.clear();
        for &corner in corners {
            polygon.push(source.vertex(|| place.clone(), corner as i64, self.surface.points.len())?);
        }
        Ok(())
    }

    /// Triangle strips whose parts are separated by -1.
    fn strips(&mut self, body: &mut Body<'_>, element: &Element) -> Result<(), MeshIoError> {
        let source = body.text.source;
        let Some(list) = element.position(&["vertex_indices", "vertex_index"]) else {
            return Err(source.syntax(body.place(), "strips without it", "the property \"vertex_indices\""));
        };
        let mut starts = Vec::new();
        for index in 0..element.count {
            let place = body.place();
            body.next(element, index, &mut starts)?;
            let numbers = &body.values[starts[list]..starts[list + 1]];
            for part in numbers.split(|&number| number == -1.0) {
                let vertex = |&number: &f64| source.vertex(|| place.clone(), number as i64, self.surface.points.len());
                let part: Vec<u32> = part.iter().map(vertex).collect::<Result<_, _>>()?;
                crate::strip::append(&part, &mut self.surface.triangles);
            }
        }
        Ok(())
    }

    fn skip(&mut self, body: &mut Body<'_>, element: &Element) -> Result<(), MeshIoError> {
        // An element without properties takes no bytes, whatever its count says.
        if !element.properties.is_empty() {
            let mut starts = Vec::new();
            for index in 0..element.count {
                body.next(element, index, &mut starts)?;
            }
        }
        self.notes.push(format!("{} \"{}\" entries were ignored", element.count, element.name));
        Ok(())
    }

    /// The single-valued properties that become fields.
    fn scalar_properties(&mut self, element: &Element, used: &[usize]) -> Vec<usize> {
        const COLOURS: &[&str] = &["red", "green", "blue", "alpha", "diffuse_red", "diffuse_green", "diffuse_blue"];
        const NORMALS: &[&str] = &["nx", "ny", "nz"];
        for (what, names) in [("colours", COLOURS), ("normals", NORMALS)] {
            if element.position(names).is_some() {
                self.notes.push(format!("the {what} of element \"{}\" were ignored", element.name));
            }
        }
        let is_field = |k: &usize| {
            let property = &element.properties[*k];
            let name = property.name.as_str();
            property.length.is_none() && !used.contains(k) && !COLOURS.contains(&name) && !NORMALS.contains(&name)
        };
        (0..element.properties.len()).filter(is_field).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Frame, SurfaceFile, read_surface_bytes};
    use control::RunControl;

    fn header_of(encoding: &str) -> String {
        format!(
            "ply\nformat {encoding} 1.0\ncomment SPACE=LPS\nelement vertex 4\nproperty float x\nproperty double y\n\
             property float z\nproperty uchar red\nproperty short label\nelement face 2\n\
             property list uchar int vertex_indices\nproperty float quality\nelement edge 1\nproperty int v\nend_header\n"
        )
    }

    const POINTS: [[f64; 3]; 4] = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]];

    fn binary(is_big: bool) -> Vec<u8> {
        let mut bytes = header_of(if is_big { "binary_big_endian" } else { "binary_little_endian" }).into_bytes();
        let mut push = |little: &[u8]| match is_big {
            true => bytes.extend(little.iter().rev()),
            false => bytes.extend(little),
        };
        for (index, [x, y, z]) in POINTS.into_iter().enumerate() {
            push(&(x as f32).to_le_bytes());
            push(&y.to_le_bytes());
            push(&(z as f32).to_le_bytes());
            push(&[200]);
            push(&(index as i16 - 1).to_le_bytes());
        }
        for (face, quality) in [(&[0, 1, 2, 3][..], 0.5_f32), (&[0, 1, 2][..], 1.5)] {
            push(&[face.len() as u8]);
            face.iter().for_each(|&v: &i32| push(&v.to_le_bytes()));
            push(&quality.to_le_bytes());
        }
        push(&7_i32.to_le_bytes());
        bytes
    }

    fn text() -> Vec<u8> {
        let mut text = header_of("ascii");
        for (index, [x, y, z]) in POINTS.into_iter().enumerate() {
            text += &format!("{x} {y} {z} 200 {}\n", index as i16 - 1);
        }
        (text + "4 0 1 2 3 0.5\n3 0 1 2 1.5\n7\n").into_bytes()
    }

    fn read_bytes(bytes: &[u8]) -> Result<SurfaceFile, MeshIoError> {
        read_surface_bytes("a.ply", bytes, &RunControl::silent())
    }

    #[test]
    fn the_three_encodings_give_the_same_surface_and_fields() {
        for bytes in [text(), binary(false), binary(true)] {
            let file = read_bytes(&bytes).unwrap();
            assert_eq!((file.provenance.format, file.provenance.frame), (Format::Ply, Some(Frame::Lps)));
            assert_eq!(file.surface.points, POINTS.map(Point3::from));
            assert_eq!(file.surface.triangles, [[0, 1, 2], [0, 2, 3], [0, 1, 2]]);
            let label = Field::on_nodes("label", "", 1, vec![-1.0, 0.0, 1.0, 2.0]);
            assert_eq!(file.fields, [label, Field::on_elements("quality", "", 1, vec![0.5, 0.5, 1.5])]);
            assert_eq!(file.provenance.notes.len(), 2, "{:?}", file.provenance.notes);
        }
    }

    #[test]
    fn the_crate_ply_rs_sees_the_same_numbers() {
        use ply_rs_bw::parser::Parser;
        use ply_rs_bw::ply::{DefaultElement, Property};
        for bytes in [text(), binary(false), binary(true)] {
            let theirs = Parser::<DefaultElement>::new().read_ply(&mut bytes.as_slice()).unwrap();
            let ours = read_bytes(&bytes).unwrap().surface;
            for (vertex, point) in theirs.payload["vertex"].iter().zip(&ours.points) {
                assert_eq!(vertex["x"], Property::Float(point.x as f32));
                assert_eq!(vertex["y"], Property::Double(point.y));
            }
            assert_eq!(theirs.payload["face"][1]["vertex_indices"], Property::ListInt(vec![0, 1, 2]));
        }
    }

    #[test]
    fn truncation_absurd_counts_and_bad_numbers_are_typed_errors() {
        let whole = binary(false);
        for length in (header_of("binary_little_endian").len()..whole.len()).step_by(7) {
            let error = read_bytes(&whole[..length]).unwrap_err();
            assert!(matches!(error, MeshIoError::Truncated { .. }), "{error}");
        }
        let edited = |from: &str, to: &str| {
            let text = String::from_utf8(text()).unwrap().replacen(from, to, 1);
            read_bytes(text.as_bytes()).unwrap_err().to_string()
        };
        let absurd = edited("element vertex 4", "element vertex 18446744073709551615");
        assert!(absurd.contains("line"), "{absurd}");
        assert!(edited("4 0 1 2 3", "4 0 1 2 9").contains("names vertex 9, but there are 4"));
        assert!(edited("4 0 1 2 3", "4 0 1 2 -1").contains("names vertex -1"));
        assert!(edited("1 1 0 200", "1 inf 0 200").contains("not finite"));
        assert!(edited("property double y", "property quad y").contains("line 6"));
        assert!(edited("end_header", "").contains("expected a PLY header line"));
    }
}
