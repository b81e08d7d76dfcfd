//! What a file is about, as far as that decides whether it is read (DICOM PS3.4, annex B.5: the storage classes).

use super::dataset::DataSet;
use super::tags::{DIRECTORY, DOUBLE_PIXELS, FLOAT_PIXELS, PIXELS, SOP_CLASS};
use crate::ImagingError;

/// What the roots of UIDs of storage classes have in common.
const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";
const DOSE: &str = "481.2";

/// Classes without pixels, by the beginning of what follows [`STORAGE`]; the first that fits counts.
const WITHOUT_PIXELS: [(&str, &str); 8] = [
    ("481.3", "structures drawn for radiotherapy"),
    ("481.", "a plan or record of radiotherapy"),
    ("88.", "a report"),
    ("9.", "a waveform"),
    ("104.", "a document or model within a DICOM file"),
    ("11.", "a way to present images"),
    ("66.5", "a surface segmentation"),
    ("66.", "a registration or raw data"),
];

/// Refuses files that are no images, and images whose values stand for something else than their rescale says.
pub(super) fn check(set: &DataSet<'_>) -> Result<(), ImagingError> {
    let class = set.text(SOP_CLASS).unwrap_or_default();
    let storage = class.strip_prefix(STORAGE).unwrap_or_default();
    if storage == DOSE {
        let remedy = "give the CT or MR that the dose was planned on";
        return Err(set.unsupported(SOP_CLASS, "a radiotherapy dose, which is no scan,".to_owned(), remedy));
    }
    if set.find(PIXELS).is_some() {
        return Ok(());
    }
    let known = WITHOUT_PIXELS.iter().find(|(beginning, _)| storage.starts_with(beginning));
    let what = match known {
        Some((_, what)) => format!("{what}, a file without pixels,"),
        None if set.find(DIRECTORY).is_some() => "a directory of other files, without pixels,".to_owned(),
        None if set.find(FLOAT_PIXELS).or(set.find(DOUBLE_PIXELS)).is_some() => {
            "a parametric map of floating-point numbers".to_owned()
        }
        None => "a file without pixels".to_owned(),
    };
    Err(set.unsupported(PIXELS, what, "give the files of a scan"))
}
