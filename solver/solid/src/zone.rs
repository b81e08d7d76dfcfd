//! Where a statistic looks.

use crate::exclusion::Neighbourhood;
use crate::{Exclusion, LinearStatics, Place, SolidError};
use mesh::{ElementKind, Point3, Region, Vector3, VolumeMesh, shape};

/// A point of the body that a zone is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// Position, mm.
    pub position: Point3<f64>,
    /// The node there, if any.
    pub node: Option<u32>,
    /// An element that holds it.
    pub element: u32,
    /// The nodes of that element.
    pub element_nodes: &'a [u32],
}

/// A part of the body, by position rather than by element, so that a statistic over it does not move with the element
/// borders, less what an [`Exclusion`] leaves out.
pub struct Zone<'a> {
    name: String,
    inside: Box<dyn Fn(&Spot<'_>) -> bool + 'a>,
    excluded: Vec<Neighbourhood>,
}

impl Zone<'_> {
    /// Whether a point counts.
    pub fn contains(&self, spot: &Spot<'_>) -> bool {
        (self.inside)(spot) && !self.excluded.iter().any(|near| near.contains(&spot.position))
    }

    pub(crate) fn nothing_left(&self) -> SolidError {
        SolidError::NothingLeft { place: self.name.clone() }
    }
}

impl LinearStatics<'_> {
    /// The points for which `inside` holds, less `exclusion`; `name` stands for it in errors.
    pub fn zone<'a>(
        &self,
        name: &str,
        inside: impl Fn(&Spot<'_>) -> bool + 'a,
        exclusion: &Exclusion,
    ) -> Result<Zone<'a>, SolidError> {
        let excluded = exclusion.neighbourhoods(self)?;
        Ok(Zone { name: name.to_owned(), inside: Box::new(inside), excluded })
    }

    /// The elements of a place, or the elements all of whose nodes are nodes of it, less `exclusion`.
    pub fn zone_of<'a>(&self, place: &Place, exclusion: &Exclusion) -> Result<Zone<'a>, SolidError> {
        let name = place.to_string();
        match place.resolve(self.mesh, "a statistic")? {
            None => self.zone(&name, |_| true, exclusion),
            Some(Region::Elements(list)) => {
                let list = list.clone();
                self.zone(&name, move |spot| list.binary_search(&spot.element).is_ok(), exclusion)
            }
            Some(_) => {
                let list = place.nodes(self.mesh, "a statistic")?;
                let has = move |node: &u32| list.binary_search(node).is_ok();
                let inside =
                    move |spot: &Spot<'_>| spot.node.map_or_else(|| spot.element_nodes.iter().all(&has), |n| has(&n));
                self.zone(&name, inside, exclusion)
            }
        }
    }
}

/// One element and which of its nodes lie in a zone.
pub(crate) struct Part<'a> {
    zone: &'a Zone<'a>,
    pub(crate) kind: ElementKind,
    pub(crate) element: u32,
    pub(crate) nodes: &'a [u32],
    pub(crate) points: Vec<Point3<f64>>,
    /// Whether each node counts.
    pub(crate) kept: Vec<bool>,
}

impl<'a> Part<'a> {
    pub(crate) fn new(mesh: &'a VolumeMesh, zone: &'a Zone<'a>, element: usize) -> Option<Self> {
        let (kind, nodes) = mesh.element(element)?;
        let points: Vec<Point3<f64>> = nodes.iter().map(|&node| mesh.nodes[node as usize]).collect();
        let element = element as u32;
        let spot = |(&node, &position)| Spot { position, node: Some(node), element, element_nodes: nodes };
        let kept = nodes.iter().zip(&points).map(|pair| zone.contains(&spot(pair))).collect();
        Some(Self { zone, kind, element, nodes, points, kept })
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.kept.iter().all(|kept| *kept)
    }

    /// Whether neither a node nor the middle counts.
    pub(crate) fn is_empty(&self) -> bool {
        !self.kept.iter().any(|kept| *kept) && !self.contains(&shape::centre(self.kind))
    }

    pub(crate) fn position(&self, values: &[f64]) -> Point3<f64> {
        self.points.iter().zip(values).map(|(p, n)| p.coords * *n).sum::<Vector3<f64>>().into()
    }

    /// Whether the point at `xi` counts.
    pub(crate) fn contains(&self, xi: &[f64; 3]) -> bool {
        let position = self.position(&shape::values(self.kind, xi));
        self.zone.contains(&Spot { position, node: None, element: self.element, element_nodes: self.nodes })
    }

    /// Where the element's edges leave the zone, in reference coordinates, on the inner side, to 1e-9 of the edge.
    pub(crate) fn crossings(&self) -> Vec<[f64; 3]> {
        if self.is_whole() {
            return Vec::new();
        }
        let reference = shape::reference_nodes(self.kind);
        let mut found = Vec::new();
        for [a, b] in self.segments().into_iter().filter(|&[a, b]| self.kept[a] != self.kept[b]) {
            let (mut inner, mut outer) = if self.kept[a] { (0.0, 1.0) } else { (1.0, 0.0) };
            let at = |t: f64| [0, 1, 2].map(|i| reference[a][i] * (1.0 - t) + reference[b][i] * t);
            for _ in 0..30 {
                let middle = 0.5 * (inner + outer);
                *(if self.contains(&at(middle)) { &mut inner } else { &mut outer }) = middle;
            }
            found.push(at(inner));
        }
        found
    }

    /// Pairs of neighbouring nodes on edges.
    fn segments(&self) -> Vec<[usize; 2]> {
        let corners = self.kind.corner_count();
        let edges = self.kind.edges().iter().map(|edge| edge.map(usize::from));
        match self.kind.order() {
            1 => edges.collect(),
            _ => edges.zip(corners..).flat_map(|([a, b], middle)| [[a, middle], [middle, b]]).collect(),
        }
    }
}
