//! DICOM: a real series, series and segmentations written by another implementation, damaged files.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use control::RunControl;
use dicom_core::value::{DataSetSequence, PixelFragmentSequence};
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use imaging::{ImageFile, ImagingError, Voxels, judge_image, read_image, read_image_bytes};
use mesh_io::{Format, Frame, LengthUnit, Provenance};
use nalgebra::{Point3, Vector3};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const BIG: &str = "1.2.840.10008.1.2.2";
const RLE: &str = "1.2.840.10008.1.2.5";
const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.70";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const SEGMENTATION: &str = "1.2.840.10008.5.1.4.1.1.66.4";

const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const POSITION: Tag = Tag(0x0020, 0x0032);
const ORIENTATION: Tag = Tag(0x0020, 0x0037);
const SPACING: Tag = Tag(0x0028, 0x0030);
const ROWS: Tag = Tag(0x0028, 0x0010);
const BITS_STORED: Tag = Tag(0x0028, 0x0101);
const HIGH_BIT: Tag = Tag(0x0028, 0x0102);
const REPRESENTATION: Tag = Tag(0x0028, 0x0103);
const SLOPE: Tag = Tag(0x0028, 0x1053);
const PIXELS: Tag = Tag(0x7FE0, 0x0010);

/// 8 columns and 6 rows.
const COLUMNS: usize = 8;
const HEIGHT: usize = 6;

/// What no output may show.
const SECRETS: [&str; 3] = ["DOE", "19580412", "QX-77-31"];

fn texts(values: &[f64]) -> PrimitiveValue {
    PrimitiveValue::Strs(values.iter().map(|value| value.to_string()).collect())
}

fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: impl Into<PrimitiveValue>) {
    object.put(DataElement::new(tag, vr, value.into()));
}

fn put_items(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
}

/// The stored value of a pixel of the synthetic slices, 12 bits with a sign.
fn stored(slice: usize, pixel: usize) -> i16 {
    ((97 * pixel + 331 * slice) % 4096) as i16 - 2048
}

/// The attributes of a CT slice of 8 x 6 pixels of 0.5 (along a row) x 0.75 mm, `slice` steps of 2 mm along z.
fn slice(slice: usize) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    let o = &mut object;
    put(o, SOP_CLASS, VR::UI, CT);
    put(o, Tag(0x0008, 0x0018), VR::UI, format!("1.2.3.{slice}"));
    put(o, Tag(0x0008, 0x0060), VR::CS, "CT");
    put(o, Tag(0x0010, 0x0010), VR::PN, "DOE^JANE");
    put(o, Tag(0x0010, 0x0020), VR::LO, "QX-77-31");
    put(o, Tag(0x0010, 0x0030), VR::DA, "19580412");
    put(o, Tag(0x0009, 0x0010), VR::LO, "DOE'S PRIVATE");
    put(o, Tag(0x0018, 0x0050), VR::DS, "2");
    put(o, Tag(0x0020, 0x000E), VR::UI, "1.2.3.4");
    put(o, Tag(0x0020, 0x0013), VR::IS, format!("{}", slice + 1));
    put(o, POSITION, VR::DS, texts(&[-10.0, 20.5, 100.0 + 2.0 * slice as f64]));
    put(o, ORIENTATION, VR::DS, texts(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
    put(o, Tag(0x0028, 0x0002), VR::US, 1_u16);
    put(o, Tag(0x0028, 0x0004), VR::CS, "MONOCHROME2");
    put(o, ROWS, VR::US, HEIGHT as u16);
    put(o, Tag(0x0028, 0x0011), VR::US, COLUMNS as u16);
    put(o, SPACING, VR::DS, texts(&[0.75, 0.5]));
    put(o, Tag(0x0028, 0x0100), VR::US, 16_u16);
    put(o, BITS_STORED, VR::US, 12_u16);
    put(o, HIGH_BIT, VR::US, 11_u16);
    put(o, REPRESENTATION, VR::US, 1_u16);
    put(o, Tag(0x0028, 0x1052), VR::DS, "-24");
    put(o, SLOPE, VR::DS, "0.5");
    put_pixels(o, slice);
    object
}

/// Pixels that are not packed; beside the 12 bits that count stands something else.
fn put_pixels(object: &mut InMemDicomObject, slice: usize) {
    let words: Vec<u16> = (0..COLUMNS * HEIGHT).map(|pixel| (stored(slice, pixel) as u16 & 0x0FFF) | 0x5000).collect();
    put(object, PIXELS, VR::OW, PrimitiveValue::U16(words.into()));
}

fn put_packed(object: &mut InMemDicomObject, mut frame: Vec<u8>) {
    frame.resize(frame.len().next_multiple_of(2), 0);
    let fragments = PixelFragmentSequence::new_fragments(vec![frame]);
    object.put(DataElement::new(PIXELS, VR::OB, fragments));
}

fn bytes_of(object: InMemDicomObject, syntax: &str, class: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax)
        .media_storage_sop_class_uid(class)
        .media_storage_sop_instance_uid("1.2.3");
    let mut bytes = Vec::new();
    object.with_meta(meta).unwrap().write_all(&mut bytes).unwrap();
    bytes
}

/// A folder with one file a slice, named so that the order of the names is not that of the slices.
fn folder(slices: Vec<InMemDicomObject>, syntax: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let count = slices.len();
    for (k, slice) in slices.into_iter().enumerate() {
        let name = format!("{}_slice{k}.dcm", (7 * k + 3) % count.next_power_of_two());
        std::fs::write(folder.path().join(name), bytes_of(slice, syntax, CT)).unwrap();
    }
    folder
}

fn read(path: &Path) -> Result<ImageFile, ImagingError> {
    read_image(path, &RunControl::silent())
}

