use crate::{ElementKind, MeshError, Point3};
use std::collections::BTreeMap;

/// Elements of one kind. Element numbers run over all blocks of a mesh in order.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementBlock {
    /// The kind of every element in the block.
    pub kind: ElementKind,
    /// Node numbers, [`ElementKind::node_count`] an element.
    pub connectivity: Vec<u32>,
}

impl ElementBlock {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.connectivity.len() / self.kind.node_count()
    }

    /// Whether the block holds no elements.
    pub fn is_empty(&self) -> bool {
        self.connectivity.is_empty()
    }

    /// Node numbers of the elements, one slice each.
    pub fn elements(&self) -> std::slice::ChunksExact<'_, u32> {
        self.connectivity.chunks_exact(self.kind.node_count())
    }
}

/// One face of one solid element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Face {
    /// Element number over all blocks.
    pub element: u32,
    /// Index into [`ElementKind::faces`].
    pub side: u8,
}

/// A named part of a volume mesh; the numbers are sorted and unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Region {
    /// Nodes.
    Nodes(Vec<u32>),
    /// Element faces.
    Faces(Vec<Face>),
    /// Elements, numbered over all blocks.
    Elements(Vec<u32>),
}

/// A mesh of solid (or surface, or beam) elements.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VolumeMesh {
    /// Node coordinates in mm.
    pub nodes: Vec<Point3<f64>>,
    /// Element blocks.
    pub blocks: Vec<ElementBlock>,
    /// Named regions.
    pub regions: BTreeMap<String, Region>,
}

impl VolumeMesh {
    /// A mesh of one block without regions.
    pub fn new(nodes: Vec<Point3<f64>>, kind: ElementKind, connectivity: Vec<u32>) -> Self {
        Self { nodes, blocks: vec![ElementBlock { kind, connectivity }], regions: BTreeMap::new() }
    }

    /// Number of elements over all blocks.
    pub fn element_count(&self) -> usize {
        self.blocks.iter().map(ElementBlock::len).sum()
    }

    /// Every element with its kind and nodes, in element order.
    pub fn elements(&self) -> impl Iterator<Item = (ElementKind, &[u32])> + '_ {
        self.blocks.iter().flat_map(|block| block.elements().map(move |nodes| (block.kind, nodes)))
    }

    /// Kind and nodes of element `index` (over all blocks), or `None` when out of range.
    pub fn element(&self, index: usize) -> Option<(ElementKind, &[u32])> {
        let mut first = 0;
        for block in &self.blocks {
            if index < first + block.len() {
                let n = block.kind.node_count();
                let start = (index - first) * n;
                return Some((block.kind, &block.connectivity[start..start + n]));
            }
            first += block.len();
        }
        None
    }

    /// Global node numbers of a face, outward, corners before mid-edge nodes; `None` when out of range.
    pub fn face_nodes(&self, face: Face) -> Option<Vec<u32>> {
        let (kind, nodes) = self.element(face.element as usize)?;
        let local = kind.faces().get(usize::from(face.side))?;
        Some(local.iter().map(|&k| nodes[usize::from(k)]).collect())
    }

    /// Smallest and largest coordinates, or `None` for a mesh without nodes.
    pub fn bounds(&self) -> Option<(Point3<f64>, Point3<f64>)> {
        bounds(&self.nodes)
    }

    /// Checks connectivity, coordinates and regions.
    pub fn validate(&self) -> Result<(), MeshError> {
        for (node, p) in self.nodes.iter().enumerate() {
            if !p.coords.iter().all(|c| c.is_finite()) {
                return Err(MeshError::NonFiniteCoordinate { node, x: p.x, y: p.y, z: p.z });
            }
        }
        for block in &self.blocks {
            let (length, nodes) = (block.connectivity.len(), block.kind.node_count());
            if length % nodes != 0 {
                return Err(MeshError::RaggedBlock { kind: block.kind, length, nodes });
            }
        }
        let nodes = self.nodes.len();
        for (element, (_, connectivity)) in self.elements().enumerate() {
            if let Some(&node) = connectivity.iter().find(|&&node| node as usize >= nodes) {
                return Err(MeshError::NodeOutOfRange { element, node: node as usize, nodes });
            }
        }
        self.regions.iter().try_for_each(|(name, region)| self.validate_region(name, region))
    }

    fn validate_region(&self, name: &str, region: &Region) -> Result<(), MeshError> {
        let elements = self.element_count();
        let (what, index, count) = match region {
            Region::Nodes(list) => {
                ("node", list.iter().copied().find(|&n| n as usize >= self.nodes.len()), self.nodes.len())
            }
            Region::Elements(list) => ("element", list.iter().copied().find(|&e| e as usize >= elements), elements),
            Region::Faces(list) => {
                let missing = list.iter().find(|&&face| self.face_nodes(face).is_none());
                ("face of element", missing.map(|face| face.element), elements)
            }
        };
        match index {
            Some(index) => {
                Err(MeshError::RegionOutOfRange { region: name.to_owned(), what, index: index as usize, count })
            }
            None => Ok(()),
        }
    }
}

pub(crate) fn bounds(points: &[Point3<f64>]) -> Option<(Point3<f64>, Point3<f64>)> {
    let first = *points.first()?;
    Some(points.iter().fold((first, first), |(low, high), p| (low.inf(p), high.sup(p))))
}
