//! Measures topology and quality on a cube of two million tetrahedra:
//! `cargo run --release -p mesh --example topology_speed [CELLS]`. Seconds of this thread's processor time.

use mesh::topology::{SurfaceTopology, boundary_faces, boundary_surface, node_graph, node_to_elements};
use mesh::{ElementKind, Point3, VolumeMesh};
use std::time::Instant;

/// Time this thread has spent on a processor, where Linux tells it: other programs do not disturb it.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? * 1e-9)
}

fn timed<T>(label: &str, work: impl FnOnce() -> T) -> T {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    let elapsed = start.elapsed().as_secs_f64();
    let seconds = cpu_seconds().zip(cpu).map_or(elapsed, |(end, start)| end - start);
    println!("  {label:24} {seconds:7.3} s");
    result
}

/// A cube of `n`³ cells, six tetrahedra each (Kuhn), numbered so that neighbours are far apart in memory.
fn cube(n: u32) -> VolumeMesh {
    let node = |i: u32, j: u32, k: u32| i + (n + 1) * (j + (n + 1) * k);
    let line = 0..=n;
    let nodes = line.clone().flat_map(|k| line.clone().flat_map(move |j| (0..=n).map(move |i| (i, j, k))));
    let nodes = nodes.map(|(i, j, k)| Point3::new(f64::from(i), f64::from(j), f64::from(k))).collect();
    let mut connectivity = Vec::new();
    for cell in 0..n * n * n {
        let (i, j, k) = (cell % n, cell / n % n, cell / n / n);
        for (first, second, positive) in
            [(0, 1, true), (1, 2, true), (2, 0, true), (1, 0, false), (2, 1, false), (0, 2, false)]
        {
            let mut at = [i, j, k];
            let mut path = vec![node(i, j, k)];
            for axis in [first, second, 3 - first - second] {
                at[axis] += 1;
                path.push(node(at[0], at[1], at[2]));
            }
            if !positive {
                path.swap(1, 2);
            }
            connectivity.extend(path);
        }
    }
    VolumeMesh::new(nodes, ElementKind::Tet4, connectivity)
}

fn main() {
    let n = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(70);
    let mesh = cube(n);
    println!("{} tetrahedra", mesh.element_count());
    let boundary = timed("boundary faces", || boundary_faces(&mesh));
    assert_eq!(boundary.len(), 12 * (n * n) as usize);
    let boundary = timed("boundary surface", || boundary_surface(&mesh));
    let topology = timed("surface topology", || SurfaceTopology::new(&boundary.surface));
    assert!(topology.is_watertight());
    timed("node to elements", || node_to_elements(&mesh));
    timed("node graph", || node_graph(&mesh));
    let quality = timed("quality", || mesh::quality::mesh_quality(&mesh));
    assert_eq!(quality.inverted, []);
}