/// What is refused, and that the refusal shows nothing of the patient.
fn refusal(path: &Path) -> String {
    let error = read(path).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    error.to_string()
}

fn assert_synthetic(read: &ImageFile, slices: usize) {
    let grid = &read.image.grid;
    assert_eq!(grid.dimensions, [COLUMNS, HEIGHT, slices]);
    assert!((grid.origin - Point3::new(-10.0, 20.5, 100.0)).norm() < 1e-12);
    assert!((grid.axes.diagonal() - Vector3::new(0.5, 0.75, 2.0)).norm() < 1e-12, "{}", grid.axes);
    assert!(matches!(read.image.voxels, Voxels::I16(_)));
    for index in 0..grid.count() {
        let expected = 0.5 * f64::from(stored(index / 48, index % 48)) - 24.0;
        assert_eq!(read.image.value(index), expected, "voxel {:?}", grid.voxel(index));
    }
}

#[test]
fn every_uncompressed_syntax_gives_the_same_voxels_and_nothing_of_the_patient() {
    for syntax in [IMPLICIT, EXPLICIT, BIG, DEFLATED] {
        let folder = folder((0..5).map(slice).collect(), syntax);
        let image = read(folder.path()).unwrap();
        assert_synthetic(&image, 5);
        let Provenance { format, unit, frame, .. } = &image.provenance;
        assert_eq!((*format, *unit, *frame), (Format::Dicom, Some(LengthUnit::Millimetre), Some(Frame::Lps)));
        let expected = [
            "PatientBirthDate",
            "PatientID",
            "PatientName",
            "SOPInstanceUID",
            "SeriesInstanceUID",
            "private attributes",
        ];
        assert_eq!(image.withheld, expected, "{syntax}");
        let report = format!("{image:?} {:?}", judge_image(image.clone(), None, None).report);
        assert!(SECRETS.iter().all(|secret| !report.contains(secret)), "{syntax}");
    }
}

/// Two pixels of 8 bits share a word, and the last of an odd number shares its own with nothing.
#[test]
fn an_odd_number_of_bytes_in_words_is_read_in_both_byte_orders() {
    for syntax in [EXPLICIT, BIG] {
        let mut object = slice(0);
        for (tag, value) in [(ROWS, 5_u16), (Tag(0x0028, 0x0011), 7), (Tag(0x0028, 0x0100), 8), (BITS_STORED, 8)] {
            put(&mut object, tag, VR::US, value);
        }
        put(&mut object, HIGH_BIT, VR::US, 7_u16);
        put(&mut object, REPRESENTATION, VR::US, 0_u16);
        let words: Vec<u16> = (0..35_u16).step_by(2).map(|pixel| (((pixel + 1) % 35) << 8) | pixel).collect();
        put(&mut object, PIXELS, VR::OW, PrimitiveValue::U16(words.into()));
        let read = read_image_bytes("a.dcm", &bytes_of(object, syntax, CT), &RunControl::silent()).unwrap();
        assert_eq!(read.image.voxels, Voxels::U8((0..35).collect()), "{syntax}");
    }
}

/// Run-length coding (PS3.5, annex G): a stream of the high and one of the low bytes.
fn run_lengths(words: &[u16]) -> Vec<u8> {
    let stream = |shift: u32| {
        let mut coded = Vec::new();
        for run in words.chunk_by(|a, b| (a >> shift) as u8 == (b >> shift) as u8) {
            let byte = (run[0] >> shift) as u8;
            match run.len() {
                1 => coded.extend([0, byte]),
                length => coded.extend([(1 - length as i64) as u8, byte]),
            }
        }
        coded
    };
    let (high, low) = (stream(8), stream(0));
    let mut frame: Vec<u8> = [2, 64, 64 + high.len() as u32].iter().flat_map(|n: &u32| n.to_le_bytes()).collect();
    frame.resize(64, 0);
    frame.into_iter().chain(high).chain(low).collect()
}

/// How a lossless JPEG is coded: its prediction, the lines between restarts (0 without), and the bits left out.
#[derive(Debug, Clone, Copy)]
struct Lossless {
    predictor: u8,
    lines: usize,
    transform: u8,
}

/// JPEG lossless (ITU-T T.81, annex H) with codes of 5 bits for all 17 categories.
fn jpeg_lossless_as(words: &[u16], Lossless { predictor, lines, transform }: Lossless) -> Vec<u8> {
    let mut frame = vec![0xFF, 0xD8, 0xFF, 0xC3, 0, 11, 16, 0, HEIGHT as u8, 0, COLUMNS as u8, 1, 1, 0x11, 0];
    frame.extend([0xFF, 0xC4, 0, 36, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    frame.extend(0..17_u8);
    frame.extend([0xFF, 0xDD, 0, 4, 0, (lines * COLUMNS) as u8]);
    frame.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, predictor, 0, transform]);
    let value = |row: usize, column: usize| i32::from(words[row * COLUMNS + column] >> transform);
    let lines = if lines == 0 { HEIGHT } else { lines };
    for first in (0..HEIGHT).step_by(lines) {
        let mut bits = Vec::new();
        for (row, column) in (first..(first + lines).min(HEIGHT)).flat_map(|row| (0..COLUMNS).map(move |c| (row, c))) {
            let predicted = match (row == first, column) {
                (true, 0) => 1 << (15 - transform),
                (true, _) => value(row, column - 1),
                (false, 0) => value(row - 1, 0),
                _ => {
                    let (a, b, c) = (value(row, column - 1), value(row - 1, column), value(row - 1, column - 1));
                    [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1]
                        [usize::from(predictor)]
                }
            };
            let difference = i32::from((value(row, column) - predicted) as i16);
            let category = 32 - difference.unsigned_abs().leading_zeros();
            bits.extend((0..5).rev().map(|k| category >> k & 1));
            let extra = if difference < 0 { difference - 1 } else { difference } as u32;
            let length = if category == 16 { 0 } else { category };
            bits.extend((0..length).rev().map(|k| extra >> k & 1));
        }
        for byte in bits.chunks(8) {
            let byte = (0..8).fold(0, |sum, k| sum << 1 | *byte.get(k).unwrap_or(&1) as u8);
            frame.push(byte);
            if byte == 0xFF {
                frame.push(0);
            }
        }
        if first + lines < HEIGHT {
            frame.extend([0xFF, 0xD0 + (first / lines % 8) as u8]);
        }
    }
    frame.extend([0xFF, 0xD9]);
    frame
}

