//! DICOM: scans (one file a slice, or several frames in one file) and segmentations. Lengths are mm, coordinates LPS.
//!
//! Source: the DICOM standard (NEMA PS3, 2024e), parts 3 (attributes), 5 (data sets and codings), 10 (files) and
//! 15 (confidentiality). The structure is read here and not by the crate dicom-object: that one allocates what a
//! damaged length states, follows nesting as deep as it goes and puts values into its messages.

mod codec;
mod dataset;
mod file;
mod folder;
mod identity;
mod jpeg;
mod jpeg_ls;
mod kind;
mod pixels;
mod placement;
mod scan;
mod segmentation;
mod stack;
mod tags;
mod values;

pub(crate) use file::is_dicom;
pub(crate) use folder::read_folder;

use crate::{ImageFile, ImagingError};
use dataset::DataSet;
use file::{Coding, Unpacked};
use mesh_io::source::Source;
use mesh_io::{Format, Frame, LengthUnit, Place, Provenance};
use std::collections::{BTreeMap, BTreeSet};

/// The attributes of a file and how its pixels are packed.
struct Parts<'a> {
    set: DataSet<'a>,
    coding: Coding,
}

/// Reads one file: a slice, an image of several frames or a segmentation.
pub(crate) fn read(source: Source<'_>) -> Result<ImageFile, ImagingError> {
    let unpacked = Unpacked::new(source)?;
    let part = Parts { set: unpacked.data_set(source)?, coding: unpacked.syntax.coding };
    Ok(finish(source, &[&part], Vec::new())?.0)
}

/// The image that files of one series are, and which files in the order of the slices.
fn finish(
    source: Source<'_>,
    parts: &[&Parts<'_>],
    mut notes: Vec<String>,
) -> Result<(ImageFile, Vec<usize>), ImagingError> {
    let mut withheld = BTreeSet::new();
    let mut segmentations = 0;
    if parts.iter().any(|part| part.coding == Coding::Unstated) {
        notes.push("a file does not say how it is written (no header); that was seen from its elements".to_owned());
    }
    for part in parts {
        source.control.check()?;
        identity::find_identifying(&part.set, &mut withheld);
        kind::check(&part.set)?;
        segmentations += usize::from(segmentation::is_segmentation(&part.set)?);
    }
    let (image, labels, order) = match (segmentations, parts) {
        (0, parts) => {
            let sets: Vec<_> = parts.iter().map(|part| (&part.set, part.coding)).collect();
            let scan::Assembled { image, files } = scan::assemble(source, &sets, &mut notes)?;
            (image, BTreeMap::new(), files)
        }
        (_, [part]) => {
            let (image, labels) = segmentation::read(&part.set, part.coding, &mut notes)?;
            (image, labels, vec![0])
        }
        (count, _) => {
            let what = format!("a series of {count} segmentations");
            return Err(source.unsupported(Place::File, what, "give one segmentation, as a file").into());
        }
    };
    let provenance = Provenance {
        file: source.file.to_owned(),
        format: Format::Dicom,
        unit: Some(LengthUnit::Millimetre),
        frame: Some(Frame::Lps),
        sha256: String::new(),
        notes,
    };
    let modality = if segmentations == 0 { values::modality(parts)? } else { None };
    Ok((ImageFile { image, labels, provenance, modality, withheld: withheld.into_iter().collect() }, order))
}
