//! Groups of elements that may be assembled at the same time.

use mesh::{ElementBlock, Point3};

/// Elements a task assembles one after the other.
const CHUNK: usize = 32;

/// The elements of a block in chunks of neighbours, and the chunks in colours: no two chunks of one colour share a
/// node. Depends on the mesh alone, so the order of additions into any entry is the same for every thread count.
#[derive(Debug, Clone)]
pub(crate) struct Colouring {
    order: Vec<u32>,
    pub(crate) colours: Vec<Vec<u32>>,
}

impl Colouring {
    pub(crate) fn new(nodes: &[Point3<f64>], block: &ElementBlock) -> Self {
        let order = along_the_morton_curve(nodes, block);
        let count = block.kind.node_count();
        let mut pending: Vec<u32> = (0..order.len().div_ceil(CHUNK) as u32).collect();
        let mut colours: Vec<Vec<u32>> = Vec::new();
        // A node remembers the colours of one round as bits; chunks that find all of them taken wait for the next round.
        while !pending.is_empty() {
            let first = colours.len();
            let mut taken = vec![0u128; nodes.len()];
            let mut waiting = Vec::new();
            for &chunk in &pending {
                let touched = || {
                    chunk_of(&order, chunk)
                        .iter()
                        .flat_map(|&e| &block.connectivity[e as usize * count..(e as usize + 1) * count])
                };
                let forbidden = touched().fold(0, |bits, &node| bits | taken[node as usize]);
                let colour = forbidden.trailing_ones() as usize;
                if colour == 128 {
                    waiting.push(chunk);
                    continue;
                }
                touched().for_each(|&node| taken[node as usize] |= 1 << colour);
                if colours.len() <= first + colour {
                    colours.push(Vec::new());
                }
                colours[first + colour].push(chunk);
            }
            pending = waiting;
        }
        Self { order, colours }
    }

    /// The elements of a chunk.
    pub(crate) fn chunk(&self, chunk: u32) -> &[u32] {
        chunk_of(&self.order, chunk)
    }
}

fn chunk_of(order: &[u32], chunk: u32) -> &[u32] {
    let start = chunk as usize * CHUNK;
    &order[start..(start + CHUNK).min(order.len())]
}

/// Element numbers sorted along a space-filling curve through their first nodes, so that a chunk is a compact patch
/// whatever the numbering of the mesh.
fn along_the_morton_curve(nodes: &[Point3<f64>], block: &ElementBlock) -> Vec<u32> {
    let Some(first) = nodes.first() else { return Vec::new() };
    let (low, high) = nodes.iter().fold((*first, *first), |(low, high), p| (low.inf(p), high.sup(p)));
    let extent = (high - low).max().max(f64::MIN_POSITIVE);
    let cells = f64::from((1u32 << 21) - 1);
    let mut keyed: Vec<(u64, u32)> = block
        .elements()
        .enumerate()
        .map(|(e, element)| {
            let corners = block.kind.corner_count();
            let sum = element[..corners].iter().fold(nalgebra::Vector3::zeros(), |s, &n| s + (nodes[n as usize] - low));
            let at = sum / (corners as f64 * extent);
            let code = (0..3).fold(0, |code, i| code | spread((at[i] * cells) as u64) << i);
            (code, e as u32)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, e)| e).collect()
}

/// Puts two zero bits between the lowest 21 bits.
fn spread(mut x: u64) -> u64 {
    x &= 0x1f_ffff;
    for (shift, mask) in [
        (32, 0x001f_0000_0000_ffff),
        (16, 0x001f_0000_ff00_00ff),
        (8, 0x100f_00f0_0f00_f00f),
        (4, 0x10c3_0c30_c30c_30c3),
        (2, 0x1249_2492_4924_9249),
    ] {
        x = (x | x << shift) & mask;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use mesh::ElementKind;

    #[test]
    fn every_element_appears_once_and_no_two_chunks_of_a_colour_share_a_node() {
        // A strip of tetrahedra, and a fan in which all share node 0: the fan needs one colour a chunk, 157 in all.
        let count = 5000u32;
        let points =
            (0..=count + 3).map(|k| Point3::new(f64::from(k % 70), f64::from(k / 70), f64::from(k % 7))).collect();
        let points: Vec<Point3<f64>> = points;
        let strip: Vec<u32> = (0..count).flat_map(|e| [e, e + 1, e + 2, e + 3]).collect();
        let fan: Vec<u32> = (0..count).flat_map(|e| [0, e + 1, e + 2, e + 3]).collect();
        for connectivity in [strip, fan] {
            let block = ElementBlock { kind: ElementKind::Tet4, connectivity };
            let colouring = Colouring::new(&points, &block);
            let mut seen = vec![0; count as usize];
            for colour in &colouring.colours {
                let mut owner = vec![u32::MAX; points.len()];
                for &chunk in colour {
                    for &e in colouring.chunk(chunk) {
                        seen[e as usize] += 1;
                        for &node in &block.connectivity[e as usize * 4..e as usize * 4 + 4] {
                            assert!(owner[node as usize] == u32::MAX || owner[node as usize] == chunk);
                            owner[node as usize] = chunk;
                        }
                    }
                }
            }
            assert!(seen.iter().all(|&times| times == 1));
        }
    }
}