fn jpeg_lossless(words: &[u16]) -> Vec<u8> {
    jpeg_lossless_as(words, Lossless { predictor: 1, lines: 0, transform: 0 })
}

#[test]
fn every_prediction_restart_and_transform_of_lossless_jpeg_is_exact() {
    let codings = (1..=7).flat_map(|predictor| {
        [(0, 0), (2, 0), (0, 3), (1, 3)].map(|(lines, transform)| Lossless { predictor, lines, transform })
    });
    for coding in codings {
        let mut object = slice(0);
        put_packed(&mut object, jpeg_lossless_as(&words(0), coding));
        put(&mut object, REPRESENTATION, VR::US, 0_u16);
        let bytes = bytes_of(object, JPEG_LOSSLESS, CT);
        let read = read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap();
        for (pixel, word) in words(0).into_iter().enumerate() {
            let expected = f64::from(word >> coding.transform << coding.transform);
            assert_eq!(read.image.voxels.get(pixel), expected, "pixel {pixel}, {coding:?}");
        }
    }
}

fn words(slice: usize) -> Vec<u16> {
    (0..COLUMNS * HEIGHT).map(|pixel| stored(slice, pixel) as u16 & 0x0FFF).collect()
}

fn packed(number: usize, pack: fn(&[u16]) -> Vec<u8>) -> InMemDicomObject {
    let mut object = slice(number);
    put_packed(&mut object, pack(&words(number)));
    object
}

#[test]
fn run_lengths_and_lossless_jpeg_give_the_same_voxels() {
    for (syntax, pack) in [(RLE, run_lengths as fn(&[u16]) -> Vec<u8>), (JPEG_LOSSLESS, jpeg_lossless)] {
        let folder = folder((0..4).map(|k| packed(k, pack)).collect(), syntax);
        assert_synthetic(&read(folder.path()).unwrap(), 4);
    }
}

/// Codestreams by OpenJPEG 2.5 (Python package pylibjpeg-openjpeg 2.6) of 34 x 33 pixels of 12 bits: see
/// [`stored_2000`], the signed one less 2048.
const UNSIGNED_2000: &str = "ff4fff5100290000000000220000002100000000000000000000002200000021000000000000000000010b0101ff52000c00\
     000001000504040001ff5c00134060686870686870686870686870686870ff640025000143726561746564206279204f7065\
     6e4a5045472076657273696f6e20322e352e32ff90000a0000000002380001ff93cfe41c099f3a14786dacc007c214007c21\
     40008408bf0bdb03c007c22c007c2240008809369bff7f0615bc2f059fc03ea10807d423007d4200116049a0b263da2974a1\
     be1bea3d617f1183cccabcfbe8116efd7682868225c36b2220f147208fd9a050097d7d35eaed6fc07da6d01f69ac03ed3020\
     c5878e3fb0947368c6cb6498a060922df811d934d45aa2280026d6f8605fd5d1e002c1667c131f0428574c37e4774625471a\
     e9f95419be4446fb9cb55734da6e6838c2cb17f0e22b7f153bbeb822b05aa41037d306b329e95e0081378da64e9e94ae7c55\
     eef1015f480524dcafed0888431875f2cb282e37e6cbeca02021191d9b55565deff6b7e870b3f8355e926c5f22a0270e0ef1\
     f4dff2afc07dadf01f6b4403ed3a20c3375a3465de5a8977c0eca0b576cd01952a7561170f8ddf46c7a69e6de876ed0d2f77\
     f02b2a4d027955166e9319f7bd23ba38239df319bbd270d5f872754121309f327f04a331298c51ef81e595d13d7eef846914\
     80f70eb4b6ada96786c86cf96a5473100650caabab0e4d48af19be442c9ec12176d32537d6556cb9f7a6c308fef41b5b554b\
     af310b1bee7d25304d096ef05861f043fa4c672011ea8a3457240a3a91c9c766055aacb820f8ccd610b050f691938acad3cc\
     65f69be858aab308b78ff7cf5c22d8d6e3be1c5118812da1084cb9bb5c24ca8df628d6d29b23dd74f584f17c2bb77dcf0f63\
     221d9d11c7b5e8aa2cdfeb4dae39d6f37fff7803500f31fd6a7cdd48c5140e11f66d52967fffd9";
