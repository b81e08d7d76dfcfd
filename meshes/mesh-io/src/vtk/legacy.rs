//! The legacy VTK format: polydata and unstructured grids, text or big-endian binary, versions up to 5.1.

use super::dataset::{Attribute, Cells, CellsByKind, Dataset, GridCells, points};
use super::grid::mesh_file;
use super::image::ImageData;
use crate::source::{Endian, Scalar, Source, Text, parse_integer, parse_number, quote};
use crate::{Format, MeshFile, MeshIoError, Place};

/// The first bytes of every legacy file.
pub(crate) const MAGIC: &[u8] = b"# vtk DataFile Version";

/// Reads a legacy VTK file.
pub(crate) fn read(source: Source<'_>) -> Result<MeshFile, MeshIoError> {
    let (mut reader, kind) = Reader::begin(source)?;
    match kind.as_slice() {
        b"POLYDATA" => {}
        b"UNSTRUCTURED_GRID" => reader.dataset.kind = CellsByKind::Grid(GridCells::default()),
        other => {
            return Err(MeshIoError::WrongKind {
                file: source.file.to_owned(),
                found: format!("a VTK data set of type {}", quote(other)),
                needed: "POLYDATA or UNSTRUCTURED_GRID",
                remedy: "images go to the image reader; extract the surface or the grid before the export",
            });
        }
    }
    reader.sections()?;
    mesh_file(source, Format::VtkLegacy, reader.dataset)
}

/// Reads the legacy data set STRUCTURED_POINTS.
pub(super) fn read_structured_points(source: Source<'_>) -> Result<ImageData, MeshIoError> {
    let (mut reader, kind) = Reader::begin(source)?;
    if kind != b"STRUCTURED_POINTS" {
        return Err(MeshIoError::WrongKind {
            file: source.file.to_owned(),
            found: format!("a VTK data set of type {}", quote(&kind)),
            needed: "STRUCTURED_POINTS",
            remedy: "meshes go to the mesh reader",
        });
    }
    let (mut dimensions, mut origin, mut spacing) = ([0; 3], [0.0; 3], [1.0; 3]);
    while let Some(word) = reader.text.peek()? {
        let keyword = word.to_ascii_uppercase();
        if !matches!(keyword.as_slice(), b"DIMENSIONS" | b"ORIGIN" | b"SPACING" | b"ASPECT_RATIO") {
            break;
        }
        reader.text.word()?;
        for axis in 0..3 {
            match keyword.as_slice() {
                b"DIMENSIONS" => dimensions[axis] = reader.text.count("the number of points")?,
                b"ORIGIN" => origin[axis] = reader.text.coordinate()?,
                _ => spacing[axis] = reader.text.coordinate()?,
            }
        }
    }
    reader.sections()?;
    let Dataset { point_data, notes, .. } = reader.dataset;
    Ok(ImageData::legacy(dimensions, origin, spacing, point_data, notes))
}

/// What the attributes read now belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Nothing,
    Points,
    Cells,
}

/// A number type of the legacy format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Number(Scalar),
    Bits,
    Strings,
}

struct Reader<'a> {
    text: Text<'a>,
    is_binary: bool,
    dataset: Dataset,
    target: Target,
    tuples: usize,
}

impl<'a> Reader<'a> {
    /// A reader behind the header, and the kind of data set.
    fn begin(source: Source<'a>) -> Result<(Self, Vec<u8>), MeshIoError> {
        let mut text = Text::new(source);
        text.rest_of_line();
        let mut dataset = Dataset::default();
        dataset.statements.read(text.rest_of_line());
        let place = text.place();
        let is_binary = match text.rest_of_line().trim_ascii() {
            word if word.eq_ignore_ascii_case(b"ASCII") => false,
            word if word.eq_ignore_ascii_case(b"BINARY") => true,
            word => return Err(source.syntax(place, quote(word), "ASCII or BINARY")),
        };
        let keyword = text.expect_word("DATASET")?;
        if !keyword.eq_ignore_ascii_case(b"DATASET") {
            return Err(source.syntax(text.place(), quote(keyword), "DATASET"));
        }
        let kind = text.expect_word("the kind of data set")?.to_ascii_uppercase();
        Ok((Self { text, is_binary, dataset, target: Target::Nothing, tuples: 0 }, kind))
    }

    fn sections(&mut self) -> Result<(), MeshIoError> {
        while let Some(keyword) = self.text.word()? {
            if !self.section(&keyword.to_ascii_uppercase())? {
                break;
            }
        }
        Ok(())
    }

