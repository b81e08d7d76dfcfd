//! NIfTI-1 and NIfTI-2 in one file (.nii, .nii.gz). Coordinates are RAS; the header states unit and orientation.
//!
//! Source: nifti1.h and nifti2.h (NIfTI Data Format Working Group, 2003 and 2011). Of the two orientations the general
//! affine one (sform) is preferred to the rigid one (qform), as the standard's method 3 before method 2.

use super::payload::{MOST_EXPANSION, Packing, unpacked, unpacked_whole, voxels};
use crate::{Grid, Image, ImageFile, ImagingError, Rescale, Voxels};
use control::RunControl;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use mesh_io::source::{Endian, Scalar, Source};
use mesh_io::{Format, Frame, LengthUnit, Place, Provenance, WriteError, write_atomically};
use nalgebra::{Matrix3, Point3, Vector3};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];
const HEADER_1: usize = 348;
const HEADER_2: usize = 540;

/// Whether the bytes are a NIfTI file, possibly packed by gzip.
pub(crate) fn is_nifti(bytes: &[u8]) -> bool {
    if bytes.starts_with(GZIP_MAGIC) {
        let mut head = [0; 352];
        let read = std::io::Read::read(&mut MultiGzDecoder::new(bytes), &mut head).unwrap_or(0);
        return Layout::detect(&head[..read]).is_some();
    }
    Layout::detect(bytes).is_some()
}

/// Which header it is and in which byte order.
#[derive(Debug, Clone, Copy)]
struct Layout {
    version: u8,
    endian: Endian,
}

impl Layout {
    fn detect(bytes: &[u8]) -> Option<Self> {
        let size: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
        let both = [(Endian::Little, u32::from_le_bytes(size)), (Endian::Big, u32::from_be_bytes(size))];
        let version = |size: u32| match size as usize {
            HEADER_1 => Some(1),
            HEADER_2 => Some(2),
            _ => None,
        };
        both.into_iter().find_map(|(endian, size)| Some(Self { version: version(size)?, endian }))
    }

    const fn size(self) -> usize {
        if self.version == 1 { HEADER_1 } else { HEADER_2 }
    }

    /// The number at one of two offsets: that of NIfTI-1 or that of NIfTI-2, each with its type.
    fn number(self, header: &[u8], one: (usize, Scalar), two: (usize, Scalar)) -> f64 {
        let (offset, scalar) = if self.version == 1 { one } else { two };
        header.get(offset..).and_then(|rest| scalar.float(self.endian, rest)).unwrap_or(0.0)
    }
}

/// What the header says, as far as it is needed.
#[derive(Debug)]
struct Header {
    dimensions: [f64; 8],
    datatype: i64,
    steps: [f64; 8],
    data_offset: f64,
    rescale: Rescale,
    qform_code: i64,
    sform_code: i64,
    quaternion: [f64; 3],
    quaternion_offset: [f64; 3],
    rows: [[f64; 4]; 3],
    units: i64,
    withheld: Vec<String>,
}

impl Header {
    fn parse(layout: Layout, bytes: &[u8]) -> Self {
        use Scalar::{F32, F64, I16, I32, I64};
        let number = |one, two| layout.number(bytes, one, two);
        let floats = |k: usize, one: usize, two: usize| number((one + 4 * k, F32), (two + 8 * k, F64));
        let mut withheld = Vec::new();
        // Extensions behind the header may hold a whole DICOM header.
        let size = if layout.version == 1 { HEADER_1 } else { HEADER_2 };
        if bytes.get(size).is_some_and(|&flag| flag != 0) {
            withheld.push("extensions".to_owned());
        }
        let texts = [("descrip", (148, 80), (240, 80)), ("aux_file", (228, 24), (320, 24))];
        let identifying = [("db_name", (14, 18), (0, 0)), ("intent_name", (328, 16), (508, 16))];
        for (name, one, two) in texts.into_iter().chain(identifying) {
            let (start, length) = if layout.version == 1 { one } else { two };
            let text = bytes.get(start..start + length).unwrap_or(&[]);
            if text.iter().any(|byte| !matches!(byte, 0 | b' ')) {
                withheld.push(name.to_owned());
            }
        }
        Self {
            dimensions: std::array::from_fn(|k| number((40 + 2 * k, I16), (16 + 8 * k, I64))),
            datatype: number((70, I16), (12, I16)) as i64,
            steps: std::array::from_fn(|k| floats(k, 76, 104)),
            data_offset: number((108, F32), (168, I64)),
            rescale: Rescale { slope: number((112, F32), (176, F64)), intercept: number((116, F32), (184, F64)) },
            qform_code: number((252, I16), (344, I32)) as i64,
            sform_code: number((254, I16), (348, I32)) as i64,
            quaternion: std::array::from_fn(|k| floats(k, 256, 352)),
            quaternion_offset: std::array::from_fn(|k| floats(k, 268, 376)),
            rows: std::array::from_fn(|row| std::array::from_fn(|k| floats(k, 280 + 16 * row, 400 + 32 * row))),
            units: number((123, Scalar::U8), (500, I32)) as i64,
            withheld,
        }
    }