const SIGNED_2000: &str = "ff4fff5100290000000000220000002100000000000000000000002200000021000000000000000000018b0101ff52000c00\
     000001000504040001ff5c00134060686870686870686870686870686870ff640025000143726561746564206279204f7065\
     6e4a5045472076657273696f6e20322e352e32ff90000a0000000002380001ff93cfe41c099f3a14786dacc007c214007c21\
     40008408bf0bdb03c007c22c007c2240008809369bff7f0615bc2f059fc03ea10807d423007d4200116049a0b263da2974a1\
     be1bea3d617f1183cccabcfbe8116efd7682868225c36b2220f147208fd9a050097d7d35eaed6fc07da6d01f69ac03ed3020\
     c5878e3fb0947368c6cb6498a060922df811d934d45aa2280026d6f8605fd5d1e002c1667c131f0428574c37e4774625471a\
     e9f95419be4446fb9cb55734da6e6838c2cb17f0e22b7f153bbeb822b05aa41037d306b329e95e0081378da64e9e94ae7c55\
     eef1015f480524dcafed0888431875f2cb282e37e6cbeca02021191d9b55565deff6b7e870b3f8355e926c5f22a0270e0ef1\
     f4dff2afc07dadf01f6b4403ed3a20c3375a3465de5a8977c0eca0b576cd01952a7561170f8ddf46c7a69e6de876ed0d2f77\
     f02b2a4d027955166e9319f7bd23ba38239df319bbd270d5f872754121309f327f04a331298c51ef81e595d13d7eef846914\
     80f70eb4b6ada96786c86cf96a5473100650caabab0e4d48af19be442c9ec12176d32537d6556cb9f7a6c308fef41b5b554b\
     af310b1bee7d25304d096ef05861f043fa4c672011ea8a3457240a3a91c9c766055aacb820f8ccd610b050f691938acad3cc\
     65f69be858aab308b78ff7cf5c22d8d6e3be1c5118812da1084cb9bb5c24ca8df628d6d29b23dd74f584f17c2bb77dcf0f63\
     221d9d11c7b5e8aa2cdfeb4dae39d6f37fff7803500f31fd6a7cdd48c5140e11f66d52967fffd9";

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn stored_2000(pixel: usize) -> u16 {
    let (row, column) = (pixel / 34, pixel % 34);
    let spot = if (row * column).is_multiple_of(7) { 100 } else { 0 };
    (100 * row + 15 * column + spot) as u16
}

fn slice_2000(is_signed: bool) -> InMemDicomObject {
    let mut object = slice(0);
    put(&mut object, ROWS, VR::US, 33_u16);
    put(&mut object, Tag(0x0028, 0x0011), VR::US, 34_u16);
    put(&mut object, REPRESENTATION, VR::US, u16::from(is_signed));
    put_packed(&mut object, unhex(if is_signed { SIGNED_2000 } else { UNSIGNED_2000 }));
    object
}

#[test]
fn signed_and_unsigned_jpeg_2000_are_exact() {
    for is_signed in [false, true] {
        let bytes = bytes_of(slice_2000(is_signed), JPEG_2000, CT);
        let read = read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap();
        for pixel in 0..34 * 33 {
            let value = f64::from(stored_2000(pixel)) - if is_signed { 2048.0 } else { 0.0 };
            assert_eq!(read.image.voxels.get(pixel), value, "pixel {pixel}");
        }
        assert_eq!(read.image.grid.dimensions, [34, 33, 1]);
        assert_eq!(read.image.grid.spacing(), [0.5, 0.75, 2.0]);
    }
}

/// A decoder could make a blurred image of it.
#[test]
fn jpeg_2000_that_ends_early_is_refused() {
    let whole = unhex(UNSIGNED_2000);
    for kept in [whole.len() / 2, whole.len() - 20] {
        let mut object = slice_2000(false);
        put_packed(&mut object, whole[..kept].to_vec());
        let bytes = bytes_of(object, JPEG_2000, CT);
        let error = read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap_err().to_string();
        assert!(error.contains("the JPEG 2000 data are damaged"), "{error}");
    }
}

/// Baseline JPEG by libjpeg-turbo (Python package Pillow, quality 97) of 17 x 24 pixels 5 row + 7 column.
const BASELINE: &str = "ffd8ffe000104a46494600010100000100010000ffdb00430001010101010101010101010101010102020101010103020202\
     020303040403030303040406050404050403030507050506060606060405070707060706060606ffc0000b08001800110101\
     1100ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b51000020103030204030505\
     04040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a\
     25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a8384858687\
     88898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2\
     e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00fe53ff0067ff00849ff1e5fe8bfddfe0afdc0fd9ff00\
     e127fc797fa2ff0077f82befcff8549ff4ebff008e57e41fecff00f093fe3cbfd17fbbfc15fb81fb3ffc24ff008f2ff45fee\
     ff00057df9ff000a93fe9d7ff1cafc83fd9ffe127fc797fa2ff77f82bf703f67ff00849ff1e5fe8bfddfe0afbf3fe1527fd3\
     affe395fffd9";

fn slice_baseline() -> InMemDicomObject {
    let mut object = slice(0);
    for (tag, value) in [(ROWS, 24_u16), (Tag(0x0028, 0x0011), 17), (Tag(0x0028, 0x0100), 8), (BITS_STORED, 8)] {
        put(&mut object, tag, VR::US, value);
    }
    put(&mut object, HIGH_BIT, VR::US, 7_u16);
    put(&mut object, REPRESENTATION, VR::US, 0_u16);
    put_packed(&mut object, unhex(BASELINE));
    object
}

/// Every coefficient is rounded to a multiple of at most 7 (of the highest frequencies); libjpeg is within 2 itself.
#[test]
fn baseline_jpeg_is_as_exact_as_its_coding() {
    let bytes = bytes_of(slice_baseline(), JPEG_BASELINE, CT);
    let read = read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap();
    assert!(matches!(read.image.voxels, Voxels::U8(_)));
    for pixel in 0..17 * 24 {
        let expected = (5 * (pixel / 17) + 7 * (pixel % 17)) as f64;
        assert!((read.image.voxels.get(pixel) - expected).abs() <= 3.0, "pixel {pixel}");
    }
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/images/dicom_ct_series")
}

