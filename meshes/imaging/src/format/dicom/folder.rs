//! A folder of files: which of them are slices, and of which series.

use super::file::{PREAMBLE, Unpacked, is_dicom};
use super::tags::{MODALITY, PIXELS, SERIES};
use super::{Parts, finish};
use crate::{ImageFile, ImagingError};
use control::RunControl;
use mesh_io::source::Source;
use mesh_io::{MeshIoError, Place};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A DICOM file of the folder.
struct Member {
    path: String,
    bytes: Vec<u8>,
}

/// What a folder holds.
#[derive(Default)]
struct Listing {
    members: Vec<Member>,
    others: usize,
    folders: usize,
}

/// Reads the series in a folder. Files that are no DICOM or have no pixels are read past with a note.
///
/// Of several series one is taken when it alone has more than one file: the others are localizers, reports or
/// segmentations. Otherwise they are listed and refused, because a guess would be a guess about a patient.
///
/// The SHA-256 is that of the SHA-256 digests (32 bytes each) of the slices' files in the order of the slices, so that
/// neither names nor copies of the files change it.
pub(crate) fn read_folder(path: &Path, control: &RunControl) -> Result<ImageFile, ImagingError> {
    let folder = path.display().to_string();
    let source = Source { file: &folder, bytes: &[], control };
    let listing = list(path, control)?;
    let mut notes = Vec::new();
    if listing.others > 0 {
        notes.push(format!("{} files that are no DICOM were read past", listing.others));
    }
    if listing.folders > 0 {
        notes.push(format!("{} folders within were not looked into", listing.folders));
    }
    if listing.members.is_empty() {
        let what =
            format!("a folder without DICOM files ({} other files, {} folders)", listing.others, listing.folders);
        let remedy = "give the folder that the slices themselves are in";
        return Err(source.unsupported(Place::File, what, remedy).into());
    }
    read_members(source, &listing.members, notes)
}

fn read_members(source: Source<'_>, members: &[Member], mut notes: Vec<String>) -> Result<ImageFile, ImagingError> {
    let control = source.control;
    let unpacked: Vec<Result<Unpacked<'_>, ImagingError>> = members
        .par_iter()
        .map(|member| {
            control.check()?;
            Unpacked::new(Source { file: &member.path, bytes: &member.bytes, control })
        })
        .collect();
    let unpacked = unpacked.into_iter().collect::<Result<Vec<_>, _>>()?;
    let parts: Vec<Result<Parts<'_>, ImagingError>> = members
        .par_iter()
        .zip(&unpacked)
        .map(|(member, unpacked)| {
            let set = unpacked.data_set(Source { file: &member.path, bytes: &[], control })?;
            Ok(Parts { set, coding: unpacked.syntax.coding })
        })
        .collect();
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let chosen = choose(source, &parts, &mut notes)?;
    let (mut file, order) = finish(source, &chosen.iter().map(|&k| &parts[k]).collect::<Vec<_>>(), notes)?;
    let used: Vec<&Member> = order.iter().filter_map(|&k| members.get(*chosen.get(k)?)).collect();
    file.provenance.sha256 = digest(&used);
    Ok(file)
}

/// The SHA-256 of the digests of files.
fn digest(members: &[&Member]) -> String {
    let digests: Vec<_> = members.par_iter().map(|member| Sha256::digest(&member.bytes)).collect();
    let mut whole = Sha256::new();
    digests.iter().for_each(|digest| whole.update(digest));
    whole.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads all DICOM files of a folder, in the order of their names.
fn list(path: &Path, control: &RunControl) -> Result<Listing, ImagingError> {
    let failed = |path: &Path, source| MeshIoError::Read { file: path.display().to_string(), source };
    let entries = std::fs::read_dir(path).map_err(|error| failed(path, error))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(|error| failed(path, error))?;
    paths.sort();
    let mut listing = Listing::default();
    for path in paths {
        control.check()?;
        if path.is_dir() {
            listing.folders += 1;
            continue;
        }
        match dicom_bytes(&path).map_err(|error| failed(&path, error))? {
            Some(bytes) => listing.members.push(Member { path: path.display().to_string(), bytes }),
            None => listing.others += 1,
        }
    }
    Ok(listing)
}

/// The bytes of a file if its beginning is that of DICOM; of others no more than that is read.
fn dicom_bytes(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = std::fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(PREAMBLE as u64).read_to_end(&mut bytes)?;
    if !is_dicom(&bytes) {
        return Ok(None);
    }
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The files of the series to be read.
fn choose(source: Source<'_>, parts: &[Parts<'_>], notes: &mut Vec<String>) -> Result<Vec<usize>, ImagingError> {
    let mut series: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (k, part) in parts.iter().enumerate().filter(|(_, part)| part.set.find(PIXELS).is_some()) {
        series.entry(part.set.text(SERIES).unwrap_or_default()).or_default().push(k);
    }
    let without = parts.len() - series.values().map(Vec::len).sum::<usize>();
    if without > 0 {
        notes.push(format!("{without} DICOM files without pixels were read past"));
    }
    let mut long = series.values().filter(|files| files.len() > 1);
    match (series.len(), long.next(), long.next()) {
        (0, ..) => {
            let what = "a folder whose DICOM files have no pixels";
            Err(source.unsupported(Place::File, what, "give the folder that the slices themselves are in").into())
        }
        (1, ..) => Ok(series.into_values().next().unwrap_or_default()),
        (count, Some(files), None) => {
            let others = count - 1;
            notes.push(format!("{others} other series of one file each were read past"));
            Ok(files.clone())
        }
        (count, ..) => {
            let list: Vec<String> = series.iter().map(|(uid, files)| describe(uid, files, parts)).collect();
            let what = format!("a folder of {count} series ({})", list.join("; "));
            Err(source.unsupported(Place::File, what, "put the files of each series into a folder of its own").into())
        }
    }
}

/// A series in words that identify nobody: what kind it is, its number of files, the beginning of its UID's SHA-256,
/// and the first file's name.
fn describe(uid: &str, files: &[usize], parts: &[Parts<'_>]) -> String {
    let first = files.first().and_then(|&k| parts.get(k));
    let modality = first.and_then(|part| part.set.text(MODALITY));
    let is_plain = |text: &String| text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let modality = modality.filter(is_plain).unwrap_or_else(|| "unknown kind".to_owned());
    let hash: String = Sha256::digest(uid.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let path = first.map_or("", |part| part.set.source.file);
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    format!("{modality}, {} files from {name} on, series {hash}", files.len())
}