    /// Reads one section; `false` when the rest of the file is to be left out.
    fn section(&mut self, keyword: &[u8]) -> Result<bool, MeshIoError> {
        match keyword {
            b"POINTS" => self.points()?,
            b"VERTICES" | b"LINES" | b"POLYGONS" | b"TRIANGLE_STRIPS" | b"CELLS" => self.cells(keyword)?,
            b"CELL_TYPES" => {
                let count = self.text.count("the number of cells")?;
                let types = self.integers(Scalar::I32, count)?;
                if let CellsByKind::Grid(grid) = &mut self.dataset.kind {
                    grid.types = types;
                }
            }
            b"POINT_DATA" | b"CELL_DATA" => {
                self.target = if keyword == b"POINT_DATA" { Target::Points } else { Target::Cells };
                self.tuples = self.text.count("the number of tuples")?;
            }
            b"METADATA" => self.skip_metadata(),
            b"FIELD" => self.field()?,
            _ if self.target != Target::Nothing => return self.attribute(keyword),
            _ => return Err(self.unexpected(keyword, "a section such as POINTS, POLYGONS or CELLS")),
        }
        Ok(true)
    }

    fn unexpected(&self, word: &[u8], expected: &str) -> MeshIoError {
        self.text.source.syntax(self.text.place(), quote(word), expected)
    }

    fn points(&mut self) -> Result<(), MeshIoError> {
        let count = self.text.count("the number of points")?;
        let scalar = self.number_type()?;
        let place = self.place();
        let values = self.floats(scalar, count.saturating_mul(3))?;
        self.dataset.points = points(self.text.source, &place, &values)?;
        Ok(())
    }

    fn place(&self) -> Place {
        if self.is_binary { Place::Byte(self.text.position) } else { self.text.place() }
    }

    fn cells(&mut self, keyword: &[u8]) -> Result<(), MeshIoError> {
        let place = self.place();
        let (first, second) = (self.text.count("the number of cells")?, self.text.count("the size of the list")?);
        let is_offsets = self.text.peek()?.is_some_and(|word| word.eq_ignore_ascii_case(b"OFFSETS"));
        let cells = if is_offsets {
            self.text.word()?;
            let offset_type = self.number_type()?;
            let offsets = self.integers(offset_type, first)?;
            let word = self.text.expect_word("CONNECTIVITY")?;
            if !word.eq_ignore_ascii_case(b"CONNECTIVITY") {
                return Err(self.unexpected(word, "CONNECTIVITY"));
            }
            let connectivity_type = self.number_type()?;
            let connectivity = self.integers(connectivity_type, second)?;
            // Version 5 lists the begin of every cell and the end of the last.
            Cells::new(self.text.source, &place, connectivity, offsets.get(1..).unwrap_or(&[]))?
        } else {
            let numbers = self.integers(Scalar::I32, second)?;
            Cells::from_counted(self.text.source, &place, &numbers, first)?
        };
        match (&mut self.dataset.kind, keyword) {
            (CellsByKind::Grid(grid), b"CELLS") => grid.cells = cells,
            (CellsByKind::Poly(poly), b"VERTICES") => poly.vertices = cells,
            (CellsByKind::Poly(poly), b"LINES") => poly.lines = cells,
            (CellsByKind::Poly(poly), b"POLYGONS") => poly.polygons = cells,
            (CellsByKind::Poly(poly), b"TRIANGLE_STRIPS") => poly.strips = cells,
            _ => return Err(self.unexpected(keyword, "a section of this kind of data set")),
        }
        Ok(())
    }

    /// Skips to the blank line that ends the block.
    fn skip_metadata(&mut self) {
        self.text.rest_of_line();
        while !self.text.is_at_end() && !self.text.rest_of_line().trim_ascii().is_empty() {}
    }

