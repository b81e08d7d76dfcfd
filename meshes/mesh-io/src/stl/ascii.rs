//! Text STL in the spellings seen in the wild: any case, any indentation, several solids, missing `endsolid`,
//! `end facet` in two words, everything on one line, NaN normals (which are ignored like every normal).

use super::binary::soup;
use crate::source::{Source, Text, quote};
use crate::statement::Statements;
use crate::{MeshIoError, regions};
use mesh::{Point3, SurfaceMesh};

/// Reads a text STL. Several solids become regions by name.
pub(crate) fn read(source: Source<'_>) -> Result<(SurfaceMesh, Statements, Vec<String>), MeshIoError> {
    let mut reader = Reader {
        text: Text::new(source),
        statements: Statements::default(),
        points: Vec::new(),
        solids: Vec::new(),
        is_open: false,
        colours: 0,
    };
    while let Some(word) = reader.text.word()? {
        reader.item(word)?;
    }
    let mut notes = Vec::new();
    if reader.is_open {
        notes.push("the last solid has no \"endsolid\"; the file may be cut short".to_owned());
    }
    if reader.colours > 0 {
        notes.push(format!("{} colour lines were ignored", reader.colours));
    }
    let mut surface = soup(reader.points);
    let count = surface.triangles.len() as u32;
    let ends = reader.solids.iter().skip(1).map(|solid| solid.1).chain([count]);
    let solids = reader.solids.iter().zip(ends).map(|((name, first), end)| (name.clone(), (*first..end).collect()));
    surface.regions = regions::from_parts(solids.collect(), surface.triangles.len());
    Ok((surface, reader.statements, notes))
}

struct Reader<'a> {
    text: Text<'a>,
    statements: Statements,
    points: Vec<Point3<f64>>,
    /// Name and first triangle of every solid.
    solids: Vec<(String, u32)>,
    is_open: bool,
    colours: usize,
}

impl<'a> Reader<'a> {
    fn item(&mut self, word: &[u8]) -> Result<(), MeshIoError> {
        match word.to_ascii_lowercase().as_slice() {
            b"solid" => self.begin_solid(),
            b"facet" => self.facet()?,
            b"endsolid" => self.end_solid(),
            b"end" => {
                self.keyword("solid")?;
                self.end_solid();
            }
            b"color" | b"colour" => {
                self.text.rest_of_line();
                self.colours += 1;
            }
            _ => return Err(self.text.source.syntax(self.text.place(), quote(word), "\"facet\" or \"endsolid\"")),
        }
        Ok(())
    }

    fn begin_solid(&mut self) {
        let start = self.text.position;
        let line = peek_line(self.text.source.bytes, start);
        // Some writers put the whole file on one line.
        let facet = find_ignoring_case(line, b"facet normal");
        let name = match facet {
            Some(end) => {
                self.text.skip_bytes(end);
                &line[..end]
            }
            None => self.text.rest_of_line(),
        };
        self.statements.read(name);
        let name = without_statements(&String::from_utf8_lossy(name));
        self.solids.push((name, (self.points.len() / 3) as u32));
        self.is_open = true;
    }

    fn end_solid(&mut self) {
        let line = peek_line(self.text.source.bytes, self.text.position);
        // The name behind `endsolid` may be missing, and the next solid may begin on the same line.
        if find_ignoring_case(line, b"facet normal").is_none() {
            self.text.rest_of_line();
        }
        self.is_open = false;
    }

    fn facet(&mut self) -> Result<(), MeshIoError> {
        self.keyword("normal")?;
        for _ in 0..3 {
            self.text.number("a component of the normal")?;
        }
        self.keyword("outer")?;
        self.keyword("loop")?;
        for _ in 0..3 {
            self.keyword("vertex")?;
            let (x, y, z) = (self.text.coordinate()?, self.text.coordinate()?, self.text.coordinate()?);
            self.points.push(Point3::new(x, y, z));
        }
        self.end_of("endloop", "loop")?;
        self.end_of("endfacet", "facet")?;
        self.text.source.check_vertex_count(self.points.len())
    }

    /// `endloop` in one word or two.
    fn end_of(&mut self, joined: &str, kind: &str) -> Result<(), MeshIoError> {
        let word = self.expect_in_facet(joined)?;
        match word {
            _ if word.eq_ignore_ascii_case(joined.as_bytes()) => Ok(()),
            _ if word.eq_ignore_ascii_case(b"end") => self.keyword(kind),
            _ => Err(self.unexpected(word, joined)),
        }
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), MeshIoError> {
        let word = self.expect_in_facet(keyword)?;
        match word.eq_ignore_ascii_case(keyword.as_bytes()) {
            true => Ok(()),
            false => Err(self.unexpected(word, keyword)),
        }
    }

