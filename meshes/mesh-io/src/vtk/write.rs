//! Writers of VTP and VTU. The same mesh gives the same bytes, whatever the thread count.

use crate::atomic::check_every;
use crate::{MeshIoError, write_atomically};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use control::RunControl;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use mesh::{Field, FieldLocation, MeshError, Point3, Region, SurfaceMesh, VolumeMesh};
use quick_xml::escape::escape;
use rayon::prelude::*;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

/// Uncompressed bytes of one zlib block.
const BLOCK: usize = 1 << 20;
/// Mantissas of doubles hardly compress: a high level costs time and saves little.
const LEVEL: Compression = Compression::new(3);

/// How the numbers are put into a VTP or VTU file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum XmlEncoding {
    /// Binary behind the XML, zlib blocks: small and fast, but no text editor shows it. What the writers use.
    #[default]
    AppendedRawZlib,
    /// Binary behind the XML.
    AppendedRaw,
    /// Base64 behind the XML, zlib blocks: valid XML.
    AppendedBase64Zlib,
    /// Base64 in place, zlib blocks: valid XML.
    Base64Zlib,
    /// Base64 in place.
    Base64,
    /// Decimal numbers, `f64` to the last digit.
    Ascii,
}

impl XmlEncoding {
    /// Every encoding.
    pub const ALL: [Self; 6] = [
        Self::AppendedRawZlib,
        Self::AppendedRaw,
        Self::AppendedBase64Zlib,
        Self::Base64Zlib,
        Self::Base64,
        Self::Ascii,
    ];

    const fn is_compressed(self) -> bool {
        matches!(self, Self::AppendedRawZlib | Self::AppendedBase64Zlib | Self::Base64Zlib)
    }

    const fn is_appended(self) -> bool {
        matches!(self, Self::AppendedRawZlib | Self::AppendedRaw | Self::AppendedBase64Zlib)
    }

    const fn is_base64(self) -> bool {
        matches!(self, Self::AppendedBase64Zlib | Self::Base64Zlib | Self::Base64)
    }

    const fn format(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            _ if self.is_appended() => "appended",
            _ => "binary",
        }
    }
}

/// Writes a volume mesh with its regions and fields as VTU (`Float64`, appended, zlib).
///
/// Field names carry their unit, for example "displacement \[mm\]"; symmetric tensors keep our order (xx, yy, zz, xy, yz,
/// zx), which is ParaView's. Regions go to the field data, from where our reader takes them back.
pub fn write_vtu(path: &Path, mesh: &VolumeMesh, fields: &[Field], control: &RunControl) -> Result<(), MeshIoError> {
    let invalid = |source| MeshIoError::InvalidMesh { path: path.to_owned(), source };
    mesh.validate().map_err(invalid)?;
    check_fields(fields, mesh.nodes.len(), mesh.element_count()).map_err(invalid)?;
    Ok(write_atomically(path, |writer| encode_vtu(writer, mesh, fields, XmlEncoding::default(), control))?)
}

/// Writes a surface with its regions and fields as VTP (`Float64`, appended, zlib); see [`write_vtu`].
pub fn write_vtp(
    path: &Path,
    surface: &SurfaceMesh,
    fields: &[Field],
    control: &RunControl,
) -> Result<(), MeshIoError> {
    let invalid = |source| MeshIoError::InvalidMesh { path: path.to_owned(), source };
    surface.validate().map_err(invalid)?;
    check_fields(fields, surface.points.len(), surface.triangles.len()).map_err(invalid)?;
    Ok(write_atomically(path, |writer| encode_vtp(writer, surface, fields, XmlEncoding::default(), control))?)
}

fn check_fields(fields: &[Field], nodes: usize, elements: usize) -> Result<(), MeshError> {
    for field in fields {
        let tuples = if field.location == FieldLocation::Node { nodes } else { elements };
        let expected = field.components * tuples;
        if field.components == 0 || field.values.len() != expected {
            return Err(MeshError::FieldLength { field: field.name.clone(), found: field.values.len(), expected });
        }
    }
    Ok(())
}

/// Writes a valid mesh and fields that fit as VTU to any writer; [`write_vtu`] checks and writes a file.
pub fn encode_vtu(
    writer: &mut dyn Write,
    mesh: &VolumeMesh,
    fields: &[Field],
    encoding: XmlEncoding,
    control: &RunControl,
) -> io::Result<()> {
    let mut document = Document::new("UnstructuredGrid", encoding, control);
    document.field_data(region_arrays(mesh))?;
    let (nodes, elements) = (mesh.nodes.len(), mesh.element_count());
    document.open(&format!("Piece NumberOfPoints=\"{nodes}\" NumberOfCells=\"{elements}\""));
    document.fields(fields)?;
    document.points(&mesh.nodes)?;
    document.open("Cells");
    let connectivity = mesh.blocks.iter().flat_map(|block| block.connectivity.iter().map(|&node| i64::from(node)));
    document.integers("connectivity", 1, &connectivity.collect::<Vec<_>>())?;
    let mut end = 0_i64;
    let ends = mesh.elements().map(|(_, nodes)| {
        end += nodes.len() as i64;
        end
    });
    document.integers("offsets", 1, &ends.collect::<Vec<_>>())?;
    let types: Vec<u8> = mesh.elements().map(|(kind, _)| kind.vtk_cell_type()).collect();
    document.array("types", "UInt8", 1, "", &types, || types.iter().map(u8::to_string).collect())?;
    document.close("Cells");
    document.close("Piece");
    document.finish(writer)
}