/// Copies slices of the real series under new names.
fn real(slices: &[(u32, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, name) in slices {
        std::fs::copy(assets().join(format!("slice_{number}.dcm")), folder.path().join(name)).unwrap();
    }
    folder
}

/// Reference values by pydicom 3.0.2 with pylibjpeg-openjpeg 2.6.0, which share no code with this reader.
#[test]
fn a_real_series_is_read_to_the_last_bit() {
    let file = read(&assets()).unwrap();
    let image = &file.image;
    assert_eq!(image.grid.dimensions, [512, 512, 3]);
    assert_eq!(image.grid.spacing(), [0.9765625, 0.9765625, 2.0]);
    assert_eq!(image.grid.origin, Point3::new(-249.51171875, -437.51171875, -772.5));
    assert_eq!(image.range(), Some((-1024.0, 1733.0)));
    assert_eq!(file.provenance.frame, Some(Frame::Lps));
    // Slice 16575 is the middle one and 16576 the lowest.
    assert_eq!(image.value(image.grid.index([256, 200, 1])), 119.0);
    assert_eq!(image.value(image.grid.index([100, 300, 0])), -58.0);
    let mut digest = Sha256::new();
    (0..image.voxels.len()).for_each(|index| digest.update((image.value(index) as i16).to_le_bytes()));
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "6ff0bab51063489a01aa3f92240c7f8b93c785e08d64ca49c01dedf739f27302");
    assert!(
        ["InstitutionAddress", "StudyDate", "DeviceSerialNumber"]
            .iter()
            .all(|name| file.withheld.iter().any(|n| n == name))
    );
    let report = format!("{:?} {:?}", file.provenance, judge_image(file.clone(), None, None).report);
    assert!(!["Petersgraben", "20221208", "SIEMENS"].iter().any(|text| report.contains(text)));
}

#[test]
fn names_of_files_do_not_matter_and_a_missing_slice_is_found() {
    let whole = read(&assets()).unwrap();
    let shuffled = read(real(&[(16575, "a"), (16576, "b.dcm"), (16574, "c")]).path()).unwrap();
    assert_eq!(shuffled.image, whole.image);
    assert_eq!(shuffled.provenance.sha256, whole.provenance.sha256);
    let error = refusal(real(&[(16574, "a"), (16576, "b")]).path());
    assert!(error.contains("slices are missing: 4.0000 mm lie between b and a"), "{error}");
}

#[test]
fn missing_doubled_and_uneven_slices_are_found() {
    let gap = folder([0, 1, 2, 4, 5].map(slice).into(), EXPLICIT);
    let error = refusal(gap.path());
    assert!(error.contains("missing: 4.0000 mm lie between 1_slice2.dcm and 0_slice3.dcm"), "{error}");

    let twice = folder([0, 1, 1, 2].map(slice).into(), EXPLICIT);
    let file = read(twice.path()).unwrap();
    assert_synthetic(&file, 3);
    assert!(file.provenance.notes.iter().any(|note| note.contains("1 slices are there twice")));
    let once = read(folder([0, 1, 2].map(slice).into(), EXPLICIT).path()).unwrap();
    assert_eq!(once.provenance.sha256, file.provenance.sha256);

    let mut phase = slice(1);
    put_pixels(&mut phase, 2);
    let error = refusal(folder(vec![slice(0), slice(1), phase, slice(2)], EXPLICIT).path());
    assert!(error.contains("differ and are at one place"), "{error}");

    let moved = |beside: f64| {
        let mut slices = [0, 1, 2, 3].map(slice);
        put(&mut slices[1], POSITION, VR::DS, texts(&[-10.0, 20.5, 102.0 + beside]));
        folder(slices.into(), EXPLICIT)
    };
    let file = read(moved(0.01).path()).unwrap();
    assert!(file.provenance.notes.iter().any(|note| note.contains("beside even steps")), "{:?}", file.provenance);
    let error = refusal(moved(0.1).path());
    assert!(error.contains("lies 0.1000 mm beside its place"), "{error}");
}

/// Each slice moves by 0.4 mm within its plane: the grid is sheared and exact.
#[test]
fn a_tilted_gantry_shears_the_grid() {
    let tilted = |odd: f64| {
        let slices = (0..4).map(|k| {
            let mut slice = slice(k);
            let beside = 0.4 * k as f64 + if k == 2 { odd } else { 0.0 };
            put(&mut slice, POSITION, VR::DS, texts(&[-10.0, 20.5 + beside, 100.0 + 2.0 * k as f64]));
            slice
        });
        folder(slices.collect(), EXPLICIT)
    };
    let file = read(tilted(0.0).path()).unwrap();
    let step = file.image.grid.axes.column(2).into_owned();
    assert!((step - Vector3::new(0.0, 0.4, 2.0)).norm() < 1e-12);
    assert!(file.provenance.notes.iter().any(|note| note.contains("gantry tilt of 11.31 degrees")));
    assert!(refusal(tilted(0.3).path()).contains("beside its place"));
}

#[test]
fn slices_unlike_the_others_are_refused_by_name() {
    let with = |change: &dyn Fn(&mut InMemDicomObject)| {
        let mut slices = [0, 1, 2, 3].map(slice);
        change(&mut slices[2]);
        refusal(folder(slices.into(), IMPLICIT).path())
    };
    let error = with(&|slice| {
        put(slice, ROWS, VR::US, 3_u16);
        put(slice, PIXELS, VR::OW, PrimitiveValue::U16(vec![0; 3 * COLUMNS].into()));
    });
    assert!(error.contains("1_slice2.dcm") && error.contains("8 x 3 pixels"), "{error}");
    let error = with(&|slice| put(slice, SPACING, VR::DS, texts(&[0.75, 0.6])));
    assert!(error.contains("1_slice2.dcm") && error.contains("0.6 x 0.75 mm"), "{error}");
    let error = with(&|slice| put(slice, ORIENTATION, VR::DS, texts(&[1.0, 0.0, 0.0, 0.0, 0.0, -1.0])));
    assert!(error.contains("1_slice2.dcm") && error.contains("orientation"), "{error}");
}