    /// Voxels along i, j, k.
    fn counts(&self, source: Source<'_>) -> Result<[usize; 3], ImagingError> {
        let place = || Place::Part("dim".to_owned());
        let rank = self.dimensions[0];
        if !(1.0..=7.0).contains(&rank) {
            return Err(source.syntax(place(), format!("{rank} dimensions"), "1 to 7").into());
        }
        let mut counts = [1; 3];
        for axis in 1..=rank as usize {
            let count = self.dimensions[axis];
            match (axis, count) {
                (1..=3, 1.0..=1e9) => counts[axis - 1] = count as usize,
                // A count of zero behind the third axis is written for one.
                (4.., 0.0..=1.0) => {}
                (4.., 2.0..) => {
                    let what = format!("an image of {count} volumes (time steps or components)");
                    return Err(source.unsupported(place(), what, "save the volume that is needed by itself").into());
                }
                _ => {
                    return Err(source
                        .syntax(place(), format!("{count} voxels along axis {axis}"), "1 or more")
                        .into());
                }
            }
        }
        Ok(counts)
    }

    fn scalar(&self, source: Source<'_>) -> Result<Scalar, ImagingError> {
        let scalar = match self.datatype {
            2 => Scalar::U8,
            4 => Scalar::I16,
            8 => Scalar::I32,
            16 => Scalar::F32,
            64 => Scalar::F64,
            256 => Scalar::I8,
            512 => Scalar::U16,
            768 => Scalar::U32,
            1024 => Scalar::I64,
            1280 => Scalar::U64,
            other => {
                let (what, remedy) = match other {
                    128 | 2304 => {
                        ("a colour image (RGB)", "a picture of colours measures nothing: give the scan itself")
                    }
                    32 | 1792 | 2048 => ("complex numbers", "save the magnitude"),
                    1536 => ("128-bit numbers", "save it with 64-bit numbers"),
                    1 => ("single bits", "save it with bytes"),
                    _ => ("an unknown number type", "save it with a number type of the standard"),
                };
                let what = format!("{what} (datatype {other})");
                return Err(source.unsupported(Place::Part("datatype".to_owned()), what, remedy).into());
            }
        };
        Ok(scalar)
    }

    fn rescale(&self, notes: &mut Vec<String>) -> Rescale {
        let Rescale { slope, intercept } = self.rescale;
        if slope == 0.0 {
            return Rescale::NONE;
        }
        if !slope.is_finite() || !intercept.is_finite() {
            notes.push(format!("the scaling {slope}, {intercept} is not finite and was ignored"));
            return Rescale::NONE;
        }
        self.rescale
    }

    /// The unit of lengths, if it is stated.
    fn unit(&self) -> Option<LengthUnit> {
        match self.units & 7 {
            1 => Some(LengthUnit::Metre),
            2 => Some(LengthUnit::Millimetre),
            3 => Some(LengthUnit::Micrometre),
            _ => None,
        }
    }