/// Writes a valid surface and fields that fit as VTP to any writer; [`write_vtp`] checks and writes a file.
pub fn encode_vtp(
    writer: &mut dyn Write,
    surface: &SurfaceMesh,
    fields: &[Field],
    encoding: XmlEncoding,
    control: &RunControl,
) -> io::Result<()> {
    let mut document = Document::new("PolyData", encoding, control);
    let lists = surface.regions.iter().map(|(name, triangles)| {
        (format!("triangles:{name}"), 1, triangles.iter().map(|&t| i64::from(t)).collect::<Vec<_>>())
    });
    document.field_data(lists.collect())?;
    let (points, triangles) = (surface.points.len(), surface.triangles.len());
    document.open(&format!(
        "Piece NumberOfPoints=\"{points}\" NumberOfVerts=\"0\" NumberOfLines=\"0\" NumberOfStrips=\"0\" \
         NumberOfPolys=\"{triangles}\""
    ));
    document.fields(fields)?;
    document.points(&surface.points)?;
    document.open("Polys");
    let connectivity: Vec<i64> = surface.triangles.iter().flatten().map(|&v| i64::from(v)).collect();
    document.integers("connectivity", 1, &connectivity)?;
    let ends: Vec<i64> = (1..=triangles as i64).map(|t| 3 * t).collect();
    document.integers("offsets", 1, &ends)?;
    document.close("Polys");
    document.close("Piece");
    document.finish(writer)
}

/// Name, components and numbers of every region.
fn region_arrays(mesh: &VolumeMesh) -> Vec<(String, usize, Vec<i64>)> {
    let wide = |list: &[u32]| list.iter().map(|&number| i64::from(number)).collect::<Vec<_>>();
    let array = |(name, region): (&String, &Region)| match region {
        Region::Nodes(list) => (format!("nodes:{name}"), 1, wide(list)),
        Region::Elements(list) => (format!("elements:{name}"), 1, wide(list)),
        Region::Faces(list) => {
            let pairs = list.iter().flat_map(|face| [i64::from(face.element), i64::from(face.side)]);
            (format!("faces:{name}"), 2, pairs.collect())
        }
    };
    mesh.regions.iter().map(array).collect()
}

/// The XML written so far and the appended data.
struct Document<'c> {
    kind: &'static str,
    encoding: XmlEncoding,
    control: &'c RunControl,
    xml: String,
    appended: Vec<u8>,
}

impl<'c> Document<'c> {
    fn new(kind: &'static str, encoding: XmlEncoding, control: &'c RunControl) -> Self {
        let compressor = if encoding.is_compressed() { " compressor=\"vtkZLibDataCompressor\"" } else { "" };
        let xml = format!(
            "<?xml version=\"1.0\"?>\n<VTKFile type=\"{kind}\" version=\"1.0\" byte_order=\"LittleEndian\" \
             header_type=\"UInt64\"{compressor}>\n<{kind}>\n"
        );
        Self { kind, encoding, control, xml, appended: Vec::new() }
    }

    fn open(&mut self, tag: &str) {
        self.line(&format!("<{tag}>"));
    }

    fn close(&mut self, name: &str) {
        self.line(&format!("</{name}>"));
    }

    fn line(&mut self, text: &str) {
        self.xml.push_str(text);
        self.xml.push('\n');
    }

    /// Frame and unit the way 3D Slicer marks them, then the regions.
    fn field_data(&mut self, regions: Vec<(String, usize, Vec<i64>)>) -> io::Result<()> {
        self.open("FieldData");
        for (name, value) in [("SPACE", "LPS"), ("UNIT", "mm")] {
            let codes: Vec<String> = value.bytes().chain([0]).map(|byte| byte.to_string()).collect();
            let codes = codes.join(" ");
            self.line(&format!(
                "<Array type=\"String\" Name=\"{name}\" NumberOfTuples=\"1\" format=\"ascii\">{codes}</Array>"
            ));
        }
        for (name, components, numbers) in regions {
            self.integers(&name, components, &numbers)?;
        }
        self.close("FieldData");
        Ok(())
    }

    fn points(&mut self, points: &[Point3<f64>]) -> io::Result<()> {
        self.open("Points");
        let values: Vec<f64> = points.iter().flat_map(|p| [p.x, p.y, p.z]).collect();
        self.floats("Points", 3, "", &values)?;
        self.close("Points");
        Ok(())
    }