#[test]
fn scalings_that_differ_are_applied() {
    let mut slices = [0, 1, 2].map(slice);
    put(&mut slices[1], SLOPE, VR::DS, "0.25");
    let file = read(folder(slices.into(), EXPLICIT).path()).unwrap();
    assert!(matches!(file.image.voxels, Voxels::F32(_)));
    assert_eq!(file.image.value(48 + 7), 0.25 * f64::from(stored(1, 7)) - 24.0);
    assert_eq!(file.image.value(96 + 7), 0.5 * f64::from(stored(2, 7)) - 24.0);
}

#[test]
fn several_series_are_listed_without_a_name_unless_the_others_are_single_files() {
    let folder = folder([0, 1, 2].map(slice).into(), EXPLICIT);
    let add = |name: &str, position: usize| {
        let mut other = slice(position);
        put(&mut other, Tag(0x0020, 0x000E), VR::UI, "1.2.3.5");
        put(&mut other, Tag(0x0008, 0x103E), VR::LO, "HEAD OF DOE");
        std::fs::write(folder.path().join(name), bytes_of(other, EXPLICIT, CT)).unwrap();
    };
    add("x.dcm", 0);
    std::fs::write(folder.path().join("notes.txt"), "DOE^JANE").unwrap();
    let file = read(folder.path()).unwrap();
    assert_synthetic(&file, 3);
    let notes = file.provenance.notes.join("; ");
    assert!(notes.contains("1 other series") && notes.contains("1 files that are no DICOM"), "{notes}");
    add("y.dcm", 1);
    let error = refusal(folder.path());
    assert!(error.contains("a folder of 2 series (CT, 3 files") && error.contains("CT, 2 files from x.dcm"), "{error}");
}

/// What a functional group of a frame says.
fn group(tag: Tag, content: InMemDicomObject) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    put_items(&mut object, tag, vec![content]);
    object
}

fn item(tag: Tag, vr: VR, value: impl Into<PrimitiveValue>) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    put(&mut object, tag, vr, value);
    object
}

