//! Surface nets of a label map: one vertex a block of differing labels, one quadrilateral a pair of differing voxels.

use super::blocks::visit_mixed;
use crate::{Grid, Image, ImagingError, LabelMap};
use control::RunControl;
use mesh::{Point3, SurfaceMesh, Vector3};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Stands for "no vertex".
pub(super) const NONE: u32 = u32::MAX;

/// A quadrilateral between two voxels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// Its vertices, counter-clockwise seen from the side of the second label.
    pub vertices: [u32; 4],
    /// The labels on its two sides; [`LabelMap::OUTSIDE`] beyond the image.
    pub labels: [u16; 2],
}

/// The borders between all labels of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Nets {
    /// Vertices, mm.
    pub points: Vec<Point3<f64>>,
    /// Every border once.
    pub interfaces: Vec<Interface>,
    /// The block of each vertex; its centre is at the voxel coordinates block - 1/2.
    pub(super) blocks: Vec<[u32; 3]>,
    /// The vertices that each is smoothed with, [`NONE`] where there are fewer than six.
    pub(super) neighbours: Vec<[u32; 6]>,
    /// Whether more than two labels meet at the vertex, every plane of the image's border counting as one.
    pub(super) is_junction: Vec<bool>,
}

/// The vertices of one layer of blocks.
struct Layer {
    /// i + (ni + 1) j of each block with a vertex.
    blocks: Vec<u32>,
    labels: Vec<[u32; 8]>,
}

impl Nets {
    /// The nets of a map that is surrounded by background; every vertex is at the centre of its block, where eight voxels
    /// meet, so that the volumes are those of the voxels.
    ///
    /// # Errors
    /// [`ImagingError::Crowded`] above 2³² - 1 vertices, cancellation.
    pub(super) fn new(map: &LabelMap, control: &RunControl) -> Result<Self, ImagingError> {
        let layers = layers(map, &control.stage("vertices", 0.0, 0.5))?;
        let mut starts = vec![0_u64];
        for layer in &layers {
            starts.push(starts[starts.len() - 1] + layer.blocks.len() as u64);
        }
        let count = starts[layers.len()];
        if count >= u64::from(NONE) {
            return Err(ImagingError::Crowded { vertices: count });
        }
        let links = links(map, &layers, &starts, &control.stage("faces", 0.5, 1.0))?;
        let mut nets = Self {
            points: Vec::with_capacity(count as usize),
            interfaces: Vec::new(),
            blocks: Vec::with_capacity(count as usize),
            neighbours: vec![[NONE; 6]; count as usize],
            is_junction: layers.iter().flat_map(|layer| layer.labels.iter().map(|l| distinct(l) > 2)).collect(),
        };
        let row = map.grid.dimensions[0] as u32 + 1;
        for (k, layer) in layers.iter().enumerate() {
            nets.blocks.extend(layer.blocks.iter().map(|&block| [block % row, block / row, k as u32]));
        }
        let centre = |block: &[u32; 3]| map.grid.position(block.map(|n| f64::from(n) - 0.5));
        nets.points.par_extend(nets.blocks.par_iter().map(centre));
        for part in links {
            nets.interfaces.extend(part.interfaces);
            for Edge { axis, vertices: [low, high], is_of_junction } in part.edges {
                // The line where three labels meet is smoothed along itself.
                if is_of_junction || !nets.is_junction[low as usize] {
                    nets.neighbours[low as usize][2 * axis + 1] = high;
                }
                if is_of_junction || !nets.is_junction[high as usize] {
                    nets.neighbours[high as usize][2 * axis] = low;
                }
            }
        }
        if map.grid.axes.determinant() < 0.0 {
            nets.interfaces.iter_mut().for_each(|face| face.vertices.swap(1, 3));
        }
        Ok(nets)
    }

