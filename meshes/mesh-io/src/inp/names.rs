//! The regions of a deck and their names.

use super::model::Model;
use super::scope::Sets;
use crate::MeshIoError;
use crate::draft::Draft;
use mesh::{Face, Region};
use std::collections::{BTreeMap, BTreeSet};

/// A region before its name is settled.
struct Candidate {
    scope: usize,
    name: String,
    /// The name of a region of our own writer.
    original: Option<String>,
    region: Region,
}

impl Model<'_> {
    /// The mesh with all its regions.
    pub(super) fn into_draft(mut self) -> Result<Draft, MeshIoError> {
        let mut candidates = self.surface_candidates()?;
        for scope in 0..self.scopes.len() {
            let surfaces: BTreeSet<String> =
                candidates.iter().filter(|c| c.scope == scope).map(|c| c.name.to_ascii_uppercase()).collect();
            let is_own = self.is_own;
            // What our own writer adds for CalculiX is no region of the mesh.
            let is_added = |name: &str| {
                let name = name.to_ascii_uppercase();
                let of_surface = name.strip_suffix("_NODES").is_some_and(|surface| surfaces.contains(surface));
                is_own && (name == "NALL" || name == "EALL" || of_surface)
            };
            let this = &mut self.scopes[scope];
            let mut add = |sets: &mut Sets, region: fn(Vec<u32>) -> Region| {
                for set in std::mem::take(sets).into_values() {
                    let is_kept = set.original.is_some() || !(set.is_internal || is_added(&set.name));
                    if is_kept {
                        let region = region(set.members);
                        candidates.push(Candidate { scope, name: set.name, original: set.original, region });
                    }
                }
            };
            add(&mut this.element_sets, Region::Elements);
            add(&mut this.surfaces, Region::Nodes);
            add(&mut this.node_sets, Region::Nodes);
        }
        self.name(candidates);
        Ok(self.draft)
    }

    fn surface_candidates(&mut self) -> Result<Vec<Candidate>, MeshIoError> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut boundary = None;
        for (scope, keyword) in std::mem::take(&mut self.surfaces) {
            let (mut faces, shells): (Vec<Face>, Vec<u32>) = self.faces(scope, keyword, &mut boundary)?;
            let name = keyword.value("NAME").unwrap_or_default().to_owned();
            if !shells.is_empty() && !faces.is_empty() {
                let what = format!("{} shells in the surface \"{name}\" were left out", shells.len());
                self.draft.notes.push(what);
            }
            let comment = keyword.comment.as_deref().filter(|_| self.is_own);
            let original = comment.and_then(|comment| comment.strip_prefix("region \"")?.strip_suffix('"'));
            // A surface that is defined again goes on.
            let known = candidates.iter_mut().find(|c| c.scope == scope && c.name.eq_ignore_ascii_case(&name));
            if let Some(Candidate { region: Region::Faces(list), .. }) = known {
                list.append(&mut faces);
                continue;
            }
            let region = match faces.is_empty() && !shells.is_empty() {
                true => Region::Elements(shells),
                false => Region::Faces(faces),
            };
            candidates.push(Candidate { scope, name, original: original.map(str::to_owned), region });
        }
        Ok(candidates)
    }

    /// Original names first; then names as they stand, behind their instance where several instances have them, and with
    /// the kind of set where kinds share a name (surfaces, then sets of elements, then of nodes keep it).
    fn name(&mut self, candidates: Vec<Candidate>) {
        let mut scopes_of: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for candidate in &candidates {
            scopes_of.entry(candidate.name.to_ascii_uppercase()).or_default().insert(candidate.scope);
        }
        let (original, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|c| c.original.is_some());
        for candidate in original {
            self.draft.insert(candidate.original.unwrap_or_default(), candidate.region);
        }
        for candidate in others {
            let is_ambiguous =
                scopes_of.get(&candidate.name.to_ascii_uppercase()).is_some_and(|scopes| scopes.len() > 1);
            let instance = self.scopes.get(candidate.scope).map_or("", |scope| scope.name.as_str());
            let name = match is_ambiguous && !instance.is_empty() {
                true => format!("{instance}.{}", candidate.name),
                false => candidate.name,
            };
            let kind = match candidate.region {
                Region::Nodes(_) => "nodes",
                Region::Faces(_) => "faces",
                Region::Elements(_) => "elements",
            };
            let is_taken = self.draft.regions.contains_key(&name);
            self.draft.insert(if is_taken { format!("{name} ({kind})") } else { name }, candidate.region);
        }
    }
}