    fn fields(&mut self, fields: &[Field]) -> io::Result<()> {
        for (tag, location) in [("PointData", FieldLocation::Node), ("CellData", FieldLocation::Element)] {
            self.open(tag);
            for field in fields.iter().filter(|field| field.location == location) {
                let name = match field.unit.as_str() {
                    "" => field.name.clone(),
                    unit => format!("{} [{unit}]", field.name),
                };
                self.floats(&name, field.components, &component_names(field.components), &field.values)?;
            }
            self.close(tag);
        }
        Ok(())
    }

    fn floats(&mut self, name: &str, components: usize, extra: &str, values: &[f64]) -> io::Result<()> {
        let bytes: Vec<u8> = match self.encoding {
            XmlEncoding::Ascii => Vec::new(),
            _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        self.array(name, "Float64", components, extra, &bytes, || {
            values.iter().map(|value| format!("{value:?}")).collect()
        })
    }

    /// `Int32` where the numbers fit: half the bytes.
    fn integers(&mut self, name: &str, components: usize, values: &[i64]) -> io::Result<()> {
        // The tuple count is what VTK needs to read field data.
        let extra = format!(" NumberOfTuples=\"{}\"", values.len() / components);
        let narrow: Option<Vec<i32>> = values.iter().map(|&value| i32::try_from(value).ok()).collect();
        let (kind, bytes): (_, Vec<u8>) = match narrow {
            Some(narrow) => ("Int32", narrow.iter().flat_map(|value| value.to_le_bytes()).collect()),
            None => ("Int64", values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        };
        self.array(name, kind, components, &extra, &bytes, || values.iter().map(i64::to_string).collect())
    }

    fn array(
        &mut self,
        name: &str,
        kind: &str,
        components: usize,
        extra: &str,
        bytes: &[u8],
        words: impl FnOnce() -> Vec<String>,
    ) -> io::Result<()> {
        self.control.check().map_err(io::Error::other)?;
        let format = self.encoding.format();
        let _ = write!(
            self.xml,
            "<DataArray type=\"{kind}\" Name=\"{}\" NumberOfComponents=\"{components}\"{extra} format=\"{format}\"",
            escape(name)
        );
        if self.encoding == XmlEncoding::Ascii {
            self.line(">");
            for line in words().chunks(12) {
                self.line(&line.join(" "));
            }
        } else {
            let data = self.encoded(bytes)?;
            if self.encoding.is_appended() {
                let offset = self.appended.len();
                self.appended.extend(data);
                self.line(&format!(" offset=\"{offset}\"/>"));
                return Ok(());
            }
            self.line(">");
            self.line(&String::from_utf8_lossy(&data));
        }
        self.close("DataArray");
        Ok(())
    }

    /// The data with the header VTK expects, compressed and in base64 as the encoding asks.
    fn encoded(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let (header, data) = match self.encoding.is_compressed() {
            true => self.deflated(bytes)?,
            false => ((bytes.len() as u64).to_le_bytes().to_vec(), bytes.to_vec()),
        };
        Ok(match (self.encoding.is_base64(), self.encoding.is_compressed()) {
            (false, _) => [header, data].concat(),
            // With compression the header is padded on its own, without it is not.
            (true, true) => (STANDARD.encode(header) + &STANDARD.encode(data)).into_bytes(),
            (true, false) => STANDARD.encode([header, data].concat()).into_bytes(),
        })
    }

    fn deflated(&self, bytes: &[u8]) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let pack = |block: &[u8]| {
            self.control.check().map_err(io::Error::other)?;
            let mut encoder = ZlibEncoder::new(Vec::with_capacity(block.len() / 2), LEVEL);
            encoder.write_all(block)?;
            encoder.finish()
        };
        let blocks = bytes.par_chunks(BLOCK).map(pack).collect::<io::Result<Vec<_>>>()?;
        let sizes = blocks.iter().map(Vec::len);
        let numbers = [blocks.len(), BLOCK, bytes.len() % BLOCK].into_iter().chain(sizes);
        Ok((numbers.flat_map(|number| (number as u64).to_le_bytes()).collect(), blocks.concat()))
    }

    fn finish(mut self, writer: &mut dyn Write) -> io::Result<()> {
        let kind = self.kind;
        self.close(kind);
        if self.encoding.is_appended() {
            let encoding = if self.encoding.is_base64() { "base64" } else { "raw" };
            self.xml.push_str(&format!("<AppendedData encoding=\"{encoding}\">\n_"));
        }
        writer.write_all(self.xml.as_bytes())?;
        for (item, part) in self.appended.chunks(BLOCK).enumerate() {
            check_every(self.control, item)?;
            writer.write_all(part)?;
        }
        let end = if self.encoding.is_appended() { "\n</AppendedData>\n</VTKFile>\n" } else { "</VTKFile>\n" };
        writer.write_all(end.as_bytes())
    }
}

/// ParaView's names of the components of vectors and symmetric tensors.
fn component_names(components: usize) -> String {
    let names: &[&str] = match components {
        3 => &["X", "Y", "Z"],
        6 => &["XX", "YY", "ZZ", "XY", "YZ", "XZ"],
        _ => &[],
    };
    names.iter().enumerate().map(|(k, name)| format!(" ComponentName{k}=\"{name}\"")).collect()
}