    fn attribute(&mut self, keyword: &[u8]) -> Result<bool, MeshIoError> {
        match keyword {
            b"SCALARS" => self.scalars()?,
            b"VECTORS" | b"NORMALS" => self.array(3)?,
            b"TENSORS" => self.array(9)?,
            b"TENSORS6" => self.array(6)?,
            b"GLOBAL_IDS" | b"PEDIGREE_IDS" => self.array(1)?,
            b"TEXTURE_COORDINATES" => {
                let name = self.name()?;
                let components = self.text.count("the number of texture coordinates")?;
                self.named_array(name, components, self.tuples)?;
            }
            b"COLOR_SCALARS" => {
                let name = self.name()?;
                let components = self.text.count("the number of colour components")?;
                // Bytes in binary files, numbers from 0 to 1 in text.
                let values = self.floats(Scalar::U8, components.saturating_mul(self.tuples))?;
                self.keep(name, components, values);
            }
            b"LOOKUP_TABLE" => {
                self.name()?;
                let size = self.text.count("the size of the table")?;
                self.floats(Scalar::U8, size.saturating_mul(4))?;
            }
            other => {
                self.dataset.notes.push(format!("everything from the attribute {} on was ignored", quote(other)));
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn scalars(&mut self) -> Result<(), MeshIoError> {
        let name = self.name()?;
        let kind = self.any_type()?;
        let mut components: usize = 1;
        let line = self.text.rest_of_line().trim_ascii();
        if !line.is_empty() {
            components = std::str::from_utf8(line)
                .ok()
                .and_then(|word| word.parse().ok())
                .ok_or_else(|| self.unexpected(line, "the number of components"))?;
        }
        let is_table = self.text.peek()?.is_some_and(|word| word.eq_ignore_ascii_case(b"LOOKUP_TABLE"));
        // A binary value may look like this word only by a chance of 2^-96.
        if is_table {
            self.text.word()?;
            self.text.rest_of_line();
        }
        let values = self.values_behind_line(kind, components.saturating_mul(self.tuples))?;
        self.keep(name, components, values);
        Ok(())
    }

    fn array(&mut self, components: usize) -> Result<(), MeshIoError> {
        let name = self.name()?;
        self.named_array(name, components, self.tuples)
    }

    fn named_array(&mut self, name: String, components: usize, tuples: usize) -> Result<(), MeshIoError> {
        let kind = self.any_type()?;
        let values = self.values(kind, components.saturating_mul(tuples))?;
        self.keep(name, components, values);
        Ok(())
    }

    fn field(&mut self) -> Result<(), MeshIoError> {
        self.text.expect_word("the name of the field")?;
        let arrays = self.text.count("the number of arrays")?;
        for _ in 0..arrays {
            let mut word = self.text.expect_word("the name of an array")?;
            while word.eq_ignore_ascii_case(b"METADATA") {
                self.skip_metadata();
                word = self.text.expect_word("the name of an array")?;
            }
            let name = decode_name(word);
            let components = self.text.count("the number of components")?;
            let tuples = self.text.count("the number of tuples")?;
            self.named_array(name, components, tuples)?;
        }
        Ok(())
    }

    fn name(&mut self) -> Result<String, MeshIoError> {
        Ok(decode_name(self.text.expect_word("the name of an array")?))
    }

    fn keep(&mut self, name: String, components: usize, values: Vec<f64>) {
        let attribute = Attribute { name, components, values };
        match self.target {
            Target::Points => self.dataset.point_data.push(attribute),
            Target::Cells => self.dataset.cell_data.push(attribute),
            Target::Nothing => {}
        }
    }

    fn any_type(&mut self) -> Result<Type, MeshIoError> {
        let word = self.text.expect_word("a number type")?;
        let scalar = match word.to_ascii_lowercase().as_slice() {
            b"bit" => return Ok(Type::Bits),
            b"string" => return Ok(Type::Strings),
            b"char" | b"signed_char" => Scalar::I8,
            b"unsigned_char" | b"vtktypeuint8" => Scalar::U8,
            b"short" | b"vtktypeint16" => Scalar::I16,
            b"unsigned_short" | b"vtktypeuint16" => Scalar::U16,
            // VTK writes its own index type as a 32-bit integer.
            b"int" | b"vtkidtype" | b"vtktypeint32" => Scalar::I32,
            b"unsigned_int" | b"vtktypeuint32" => Scalar::U32,
            b"long" | b"vtktypeint64" => Scalar::I64,
            b"unsigned_long" | b"vtktypeuint64" => Scalar::U64,
            b"float" => Scalar::F32,
            b"double" => Scalar::F64,
            _ => return Err(self.unexpected(word, "a VTK number type")),
        };
        Ok(Type::Number(scalar))
    }

    fn number_type(&mut self) -> Result<Scalar, MeshIoError> {
        match self.any_type()? {
            Type::Number(scalar) => Ok(scalar),
            _ => Err(self.text.source.syntax(self.text.place(), "\"bit\" or \"string\"", "a number type")),
        }
    }

    fn values(&mut self, kind: Type, count: usize) -> Result<Vec<f64>, MeshIoError> {
        self.end_keyword_line();
        self.values_behind_line(kind, count)
    }

    fn values_behind_line(&mut self, kind: Type, count: usize) -> Result<Vec<f64>, MeshIoError> {
        match kind {
            Type::Number(scalar) => self.floats_here(scalar, count),
            Type::Bits if self.is_binary => self.bits(count),
            Type::Bits => self.floats_here(Scalar::U8, count),
            Type::Strings => {
                for item in 0..count {
                    self.text.source.check_every(item)?;
                    self.skip_string()?;
                }
                self.dataset.notes.push("a text array was ignored".to_owned());
                Ok(Vec::new())
            }
        }
    }

    /// Text: one line each. Binary: the length in 6, 14, 30 or 62 bits, then the characters.
    fn skip_string(&mut self) -> Result<(), MeshIoError> {
        if self.text.is_at_end() {
            return Err(self.text.source.syntax(self.place(), "the end of the file", "a string"));
        }
        if !self.is_binary {
            self.text.rest_of_line();
            return Ok(());
        }
        let first = self.text.source.bytes.get(self.text.position).copied().unwrap_or(0);
        let (size, scalar) = match first >> 6 {
            3 => (1, Scalar::U8),
            2 => (2, Scalar::U16),
            1 => (4, Scalar::U32),
            _ => (8, Scalar::U64),
        };
        let length = self.take_integer(scalar)? & !(0b11 << (8 * size - 2));
        self.text.skip_bytes(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }

    fn take_integer(&mut self, scalar: Scalar) -> Result<i64, MeshIoError> {
        let rest = self.text.source.bytes.get(self.text.position..).unwrap_or(&[]);
        let truncated = || self.text.source.truncated(self.place(), "a number", (scalar.size(), rest.len(), "bytes"));
        let value = scalar.integer(Endian::Big, rest).ok_or_else(truncated)?;
        self.text.skip_bytes(scalar.size());
        Ok(value)
    }

    /// Binary data begin behind the line end of the keyword line.
    fn end_keyword_line(&mut self) {
        if self.is_binary {
            self.text.rest_of_line();
        }
    }

    fn floats(&mut self, scalar: Scalar, count: usize) -> Result<Vec<f64>, MeshIoError> {
        self.end_keyword_line();
        self.floats_here(scalar, count)
    }

    fn floats_here(&mut self, scalar: Scalar, count: usize) -> Result<Vec<f64>, MeshIoError> {
        if self.is_binary {
            let bytes = self.block(scalar.size(), count)?;
            return Ok(bytes.chunks_exact(scalar.size()).filter_map(|b| scalar.float(Endian::Big, b)).collect());
        }
        self.words(count, parse_number, "a number")
    }

    fn integers(&mut self, scalar: Scalar, count: usize) -> Result<Vec<i64>, MeshIoError> {
        if self.is_binary {
            self.end_keyword_line();
            let place = self.place();
            let bytes = self.block(scalar.size(), count)?;
            let values = bytes.chunks_exact(scalar.size()).map(|b| scalar.integer(Endian::Big, b)).collect();
            let wrong = || self.text.source.syntax(place, "floating-point or too large numbers", "integers");
            return Option::<Vec<i64>>::ok_or_else(values, wrong);
        }
        self.words(count, parse_integer, "an integer")
    }

    fn bits(&mut self, count: usize) -> Result<Vec<f64>, MeshIoError> {
        let bytes = self.block(1, count.div_ceil(8))?;
        Ok((0..count).map(|bit| f64::from((bytes[bit / 8] >> (7 - bit % 8)) & 1)).collect())
    }

    fn remaining(&self) -> usize {
        self.text.source.bytes.len().saturating_sub(self.text.position)
    }

    fn words<T>(&mut self, count: usize, parse: fn(&[u8]) -> Option<T>, expected: &str) -> Result<Vec<T>, MeshIoError> {
        let mut values = Vec::with_capacity(count.min(self.remaining()));
        for item in 0..count {
            let Some(word) = self.text.word()? else {
                return Err(self.text.source.truncated(self.text.place(), "the list", (count, item, "numbers")));
            };
            values.push(parse(word).ok_or_else(|| self.unexpected(word, expected))?);
        }
        Ok(values)
    }

    /// The next `count` values of `size` bytes.
    fn block(&mut self, size: usize, count: usize) -> Result<Vec<u8>, MeshIoError> {
        let (needed, available) = (size.saturating_mul(count), self.remaining());
        if needed > available {
            return Err(self.text.source.truncated(self.place(), "the list", (needed, available, "bytes")));
        }
        let start = self.text.position;
        self.text.skip_bytes(needed);
        Ok(self.text.source.bytes[start..start + needed].to_vec())
    }
}

/// VTK writes blanks and other special characters of a name as `%20` and the like.
fn decode_name(word: &[u8]) -> String {
    let mut name = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&byte, tail)) = rest.split_first() {
        let code = tail.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                name.push(decoded);
                rest = &tail[2..];
            }
            None => {
                name.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&name).into_owned()
}