    /// Moves every vertex to the mean of the places where the edges of its block cross `level`; what lies on the border of
    /// the image stays in its plane.
    pub(super) fn move_to_crossings(
        &mut self,
        map: &LabelMap,
        image: &Image,
        level: f64,
        control: &RunControl,
    ) -> Result<(), ImagingError> {
        const BATCH: usize = 1 << 18;
        let blocks = std::mem::take(&mut self.blocks);
        for (points, blocks) in self.points.chunks_mut(BATCH).zip(blocks.chunks(BATCH)) {
            control.check()?;
            points.par_iter_mut().zip(blocks).for_each(|(point, block)| {
                *point = map.grid.position(mean_crossing(map, image, level, block.map(|n| n as usize)));
            });
        }
        self.blocks = blocks;
        Ok(())
    }

    /// The closed surface of one label, outward. Its regions are named by what is on the other side: `to_background`, the
    /// names of other labels as `to_NAME`, and `to_image_border`.
    pub fn of_label(&self, label: u16) -> SurfaceMesh {
        let mut number = vec![NONE; self.points.len()];
        let mut surface = SurfaceMesh::default();
        let mut sides: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
        for face in self.interfaces.iter().filter(|face| face.labels.contains(&label)) {
            let [first, second] = face.labels;
            let other = if first == label { second } else { first };
            for mut triangle in self.triangles(face) {
                if second == label {
                    triangle.swap(1, 2);
                }
                let vertices = triangle.map(|v| {
                    let known = &mut number[v as usize];
                    if *known == NONE {
                        *known = surface.points.len() as u32;
                        surface.points.push(self.points[v as usize]);
                    }
                    *known
                });
                sides.entry(other).or_default().push(surface.triangles.len() as u32);
                surface.triangles.push(vertices);
            }
        }
        let name = |other| match other {
            0 => "to_background".to_owned(),
            LabelMap::OUTSIDE => "to_image_border".to_owned(),
            other => format!("to_label_{other}"),
        };
        surface.regions = sides.into_iter().map(|(other, triangles)| (name(other), triangles)).collect();
        surface
    }

    /// A quadrilateral cut along its shorter diagonal, the first on a tie.
    pub(super) fn triangles(&self, face: &Interface) -> [[u32; 3]; 2] {
        let [a, b, c, d] = face.vertices;
        let apart = |u: u32, v: u32| (self.points[u as usize] - self.points[v as usize]).norm_squared();
        if apart(a, c) <= apart(b, d) { [[a, b, c], [a, c, d]] } else { [[b, c, d], [b, d, a]] }
    }

    /// Enclosed volume of every label, mm³.
    pub fn volumes(&self) -> BTreeMap<u16, f64> {
        let Some(origin) = self.points.first() else { return BTreeMap::new() };
        let corner = |v: u32| self.points[v as usize] - origin;
        let cone = |face: &Interface| {
            self.triangles(face).map(|[a, b, c]| corner(a).dot(&corner(b).cross(&corner(c)))).iter().sum::<f64>() / 6.0
        };
        let mut volumes = self.sums(|face| Some((face.labels, cone(face)))).into_iter().fold(
            BTreeMap::new(),
            |mut volumes: BTreeMap<u16, f64>, ([first, second], cone)| {
                *volumes.entry(first).or_insert(0.0) += cone;
                *volumes.entry(second).or_insert(0.0) -= cone;
                volumes
            },
        );
        volumes.remove(&0);
        volumes.remove(&LabelMap::OUTSIDE);
        volumes
    }

    /// Sums over the interfaces by key, in an order that the thread count does not change.
    pub(super) fn sums(&self, term: impl Fn(&Interface) -> Option<([u16; 2], f64)> + Sync) -> BTreeMap<[u16; 2], f64> {
        const BATCH: usize = 1 << 16;
        let part = |faces: &[Interface]| {
            let mut sums = BTreeMap::<[u16; 2], f64>::new();
            for (key, value) in faces.iter().filter_map(&term) {
                *sums.entry(key).or_insert(0.0) += value;
            }
            sums
        };
        let parts: Vec<BTreeMap<[u16; 2], f64>> = self.interfaces.par_chunks(BATCH).map(part).collect();
        let mut sums = BTreeMap::new();
        for (key, value) in parts.into_iter().flatten() {
            *sums.entry(key).or_insert(0.0) += value;
        }
        sums
    }

