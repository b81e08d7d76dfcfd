use crate::SolidError;
use mesh::{Face, Region, VolumeMesh};
use std::collections::BTreeSet;
use std::fmt;

/// Where a material, constraint or load acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The whole mesh.
    Everywhere,
    /// A named region of the mesh.
    Named(String),
    /// Nodes, faces or elements, for example from [`crate::pick`].
    Given(Region),
}

impl From<&str> for Place {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl From<String> for Place {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

impl From<Region> for Place {
    fn from(region: Region) -> Self {
        Self::Given(region)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => formatter.write_str("the whole mesh"),
            Self::Named(name) => write!(formatter, "region \"{name}\""),
            Self::Given(region) => {
                let (count, what) = match region {
                    Region::Nodes(list) => (list.len(), "nodes"),
                    Region::Faces(list) => (list.len(), "faces"),
                    Region::Elements(list) => (list.len(), "elements"),
                };
                write!(formatter, "a picked region of {count} {what}")
            }
        }
    }
}

fn sort_of(region: &Region) -> &'static str {
    match region {
        Region::Nodes(_) => "nodes",
        Region::Faces(_) => "faces",
        Region::Elements(_) => "elements",
    }
}

impl Place {
    /// The region, checked for existence and members; `None` stands for the whole mesh.
    pub(crate) fn resolve<'a>(&'a self, mesh: &'a VolumeMesh, use_: &str) -> Result<Option<&'a Region>, SolidError> {
        let region = match self {
            Self::Everywhere => return Ok(None),
            Self::Given(region) => region,
            Self::Named(name) => mesh.regions.get(name).ok_or_else(|| SolidError::UnknownRegion {
                name: name.clone(),
                known: match mesh.regions.len() {
                    0 => "no regions".to_owned(),
                    _ => mesh.regions.keys().cloned().collect::<Vec<_>>().join(", "),
                },
            })?,
        };
        let (empty, valid) = match region {
            Region::Nodes(list) => (list.is_empty(), list.iter().all(|&n| (n as usize) < mesh.nodes.len())),
            Region::Faces(list) => (list.is_empty(), list.iter().all(|&f| mesh.face_nodes(f).is_some())),
            Region::Elements(list) => (list.is_empty(), list.iter().all(|&e| (e as usize) < mesh.element_count())),
        };
        // A member listed twice would carry its load twice.
        let once = match region {
            Region::Nodes(list) | Region::Elements(list) => list.is_sorted_by(|a, b| a < b),
            Region::Faces(list) => list.is_sorted_by(|a, b| a < b),
        };
        match (empty, valid, once) {
            (true, _, _) => Err(SolidError::EmptyRegion { use_: use_.to_owned(), place: self.to_string() }),
            (_, false, _) => Err(self.wrong(use_, "members of this mesh", "others")),
            (_, _, false) => {
                Err(self.wrong(use_, "ascending members, each listed once", "an unsorted list or repetitions"))
            }
            _ => Ok(Some(region)),
        }
    }

    fn wrong(&self, use_: &str, needed: &'static str, found: &'static str) -> SolidError {
        SolidError::WrongRegion { use_: use_.to_owned(), needed, place: self.to_string(), found }
    }

    /// The nodes of the place, ascending: those of a node region, or all nodes of the faces or elements.
    pub fn nodes(&self, mesh: &VolumeMesh, use_: &str) -> Result<Vec<u32>, SolidError> {
        let set: BTreeSet<u32> = match self.resolve(mesh, use_)? {
            None => mesh.elements().flat_map(|(_, nodes)| nodes.iter().copied()).collect(),
            Some(Region::Nodes(list)) => list.iter().copied().collect(),
            Some(Region::Faces(list)) => list.iter().filter_map(|&face| mesh.face_nodes(face)).flatten().collect(),
            Some(Region::Elements(list)) => {
                list.iter().filter_map(|&e| mesh.element(e as usize)).flat_map(|(_, n)| n.iter().copied()).collect()
            }
        };
        Ok(set.into_iter().collect())
    }

    /// The faces of the place; nodes and elements are refused.
    pub fn faces(&self, mesh: &VolumeMesh, use_: &str) -> Result<Vec<Face>, SolidError> {
        match self.resolve(mesh, use_)? {
            Some(Region::Faces(list)) => Ok(list.clone()),
            Some(other) => Err(self.wrong(use_, "faces", sort_of(other))),
            None => Err(self.wrong(use_, "faces", "elements")),
        }
    }

    /// The elements of the place; nodes and faces are refused.
    pub fn elements(&self, mesh: &VolumeMesh, use_: &str) -> Result<Vec<u32>, SolidError> {
        match self.resolve(mesh, use_)? {
            None => Ok((0..mesh.element_count() as u32).collect()),
            Some(Region::Elements(list)) => Ok(list.clone()),
            Some(other) => Err(self.wrong(use_, "elements", sort_of(other))),
        }
    }
}