    /// Origin and axes by the affine transform, the quaternion or, with neither, the steps alone; the frame with it.
    fn orientation(&self, notes: &mut Vec<String>) -> (Point3<f64>, Matrix3<f64>, Option<Frame>) {
        let steps = [1, 2, 3].map(|k| if self.steps[k] == 0.0 { 1.0 } else { self.steps[k].abs() });
        let steps = Matrix3::from_diagonal(&Vector3::from(steps));
        let sform = (self.sform_code > 0).then(|| {
            let axes = Matrix3::from_fn(|row, column| self.rows[row][column]);
            (Point3::from(self.rows.map(|row| row[3])), axes)
        });
        let qform = (self.qform_code > 0).then(|| {
            let mirror = if self.steps[0] < 0.0 { -1.0 } else { 1.0 };
            let axes = rotation(self.quaternion) * steps * Matrix3::from_diagonal(&Vector3::new(1.0, 1.0, mirror));
            (Point3::from(self.quaternion_offset), axes)
        });
        if let (Some((so, sa)), Some((qo, qa))) = (&sform, &qform) {
            let apart = (so - qo).norm().max((sa - qa).norm());
            if apart > 1e-2 * steps.norm() {
                notes.push(format!("sform and qform differ by {apart:.3}; the sform was taken"));
            }
        }
        match sform.or(qform) {
            Some((origin, axes)) => (origin, axes, Some(Frame::Ras)),
            None => {
                notes.push("the header states no orientation (sform and qform are unset)".to_owned());
                (Point3::origin(), steps, None)
            }
        }
    }
}

/// The rotation of a unit quaternion (a, b, c, d) with a ≥ 0 from (b, c, d).
fn rotation([b, c, d]: [f64; 3]) -> Matrix3<f64> {
    let squares = b * b + c * c + d * d;
    // A vector part longer than 1 by rounding means a half turn.
    let (a, b, c, d) = match squares <= 1.0 {
        true => ((1.0 - squares).sqrt(), b, c, d),
        false => (0.0, b / squares.sqrt(), c / squares.sqrt(), d / squares.sqrt()),
    };
    #[rustfmt::skip]
    let rotation = Matrix3::new(
        a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c),
        2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b),
        2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - c * c - b * b,
    );
    rotation
}

/// Reads a NIfTI image in one file.
pub(crate) fn read(source: Source<'_>) -> Result<ImageFile, ImagingError> {
    let is_packed = source.bytes.starts_with(GZIP_MAGIC);
    let start = match is_packed {
        true => unpacked(source, MultiGzDecoder::new(source.bytes), HEADER_2 + 4, "gzip")?,
        false => source.bytes[..source.bytes.len().min(HEADER_2 + 4)].to_vec(),
    };
    let layout = Layout::detect(&start)
        .ok_or_else(|| source.syntax(Place::Byte(0), "another number", "348 or 540, the size of a NIfTI header"))?;
    if start.len() < layout.size() {
        return Err(source.truncated(Place::Byte(0), "the header", (layout.size(), start.len(), "bytes")).into());
    }
    let magic = if layout.version == 1 { &start[344..348] } else { &start[4..8] };
    if !magic.starts_with(b"n+") {
        let what = "a header without its voxels (Analyze 7.5, or a pair of .hdr and .img)";
        return Err(source.unsupported(Place::Byte(344), what, "convert it to one .nii or .nii.gz file").into());
    }
    let header = Header::parse(layout, &start);
    let mut notes = Vec::new();
    let scalar = header.scalar(source)?;
    let (origin, axes, frame) = header.orientation(&mut notes);
    let grid = Grid::new(header.counts(source)?, origin, axes)?;
    if !(layout.size() as f64..=1e9).contains(&header.data_offset) {
        let what = format!("the voxels begin at byte {}, inside the header or far away", header.data_offset);
        return Err(source.contradiction(Place::Part("vox_offset".to_owned()), what).into());
    }
    let voxels = body(source, &grid, scalar, layout.endian, header.data_offset as usize, is_packed)?;
    let provenance = Provenance {
        file: source.file.to_owned(),
        format: Format::Nifti,
        unit: header.unit(),
        frame,
        sha256: String::new(),
        notes: Vec::new(),
    };
    let image = Image { grid, voxels, rescale: header.rescale(&mut notes) };
    let provenance = Provenance { notes, ..provenance };
    Ok(ImageFile { image, labels: BTreeMap::new(), provenance, modality: None, withheld: header.withheld })
}