    /// Twice the area times the normal of a quadrilateral.
    pub(super) fn area_vector(&self, face: &Interface) -> Vector3<f64> {
        let [a, b, c, d] = face.vertices.map(|v| self.points[v as usize]);
        (c - a).cross(&(d - b))
    }
}

/// Added to the sides (2 bits an axis) on which a voxel lies beyond the image, so that the planes of its border differ.
const BEYOND: u32 = 1 << 16;

/// The labels of a block, those beyond the image by the planes of its border that they are beyond.
fn with_borders(grid: &Grid, block: [usize; 3], labels: [u16; 8]) -> [u32; 8] {
    let is_at_border = (0..3).any(|axis| block[axis] == 0 || block[axis] == grid.dimensions[axis]);
    if !is_at_border {
        return labels.map(u32::from);
    }
    std::array::from_fn(|corner| {
        let side = |axis: usize| match block[axis] + (corner >> axis & 1) {
            0 => 1 << (2 * axis),
            n if n > grid.dimensions[axis] => 2 << (2 * axis),
            _ => 0,
        };
        match side(0) | side(1) | side(2) {
            0 => u32::from(labels[corner]),
            sides => BEYOND + sides,
        }
    })
}

/// The label as the surface sees it: beyond the image is background.
const fn solid(label: u32) -> u32 {
    if label >= BEYOND { 0 } else { label }
}

/// Whether a surface passes between these labels.
fn is_mixed(labels: &[u32]) -> bool {
    labels.iter().any(|&label| solid(label) != solid(labels[0]))
}

/// How many different labels there are.
fn distinct(labels: &[u32]) -> usize {
    (0..labels.len()).filter(|&k| !labels[..k].contains(&labels[k])).count()
}

/// Every layer of blocks; a layer of blocks more than of voxels.
fn layers(map: &LabelMap, control: &RunControl) -> Result<Vec<Layer>, ImagingError> {
    const BATCH: usize = 16;
    let count = map.grid.dimensions[2] + 1;
    let mut layers = Vec::with_capacity(count);
    for start in (0..count).step_by(BATCH) {
        control.check()?;
        layers.par_extend((start..(start + BATCH).min(count)).into_par_iter().map(|k| layer(map, k)));
        control.report(layers.len() as f64 / count as f64);
    }
    Ok(layers)
}

fn layer(map: &LabelMap, k: usize) -> Layer {
    let row = map.grid.dimensions[0] + 1;
    let mut layer = Layer { blocks: Vec::new(), labels: Vec::new() };
    visit_mixed(map, k, |block, labels| {
        layer.blocks.push((block[0] + row * block[1]) as u32);
        layer.labels.push(with_borders(&map.grid, block, labels));
    });
    layer
}

/// The faces and edges whose lowest block is in one layer.
struct Links {
    interfaces: Vec<Interface>,
    edges: Vec<Edge>,
}

/// Two vertices whose blocks share four voxels of differing labels.
struct Edge {
    axis: usize,
    vertices: [u32; 2],
    /// Whether more than two labels are among the four.
    is_of_junction: bool,
}

fn links(map: &LabelMap, layers: &[Layer], starts: &[u64], control: &RunControl) -> Result<Vec<Links>, ImagingError> {
    const BATCH: usize = 16;
    let mut links = Vec::with_capacity(layers.len());
    for start in (0..layers.len()).step_by(BATCH) {
        control.check()?;
        let range = start..(start + BATCH).min(layers.len());
        links.par_extend(range.into_par_iter().map(|k| links_of(&map.grid, layers, starts, k)));
        control.report(links.len() as f64 / layers.len() as f64);
    }
    Ok(links)
}