/// Groups that all frames share: orientation, spacing and the step of 2 mm.
fn shared() -> InMemDicomObject {
    let mut measures = item(SPACING, VR::DS, texts(&[0.75, 0.5]));
    put(&mut measures, Tag(0x0018, 0x0088), VR::DS, "2");
    let mut groups = group(Tag(0x0028, 0x9110), measures);
    let orientation = item(ORIENTATION, VR::DS, texts(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
    put_items(&mut groups, Tag(0x0020, 0x9116), vec![orientation]);
    groups
}

fn frame_at(plane: usize) -> InMemDicomObject {
    let position = texts(&[-10.0, 20.5, 100.0 + 2.0 * plane as f64]);
    group(Tag(0x0020, 0x9113), item(POSITION, VR::DS, position))
}

/// The slices of the synthetic series as frames of one file, in the order 2, 0, 1.
fn multi_frame() -> InMemDicomObject {
    let order = [2, 0, 1];
    let mut object = slice(0);
    for tag in [POSITION, ORIENTATION, SPACING] {
        object.remove_element(tag);
    }
    put(&mut object, Tag(0x0028, 0x0008), VR::IS, "3");
    put_items(&mut object, Tag(0x5200, 0x9229), vec![shared()]);
    put_items(&mut object, Tag(0x5200, 0x9230), order.map(frame_at).into());
    let pixels: Vec<u16> = order.into_iter().flat_map(words).collect();
    put(&mut object, PIXELS, VR::OW, PrimitiveValue::U16(pixels.into()));
    object
}

#[test]
fn frames_of_one_file_are_put_in_order() {
    for syntax in [IMPLICIT, EXPLICIT, BIG] {
        let bytes = bytes_of(multi_frame(), syntax, CT);
        assert_synthetic(&read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap(), 3);
    }
    let mut without = multi_frame();
    without.remove_element(Tag(0x5200, 0x9230));
    let bytes = bytes_of(without, EXPLICIT, CT);
    let error = read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("3 frames without the position of each"), "{error}");
}

/// Packed frames are one fragment each, or several each as the offset table says.
#[test]
fn fragments_belong_to_frames() {
    let frames = [2, 0, 1].map(|number| {
        let mut frame = run_lengths(&words(number));
        frame.resize(frame.len().next_multiple_of(2), 0);
        frame
    });
    let halves: Vec<Vec<u8>> = frames.iter().flat_map(|frame| [frame[..40].to_vec(), frame[40..].to_vec()]).collect();
    // Every fragment has a header of 8 bytes.
    let starts = [0, frames[0].len() + 16, frames[0].len() + frames[1].len() + 32].map(|start| start as u32);
    let read_with = |pixels: PixelFragmentSequence<Vec<u8>>| {
        let mut object = multi_frame();
        object.put(DataElement::new(PIXELS, VR::OB, pixels));
        read_image_bytes("a.dcm", &bytes_of(object, RLE, CT), &RunControl::silent())
    };
    assert_synthetic(&read_with(PixelFragmentSequence::new_fragments(frames.to_vec())).unwrap(), 3);
    assert_synthetic(&read_with(PixelFragmentSequence::new(starts.to_vec(), halves.clone())).unwrap(), 3);
    let error = read_with(PixelFragmentSequence::new_fragments(halves)).unwrap_err().to_string();
    assert!(error.contains("3 frames are stated, but 6 fragments are there"), "{error}");
    let mut object = slice(0);
    object.put(DataElement::new(PIXELS, VR::OB, PixelFragmentSequence::new(starts.to_vec(), frames.to_vec())));
    let error = read_image_bytes("a.dcm", &bytes_of(object, RLE, CT), &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("1 frames are stated, but places of 3"), "{error}");
}

/// Whether a pixel of a plane is in a segment: two that do not overlap, of an odd number of pixels each.
fn is_inside(segment: usize, plane: usize, pixel: usize) -> bool {
    (pixel * 7 + plane * 5) % 11 == segment
}

/// A segmentation of 7 x 5 pixels; the frames of planes 0, 1 and 3 of segment 1, and 3 of segment 2.
fn segmentation(is_fractional: bool, overlap: bool) -> InMemDicomObject {
    let frames = [(1, 0), (1, 1), (1, 3), (2, 3)];
    let mut object = slice(0);
    for tag in [POSITION, ORIENTATION, SPACING] {
        object.remove_element(tag);
    }
    let o = &mut object;
    put(o, Tag(0x0008, 0x0016), VR::UI, SEGMENTATION);
    put(o, Tag(0x0028, 0x0008), VR::IS, "4");
    put(o, ROWS, VR::US, 5_u16);
    put(o, Tag(0x0028, 0x0011), VR::US, 7_u16);
    let bits = if is_fractional { 8_u16 } else { 1 };
    put(o, Tag(0x0028, 0x0100), VR::US, bits);
    put(o, BITS_STORED, VR::US, bits);
    put(o, HIGH_BIT, VR::US, bits - 1);
    put(o, REPRESENTATION, VR::US, 0_u16);
    put(o, Tag(0x0062, 0x0001), VR::CS, if is_fractional { "FRACTIONAL" } else { "BINARY" });
    put(o, Tag(0x0062, 0x000E), VR::US, 200_u16);
    let segment = |number: u16, label: &str| {
        let mut segment = item(Tag(0x0062, 0x0004), VR::US, number);
        put(&mut segment, Tag(0x0062, 0x0005), VR::LO, label);
        segment
    };
    put_items(o, Tag(0x0062, 0x0002), vec![segment(1, "aorta"), segment(2, "vena cava")]);
    put_items(o, Tag(0x5200, 0x9229), vec![shared()]);
    let groups = frames.map(|(segment, plane)| {
        let mut groups = frame_at(plane);
        put_items(&mut groups, Tag(0x0062, 0x000A), vec![item(Tag(0x0062, 0x000B), VR::US, segment as u16)]);
        groups
    });
    put_items(o, Tag(0x5200, 0x9230), groups.into());
    let pixels = frames.iter().flat_map(|&(segment, plane)| {
        let segment = if overlap { 1 } else { segment };
        (0..35).map(move |pixel| is_inside(segment, plane, pixel))
    });
    let pixels: Vec<bool> = pixels.collect();
    let bytes: Vec<u8> = match is_fractional {
        true => pixels.iter().map(|&inside| if inside { 100 } else { 99 }).collect(),
        false => pixels.chunks(8).map(|bits| bits.iter().rev().fold(0, |sum, &bit| sum << 1 | u8::from(bit))).collect(),
    };
    put(o, PIXELS, VR::OB, PrimitiveValue::U8(bytes.into()));
    object
}

#[test]
fn segmentations_become_label_maps() {
    for is_fractional in [false, true] {
        let bytes = bytes_of(segmentation(is_fractional, false), EXPLICIT, SEGMENTATION);
        let file = read_image_bytes("seg.dcm", &bytes, &RunControl::silent()).unwrap();
        let grid = &file.image.grid;
        assert_eq!(grid.dimensions, [7, 5, 4]);
        assert!((grid.axes.diagonal() - Vector3::new(0.5, 0.75, 2.0)).norm() < 1e-12);
        for index in 0..grid.count() {
            let (plane, pixel) = (index / 35, index % 35);
            let label = match plane {
                2 => 0,
                3 if is_inside(2, plane, pixel) => 2,
                _ => u8::from(is_inside(1, plane, pixel)),
            };
            assert_eq!(file.image.value(index), f64::from(label), "plane {plane} pixel {pixel}");
        }
        let names: Vec<_> = file.labels.iter().map(|(&label, name)| (label, name.as_str())).collect();
        assert_eq!(names, [(1, "aorta"), (2, "vena cava")]);
        assert_eq!(file.provenance.notes.iter().any(|note| note.contains("0.5 (100 of 200)")), is_fractional);
        assert!(file.withheld.contains(&"PatientName".to_owned()));
    }
    let bytes = bytes_of(segmentation(false, true), EXPLICIT, SEGMENTATION);
    let error = read_image_bytes("seg.dcm", &bytes, &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("segments 1 (\"aorta\") and 2 (\"vena cava\") that overlap"), "{error}");
}

/// Where the coding and the attributes give a word two meanings, neither is taken.
#[test]
fn coded_bits_that_contradict_the_stated_ones_are_refused() {
    let read = |first: u16, stored: u16, representation: u16| {
        let mut object = slice(0);
        let mut words = words(0);
        words[0] = first;
        put_packed(&mut object, jpeg_lossless(&words));
        put(&mut object, BITS_STORED, VR::US, stored);
        put(&mut object, HIGH_BIT, VR::US, stored - 1);
        put(&mut object, REPRESENTATION, VR::US, representation);
        let bytes = bytes_of(object, JPEG_LOSSLESS, CT);
        read_image_bytes("a.dcm", &bytes, &RunControl::silent()).map(|file| file.image.voxels.get(0))
    };
    assert_eq!(read(0x0F00, 12, 1).unwrap(), -256.0, "only the bits stated");
    assert_eq!(read(0xFF00, 12, 1).unwrap(), -256.0, "the whole word");
    assert_eq!(read(0xFF00, 16, 0).unwrap(), 65280.0);
    for (word, representation) in [(0x5F00, 1), (0xF000, 1), (0x1F00, 0)] {
        let error = read(word, 12, representation).unwrap_err().to_string();
        assert!(error.contains("a pixel is coded as"), "{error}");
    }
}

#[test]
fn what_is_not_read_is_refused_with_a_reason() {
    let refused = |change: &dyn Fn(&mut InMemDicomObject), expected: &str| {
        let mut object = slice(0);
        change(&mut object);
        let bytes = bytes_of(object, EXPLICIT, CT);
        let error = read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(&|o| put(o, Tag(0x0028, 0x0002), VR::US, 3_u16), "a colour image of 3 samples");
    refused(&|o| put(o, Tag(0x0028, 0x0004), VR::CS, "PALETTE COLOR"), "a palette of colours");
    refused(&|o| put(o, Tag(0x0028, 0x0100), VR::US, 12_u16), "12 bits a pixel");
    refused(&|o| put(o, HIGH_BIT, VR::US, 3_u16), "12 bits up to bit 3 do not fit");
    refused(&|o| put(o, SPACING, VR::DS, "0.75\\DOE"), "2 finite numbers");
    refused(&|o| put(o, ORIENTATION, VR::DS, texts(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0])), "perpendicular");
    refused(&|o| assert!(o.remove_element(POSITION)), "without its place in the patient");
    refused(&|o| put(o, Tag(0x0028, 0x0008), VR::IS, "900000000"), "more than 2147483648");
    refused(&|o| put(o, ROWS, VR::US, 60_000_u16), "the pixels");
    let mut bytes = bytes_of(slice(0), EXPLICIT, CT);
    let place = bytes.windows(EXPLICIT.len()).position(|window| window == EXPLICIT.as_bytes()).unwrap();
    bytes[place..place + 20].copy_from_slice(b"1.2.840.10008.1.9.99");
    assert!(read_image_bytes("a.dcm", &bytes, &RunControl::silent()).is_err());
    refused(&|o| put(o, ROWS, VR::US, HEIGHT as u16 / 2), "48 bytes of pixels are stated, but 96 are there");
    refused(&|o| put(o, REPRESENTATION, VR::US, 2_u16), "0 (unsigned) or 1 (signed)");
    refused(&|o| assert!(o.remove_element(REPRESENTATION)), "PixelRepresentation");
    refused(&|o| assert!(o.remove_element(SPACING)), "without the distance of its pixels");
    refused(&|o| put(o, SOP_CLASS, VR::UI, "1.2.840.10008.5.1.4.1.1.481.2"), "a radiotherapy dose");
    refused(
        &|o| {
            put(o, SOP_CLASS, VR::UI, "1.2.840.10008.5.1.4.1.1.104.1");
            assert!(o.remove_element(PIXELS));
        },
        "a document or model within a DICOM file, a file without pixels",
    );
}

/// The real slice, of another maker, packed by JPEG-LS.
fn packed_by_jpeg_ls() -> Vec<u8> {
    std::fs::read(assets().join("../dicom_variants/MR_small_jpeg_ls_lossless.dcm")).unwrap()
}

/// Every coding and kind of object, small.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("implicit", bytes_of(slice(0), IMPLICIT, CT)),
        ("explicit", bytes_of(slice(0), EXPLICIT, CT)),
        ("big", bytes_of(slice(0), BIG, CT)),
        ("deflated", bytes_of(slice(0), DEFLATED, CT)),
        ("run lengths", bytes_of(packed(0, run_lengths), RLE, CT)),
        ("baseline JPEG", bytes_of(slice_baseline(), JPEG_BASELINE, CT)),
        ("lossless JPEG", bytes_of(packed(0, jpeg_lossless), JPEG_LOSSLESS, CT)),
        ("JPEG-LS", packed_by_jpeg_ls()),
        ("no preamble", bytes_of(slice(0), EXPLICIT, CT).split_off(132)),
        ("JPEG 2000", bytes_of(slice_2000(true), JPEG_2000, CT)),
        ("frames", bytes_of(multi_frame(), IMPLICIT, CT)),
        ("segmentation", bytes_of(segmentation(false, false), EXPLICIT, SEGMENTATION)),
        ("fractions", bytes_of(segmentation(true, false), BIG, SEGMENTATION)),
    ]
}