    fn expect_in_facet(&mut self, keyword: &str) -> Result<&'a [u8], MeshIoError> {
        let triangles = self.points.len() / 3;
        match self.text.word()? {
            Some(word) => Ok(word),
            None => Err(self.text.source.syntax(
                self.text.place(),
                format!("the end of the file inside triangle {} (truncated)", triangles + 1),
                format!("\"{keyword}\""),
            )),
        }
    }

    fn unexpected(&self, word: &[u8], keyword: &str) -> MeshIoError {
        self.text.source.syntax(self.text.place(), quote(word), format!("\"{keyword}\""))
    }
}

/// A solid's name without quotation marks and without `SPACE=` and `UNIT=`.
fn without_statements(name: &str) -> String {
    let states =
        |word: &str| word.to_ascii_lowercase().starts_with("space=") || word.to_ascii_lowercase().starts_with("unit=");
    let words: Vec<&str> = name.split_whitespace().filter(|word| !states(word)).collect();
    words.join(" ").trim_matches('"').to_owned()
}

fn peek_line(bytes: &[u8], start: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let length = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
    &rest[..length]
}

fn find_ignoring_case(line: &[u8], needle: &[u8]) -> Option<usize> {
    line.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Frame, LengthUnit, SurfaceFile, read_surface_bytes};
    use control::RunControl;

    const FACET: &str =
        "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1.0E+00 0 0\nvertex 0 1 0\nendloop\nendfacet\n";

    fn read_text(text: &str) -> Result<SurfaceFile, MeshIoError> {
        read_surface_bytes("a.stl", text.as_bytes(), &RunControl::silent())
    }

    #[test]
    fn every_spelling_gives_the_same_triangle() {
        let plain = format!("solid a\n{FACET}endsolid a\n");
        let spellings = [
            plain.clone(),
            plain.to_uppercase(),
            plain.replace('\n', "\r\n"),
            plain.replace('\n', "\r"),
            plain.replace('\n', "\n   \t "),
            format!("   {plain}"),
            format!("\u{FEFF}{plain}"),
            format!("solid\n{FACET}endsolid"),
            format!("solid a\n{FACET}"),
            format!("solid a {}", FACET.replace('\n', " ")),
            plain.replace("endfacet", "end facet").replace("endloop", "end loop").replace("endsolid", "end solid"),
            plain.replace("normal 0 0 1", "normal nan nan -nan"),
            plain.replace("outer loop", "color 1 0 0 outer loop").replace("color 1 0 0 ", ""),
        ];
        for text in spellings {
            let file = read_text(&text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(file.provenance.format, Format::StlAscii);
            assert_eq!(file.surface.triangles, [[0, 1, 2]], "{text:?}");
            assert_eq!(file.surface.points[1], Point3::new(1.0, 0.0, 0.0), "{text:?}");
            assert!(file.surface.regions.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn several_solids_become_regions_and_the_header_states_unit_and_frame() {
        let text = format!(
            "solid wall SPACE=LPS UNIT=m\n{FACET}{FACET}endsolid\nsolid\n{FACET}endsolid\nsolid inlet\n{FACET}"
        );
        let file = read_text(&text).unwrap();
        assert_eq!((file.provenance.frame, file.provenance.unit), (Some(Frame::Lps), Some(LengthUnit::Metre)));
        let regions: Vec<_> = file.surface.regions.into_iter().collect();
        let expected = [("inlet".into(), vec![3]), ("solid 2".into(), vec![2]), ("wall".into(), vec![0, 1])];
        assert_eq!(regions, expected);
        assert_eq!(file.provenance.notes, ["the last solid has no \"endsolid\"; the file may be cut short"]);
    }

    #[test]
    fn faults_name_the_line() {
        let text = format!("solid a\n{FACET}{FACET}endsolid a\n");
        let fault = |text: &str| read_text(text).unwrap_err().to_string();
        let nan = fault(&text.replacen("vertex 0 1 0", "vertex 0 nan 0", 1));
        assert!(nan.contains("line 6") && nan.contains("NaN"), "{nan}");
        let word = fault(&text.replacen("1.0E+00", "1,0", 1));
        assert!(word.contains("line 5") && word.contains("\"1,0\""), "{word}");
        let cut = fault(&text[..text.len() - 60]);
        assert!(cut.contains("triangle 2") && cut.contains("truncated"), "{cut}");
        let four = fault(&text.replacen("endloop", "vertex 1 1 1\nendloop", 1));
        assert!(four.contains("line 7") && four.contains("expected \"endloop\""), "{four}");
        assert!(fault("solid nothing\nendsolid nothing\n").contains("holds no triangle"));
    }
}