fn links_of(grid: &Grid, layers: &[Layer], starts: &[u64], k: usize) -> Links {
    let row = grid.dimensions[0] + 1;
    let dense = |k: usize| {
        let mut numbers = vec![NONE; row * (grid.dimensions[1] + 1)];
        if let Some(layer) = layers.get(k) {
            for (vertex, &block) in layer.blocks.iter().enumerate() {
                numbers[block as usize] = (starts[k] + vertex as u64) as u32;
            }
        }
        numbers
    };
    let both = [dense(k), dense(k + 1)];
    let mut links = Links { interfaces: Vec::new(), edges: Vec::new() };
    for (&block, labels) in layers[k].blocks.iter().zip(&layers[k].labels) {
        // The vertex of the block some steps further; missing only where no face asks for it.
        let vertex = |steps: [usize; 3]| {
            let place = block as usize + steps[0] + row * steps[1];
            both[steps[2]].get(place).copied().unwrap_or(NONE)
        };
        for axis in 0..3_usize {
            let step = |along: usize| [0, 1, 2].map(|a| usize::from(a == along));
            let upper = 1 << axis;
            // The four voxels that the block shares with the next one along the axis.
            let shared: Vec<u32> = (0..8).filter(|corner| corner & upper != 0).map(|corner| labels[corner]).collect();
            if is_mixed(&shared) {
                let vertices = [vertex([0; 3]), vertex(step(axis))];
                links.edges.push(Edge { axis, vertices, is_of_junction: distinct(&shared) > 2 });
            }
            let sides = [labels[7 ^ upper], labels[7]];
            if is_mixed(&sides) {
                let (u, v) = (step((axis + 1) % 3), step((axis + 2) % 3));
                let both = [0, 1, 2].map(|a| u[a] + v[a]);
                let vertices = [vertex([0; 3]), vertex(u), vertex(both), vertex(v)];
                let labels = sides.map(|label| u16::try_from(label).unwrap_or(LabelMap::OUTSIDE));
                links.interfaces.push(Interface { vertices, labels });
            }
        }
    }
    links
}

/// Voxel coordinates of the mean of the crossings of a block's edges.
fn mean_crossing(map: &LabelMap, image: &Image, level: f64, block: [usize; 3]) -> [f64; 3] {
    // The voxel at a corner; `None` beyond the image.
    let voxel = |corner: usize| {
        let voxel = [0, 1, 2].map(|axis| block[axis] + (corner >> axis & 1));
        let is_inside = (0..3).all(|axis| (1..=map.grid.dimensions[axis]).contains(&voxel[axis]));
        is_inside.then(|| map.grid.index(voxel.map(|n| n - 1)))
    };
    let voxels: [Option<usize>; 8] = std::array::from_fn(voxel);
    let is_in = voxels.map(|voxel| voxel.is_some_and(|index| map.labels[index] != 0));
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for axis in 0..3 {
        for low in (0..8).filter(|low| low >> axis & 1 == 0) {
            let high = low | 1 << axis;
            if is_in[low] == is_in[high] {
                continue;
            }
            let crossing = voxels[low].zip(voxels[high]).map(|(low, high)| {
                let (a, b) = (image.value(low), image.value(high));
                (level - a) / (b - a)
            });
            // Beyond the image, and where the label was changed against the value, there is no crossing to be found.
            let t = crossing.filter(|t| (0.0..=1.0).contains(t)).unwrap_or(0.5);
            for (a, sum) in sum.iter_mut().enumerate() {
                *sum += block[a] as f64 - 1.0 + (low >> a & 1) as f64 + if a == axis { t } else { 0.0 };
            }
            count += 1.0;
        }
    }
    let mut mean = sum.map(|s| s / count);
    for axis in 0..3 {
        // Vertices on the border of the image stay in its plane.
        if block[axis] == 0 || block[axis] == map.grid.dimensions[axis] {
            mean[axis] = block[axis] as f64 - 0.5;
        }
    }
    mean
}
