//! DICOM files of other makers (the test files of pydicom), each in a variant of its own.
//!
//! Reference values by pydicom 3.0.2 with pylibjpeg-libjpeg 2.5.0, -openjpeg 2.6.0 and -rle 2.2.0, which share no code
//! with this reader.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails is a failed test")]

use control::RunControl;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use imaging::{ImageFile, ImagingError, read_image, read_image_bytes};
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/images/dicom_variants").join(name)
}

fn read_bytes(bytes: &[u8]) -> Result<ImageFile, ImagingError> {
    read_image_bytes("a.dcm", bytes, &RunControl::silent())
}

/// What pydicom says of a file.
struct Reference {
    dimensions: [usize; 3],
    spacing: [f64; 3],
    origin: [f64; 3],
    range: (f64, f64),
    /// The sum of the values, and that of the values times 1 + the number of the voxel modulo 251.
    sums: [f64; 2],
}

/// The values may be off by `rounding` on average: decoders of lossy codings round differently.
fn assert_is(read: &ImageFile, expected: &Reference, rounding: f64, name: &str) {
    let grid = &read.image.grid;
    assert_eq!(grid.dimensions, expected.dimensions, "{name}");
    assert_eq!(grid.spacing(), expected.spacing, "{name}");
    assert_eq!(<[f64; 3]>::from(grid.origin.coords), expected.origin, "{name}");
    assert_eq!(read.image.range(), Some(expected.range), "{name}");
    let weights = [|_| 1.0, |index: usize| (1 + index % 251) as f64];
    for (weight, expected) in weights.into_iter().zip(expected.sums) {
        let sum: f64 = (0..grid.count()).map(|index| weight(index) * read.image.value(index)).sum();
        let most: f64 = (0..grid.count()).map(|index| rounding * weight(index)).sum();
        assert!((sum - expected).abs() <= most, "{name}: {sum}, not {expected}");
    }
}

const CT: Reference = Reference {
    dimensions: [128, 128, 1],
    spacing: [0.661468, 0.661468, 5.0],
    origin: [-158.135803, -179.035797, -75.699997],
    range: (-896.0, 1167.0),
    sums: [-1950906.0, -231699555.0],
};
const MR: Reference = Reference {
    dimensions: [64, 64, 1],
    spacing: [0.3125, 0.3125, 0.8],
    origin: [-83.9063, -91.2, 6.6406],
    range: (127.0, 2145.0),
    sums: [2125338.0, 264991985.0],
};

#[test]
fn every_lossless_coding_gives_the_voxels_that_pydicom_gives() {
    let codings = ["implicit", "bigendian", "RLE", "jp2klossless", "jpeg_ls_lossless"];
    let files = codings.map(|coding| (format!("MR_small_{coding}.dcm"), MR));
    for (name, expected) in files.into_iter().chain([("CT_small.dcm".to_owned(), CT)]) {
        assert_is(&read_image(&path(&name), &RunControl::silent()).unwrap(), &expected, 0.0, &name);
    }
}

/// A file with a place in the patient, which it lacks.
fn placed(name: &str) -> Vec<u8> {
    let mut object = dicom_object::open_file(path(name)).unwrap();
    let mut put = |group, element, values: &[f64]| {
        let text = PrimitiveValue::Strs(values.iter().map(|value| value.to_string()).collect());
        object.put(DataElement::new(Tag(group, element), VR::DS, text));
    };
    put(0x0020, 0x0032, &[1.0, 2.0, 3.0]);
    put(0x0020, 0x0037, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    put(0x0028, 0x0030, &[2.0, 1.0]);
    put(0x0018, 0x0050, &[4.0]);
    let mut bytes = Vec::new();
    object.write_all(&mut bytes).unwrap();
    bytes
}

#[test]
fn jpeg_of_twelve_bits_lossless_and_near_lossless_are_those_of_pydicom() {
    let reference = |columns, rows, range, sums| Reference {
        dimensions: [columns, rows, 1],
        spacing: [1.0, 2.0, 4.0],
        origin: [1.0, 2.0, 3.0],
        range,
        sums,
    };
    let files = [
        ("JPEG-LL.dcm", 0.0, reference(256, 1024, (0.0, 278.0), [3596452.0, 458584381.0])),
        ("JPEGLSNearLossless_16.dcm", 0.0, reference(10, 50, (0.0, 65535.0), [6007250.0, 358306880.0])),
        ("JPGExtended.dcm", 0.02, reference(256, 1024, (0.0, 264.0), [3770427.0, 480639063.0])),
        ("JPEG2000.dcm", 0.02, reference(256, 1024, (-30.0, 245.0), [3527976.0, 448826792.0])),
    ];
    for (name, rounding, expected) in files {
        assert_is(&read_bytes(&placed(name)).unwrap(), &expected, rounding, name);
    }
}

/// The data set of a file: what is behind the preamble and the header, whose length is its first value.
fn data_set(bytes: &[u8]) -> &[u8] {
    let length = bytes[140..144].first_chunk().unwrap();
    &bytes[144 + u32::from_le_bytes(*length) as usize..]
}

#[test]
fn files_without_a_header_are_read_when_their_pixels_are_not_packed() {
    let files = [("CT_small.dcm", CT), ("MR_small_implicit.dcm", MR), ("MR_small_bigendian.dcm", MR)];
    for (name, expected) in files {
        let bytes = std::fs::read(path(name)).unwrap();
        let read = read_bytes(data_set(&bytes)).unwrap();
        assert_is(&read, &expected, 0.0, name);
        assert!(read.provenance.notes.iter().any(|note| note.contains("no header")), "{name}");
        if name != "MR_small_bigendian.dcm" {
            assert_is(&read_bytes(&bytes[132..]).unwrap(), &expected, 0.0, name);
        }
    }
    let packed = std::fs::read(path("MR_small_RLE.dcm")).unwrap();
    let error = read_bytes(data_set(&packed)).unwrap_err().to_string();
    assert!(error.contains("does not say how they are packed"), "{error}");
}

#[test]
fn what_is_no_scan_is_refused_with_place_and_remedy_and_without_a_name() {
    let files = [
        ("MR_truncated.dcm", "byte 1488: PixelData needs 8192 bytes, but the file ends after 8130"),
        ("rtdose_1frame.dcm", "SOPClassUID: a radiotherapy dose, which is no scan, is not supported; give the CT"),
        ("rtstruct.dcm", "PixelData: structures drawn for radiotherapy, a file without pixels, is not supported"),
        ("SC_rgb_small_odd.dcm", "SamplesPerPixel: a colour image of 3 samples a pixel is not supported"),
        ("JPGExtended.dcm", "ImagePositionPatient: an image without its place in the patient"),
    ];
    for (name, expected) in files {
        let error = read_image(&path(name), &RunControl::silent()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        let text = format!("{error} {error:?}");
        assert!(
            !["Phantom30sep", "Lastname", "CompressedSamples"].iter().any(|secret| text.contains(secret)),
            "{text}"
        );
    }
}