/// The voxels from byte `offset` of the unpacked file on.
fn body(
    source: Source<'_>,
    grid: &Grid,
    scalar: Scalar,
    endian: Endian,
    offset: usize,
    is_packed: bool,
) -> Result<Voxels, ImagingError> {
    if !is_packed {
        let rest = source.bytes.get(offset..).unwrap_or(&[]);
        return voxels(source, grid, scalar, endian, Packing::Raw, rest);
    }
    let whole = grid.count().saturating_mul(scalar.size()).saturating_add(offset);
    // No stream unpacks to more than this; an absurd count is refused before anything is unpacked for it.
    let most = source.bytes.len().saturating_mul(MOST_EXPANSION);
    if whole > most {
        return Err(source.truncated(Place::File, "the voxels", (whole, most, "bytes at most")).into());
    }
    let bytes = unpacked_whole(source, MultiGzDecoder::new(source.bytes), whole, "gzip")?;
    voxels(source, grid, scalar, endian, Packing::Raw, bytes.get(offset..).unwrap_or(&[]))
}

/// Writes an image in mm and LPS as NIfTI-1 (RAS, sform), packed when the name ends with `.gz`. Lengths are single
/// precision there.
///
/// # Errors
/// [`WriteError`]; nothing of the file is left then.
pub fn write(path: &Path, image: &Image, control: &RunControl) -> Result<(), WriteError> {
    if let Some(&most) = image.grid.dimensions.iter().find(|&&count| i16::try_from(count).is_err()) {
        let what = format!("{most} voxels along an axis do not fit NIfTI-1; write .nrrd or .mha");
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, what);
        return Err(WriteError::Io { path: path.to_path_buf(), source });
    }
    let header = header_of(image);
    let is_packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    write_atomically(path, |file| {
        if !is_packed {
            file.write_all(&header)?;
            return image.voxels.write(file, control);
        }
        let mut packed = GzEncoder::new(file, Compression::new(6));
        packed.write_all(&header)?;
        image.voxels.write(&mut packed, control)?;
        packed.finish().map(drop)
    })
}

