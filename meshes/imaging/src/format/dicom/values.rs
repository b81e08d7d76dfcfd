//! What the values of a scan measure.

use super::Parts;
use super::placement::Groups;
use super::tags::{MODALITY, PIXEL_VALUES, RESCALE_TYPE};
use crate::{ImagingError, Modality};

/// The modality that all files state. CT values are Hounsfield units unless a file says otherwise (PS3.3, C.8.2.1.1.2).
pub(super) fn modality(parts: &[&Parts<'_>]) -> Result<Option<Modality>, ImagingError> {
    let mut stated: Option<Modality> = None;
    for part in parts {
        let Some(name) = part.set.text(MODALITY).filter(|text| is_plain(text)) else { return Ok(None) };
        let groups = Groups::parse(&part.set)?;
        let item = groups.find(0, PIXEL_VALUES)?;
        let kind = item.as_ref().unwrap_or(&part.set).text(RESCALE_TYPE);
        let is_hounsfield = name == "CT" && kind.is_none_or(|kind| kind == "HU");
        let found = Modality { name, is_hounsfield };
        match &stated {
            Some(first) if *first != found => return Ok(None),
            _ => stated = Some(found),
        }
    }
    Ok(stated)
}

/// A defined term of the standard and no free text, which could identify somebody.
fn is_plain(text: &str) -> bool {
    text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