/// No damage may panic or hang, whatever it hits; 10 000 damaged files of every kind.
#[test]
fn damaged_files_are_refused_or_read_but_never_panic() {
    let control = RunControl::silent();
    for (name, whole) in samples() {
        assert!(read_image_bytes(name, &whole, &control).is_ok(), "{name}");
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |below: usize| {
            // Steele, Lea and Flood (2014): splitmix64.
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) % below.max(1) as u64) as usize
        };
        for round in 0..10_000 {
            let mut bytes = whole.clone();
            if round < 500 {
                bytes.truncate(next(whole.len()));
            }
            for _ in 0..1 + next(4) {
                // The preamble has no meaning; damage behind it finds something to break.
                let place = 132 + next(bytes.len().saturating_sub(132));
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = [next(256) as u8, *byte ^ 1 << next(8), b'9', 0xFF, 0][next(5)];
                }
            }
            let _ = read_image_bytes(name, &bytes, &control);
        }
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let mut bytes = bytes_of(slice(0), IMPLICIT, CT);
    for _ in 0..100_000 {
        bytes.extend([0x40, 0x00, 0x75, 0x02, 0xFF, 0xFF, 0xFF, 0xFF]);
        bytes.extend([0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]);
    }
    let error = read_image_bytes("a.dcm", &bytes, &RunControl::silent()).unwrap_err().to_string();
    assert!(error.contains("more than 32 deep"), "{error}");
}

#[test]
fn reading_can_be_cancelled() {
    let control = RunControl::silent();
    control.cancel();
    assert!(matches!(read_image(&assets(), &control), Err(ImagingError::Cancelled(_))));
}