fn header_of(image: &Image) -> Vec<u8> {
    let mut header = vec![0_u8; 352];
    let mut put = |offset: usize, bytes: &[u8]| header[offset..offset + bytes.len()].copy_from_slice(bytes);
    let grid = image.grid.turned_about_z();
    put(0, &(HEADER_1 as i32).to_le_bytes());
    for (k, n) in [3, grid.dimensions[0], grid.dimensions[1], grid.dimensions[2], 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * k, &i16::try_from(n).unwrap_or(i16::MAX).to_le_bytes());
    }
    let (datatype, bits): (i16, i16) = match image.voxels.scalar() {
        Scalar::U8 => (2, 8),
        Scalar::I8 => (256, 8),
        Scalar::U16 => (512, 16),
        Scalar::I16 => (4, 16),
        Scalar::U32 => (768, 32),
        Scalar::I32 => (8, 32),
        Scalar::U64 => (1280, 64),
        Scalar::I64 => (1024, 64),
        Scalar::F32 => (16, 32),
        Scalar::F64 => (64, 64),
    };
    put(70, &datatype.to_le_bytes());
    put(72, &bits.to_le_bytes());
    let spacing = grid.spacing();
    for (k, step) in [1.0, spacing[0], spacing[1], spacing[2], 1.0, 1.0, 1.0, 1.0].into_iter().enumerate() {
        put(76 + 4 * k, &(step as f32).to_le_bytes());
    }
    put(108, &352.0_f32.to_le_bytes());
    put(112, &(image.rescale.slope as f32).to_le_bytes());
    put(116, &(image.rescale.intercept as f32).to_le_bytes());
    put(123, &[2]);
    put(254, &1_i16.to_le_bytes());
    for row in 0..3 {
        let values = [grid.axes[(row, 0)], grid.axes[(row, 1)], grid.axes[(row, 2)], grid.origin[row]];
        for (k, value) in values.into_iter().enumerate() {
            put(280 + 16 * row + 4 * k, &(value as f32).to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_image_bytes;
    use approx::assert_relative_eq;

    /// A header of the given version and byte order with the voxels 1 to 8 of 16 bits behind it.
    fn file(version: u8, endian: Endian) -> Vec<u8> {
        let layout = Layout { version, endian };
        let mut bytes = vec![0; layout.size() + 4];
        let mut put = |one: (usize, Scalar), two: (usize, Scalar), value: f64| {
            let (offset, scalar) = if version == 1 { one } else { two };
            let mut number = match scalar {
                Scalar::F32 => (value as f32).to_le_bytes().to_vec(),
                Scalar::F64 => value.to_le_bytes().to_vec(),
                scalar => (value as i64).to_le_bytes()[..scalar.size()].to_vec(),
            };
            if endian == Endian::Big {
                number.reverse();
            }
            bytes[offset..offset + number.len()].copy_from_slice(&number);
        };
        use Scalar::{F32, F64, I16, I32, I64};
        put((0, I32), (0, I32), layout.size() as f64);
        for (k, n) in [3.0, 2.0, 2.0, 2.0].into_iter().enumerate() {
            put((40 + 2 * k, I16), (16 + 8 * k, I64), n);
        }
        put((70, I16), (12, I16), 4.0);
        for (k, step) in [-1.0, 0.5, 0.6, 2.0].into_iter().enumerate() {
            put((76 + 4 * k, F32), (104 + 8 * k, F64), step);
        }
        put((108, F32), (168, I64), layout.size() as f64 + 4.0);
        put((112, F32), (176, F64), 2.0);
        put((116, F32), (184, F64), -10.0);
        put((252, I16), (344, I32), 1.0);
        // A quarter turn about z: a = d = sqrt(1/2).
        put((264, F32), (368, F64), 0.5_f64.sqrt());
        put((268, F32), (376, F64), 7.0);
        put((123, Scalar::U8), (500, I32), 2.0);
        let magic = if version == 1 { 344 } else { 4 };
        bytes[magic..magic + 3].copy_from_slice(if version == 1 { b"n+1" } else { b"n+2" });
        for value in 1..=8_i16 {
            let pair = if endian == Endian::Big { value.to_be_bytes() } else { value.to_le_bytes() };
            bytes.extend_from_slice(&pair);
        }
        bytes
    }

    fn read_bytes(bytes: &[u8]) -> Result<ImageFile, ImagingError> {
        read_image_bytes("t.nii", bytes, &RunControl::silent())
    }

    #[test]
    fn both_versions_and_byte_orders_give_the_same_image() {
        for version in [1, 2] {
            for endian in [Endian::Little, Endian::Big] {
                let read = read_bytes(&file(version, endian)).unwrap();
                let image = &read.image;
                assert_eq!(image.voxels, Voxels::I16((1..=8).collect()), "{version} {endian:?}");
                assert_eq!((image.value(0), read.provenance.frame), (-8.0, Some(Frame::Ras)));
                assert_eq!(read.provenance.unit, Some(LengthUnit::Millimetre));
                // i points along y, j against x, k (mirrored by the negative qfac) against z.
                let expected = Matrix3::new(0.0, -0.6, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, -2.0);
                assert_relative_eq!(image.grid.axes, expected, epsilon = 1e-6);
                assert_relative_eq!(image.grid.origin.x, 7.0);
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let whole = file(1, Endian::Little);
        let with = |offset: usize, bytes: &[u8]| {
            let mut changed = whole.clone();
            changed[offset..offset + bytes.len()].copy_from_slice(bytes);
            read_bytes(&changed).unwrap_err().to_string()
        };
        assert!(with(70, &128_i16.to_le_bytes()).contains("RGB"));
        assert!(with(40, &[9, 0]).contains("9 dimensions"));
        assert!(with(42, &[0, 0x80]).contains("axis 1"));
        assert!(with(344, b"ni1\0").contains(".hdr"));
        assert!(with(108, &1e30_f32.to_le_bytes()).contains("vox_offset"));
        assert!(with(42, &30000_i16.to_le_bytes()).contains("truncated"));
        assert!(with(80, &f32::NAN.to_le_bytes()).contains("grid"));
        assert!(read_bytes(&whole[..300]).is_err());
        assert!(read_bytes(&whole[..whole.len() - 1]).unwrap_err().to_string().contains("needs 16 bytes"));
    }

    #[test]
    fn texts_that_may_name_a_patient_are_withheld() {
        let mut bytes = file(1, Endian::Little);
        bytes[148..156].copy_from_slice(b"DOE^JANE");
        let read = read_bytes(&bytes).unwrap();
        assert_eq!(read.withheld, ["descrip"]);
        assert!(!format!("{read:?}").contains("JANE"));
    }
}
