//! Isosurface stuffing: Labelle & Shewchuk (2007), "Isosurface stuffing: fast tetrahedral meshes with good dihedral
//! angles", ACM Transactions on Graphics 26(3):57.

mod cut;
mod junction;
mod lattice;
mod octree;

use crate::MeshingError;
use crate::domain::Domain;
use crate::tets::TetMesh;
use control::RunControl;
use lattice::Lattice;
use octree::Octree;

/// How to lay the lattice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Grid {
    /// Width of the finest cells, the long edges at the boundary, in mm.
    pub(crate) size: f64,
    /// Cells inside may be up to 2^`coarsening` times wider.
    pub(crate) coarsening: u8,
    /// Shift of the lattice in cells.
    pub(crate) shift: [f64; 3],
    /// Cells of one size at most, so that a size far too small is refused before memory is gone.
    pub(crate) limit: usize,
}

/// Fills `domain` with tetrahedra: lattice, warp, cut. Angles are raw; smoothing comes after.
pub(crate) fn stuff(domain: &dyn Domain, grid: &Grid, control: &RunControl) -> Result<TetMesh, MeshingError> {
    let tree = Octree::build(domain, grid, control)?;
    control.report(0.4);
    let lattice = Lattice::build(&tree, domain, control)?;
    drop(tree);
    control.report(0.7);
    Ok(cut::cut(lattice, domain, control)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FinerAtSpots, Gyroid, Sphere, Spot, Torus};
    use crate::features::Rims;
    use crate::optimise::star::quality;
    use crate::optimise::{Passes, optimise};
    use crate::tets::Hold;
    use geometry::TriangleBvh;

    fn angles(mesh: &TetMesh) -> (f64, f64) {
        (0..mesh.tets.len())
            .map(|t| mesh::quality::dihedral_range_deg(&mesh.corners(t)))
            .fold((180.0, 0.0), |(low, high), (a, b)| (f64::min(low, a), f64::max(high, b)))
    }

    /// V - E + F of the boundary and the number of edges that do not have two faces.
    fn boundary_topology(mesh: &TetMesh) -> (i64, usize) {
        let faces = mesh.boundary();
        let mut vertices: Vec<u32> = faces.iter().flat_map(|face| face.vertices).collect();
        vertices.sort_unstable();
        vertices.dedup();
        let mut edges: Vec<[u32; 2]> = faces
            .iter()
            .flat_map(|face| {
                let [a, b, c] = face.vertices;
                [[a, b], [b, c], [c, a]].map(|[a, b]| [a.min(b), a.max(b)])
            })
            .collect();
        edges.sort_unstable();
        let odd = edges.chunk_by(|a, b| a == b).filter(|group| group.len() != 2).count();
        edges.dedup();
        (vertices.len() as i64 - edges.len() as i64 + faces.len() as i64, odd)
    }

    #[test]
    fn angles_and_topology_hold_on_smooth_shapes_wherever_the_lattice_lies() {
        let shapes: [(&dyn Domain, f64, i64); 3] = [
            (&Sphere { centre: mesh::Point3::new(0.1, 0.2, 0.3), radius: 1.0 }, 0.13, 2),
            (&Torus { major: 1.0, minor: 0.4 }, 0.1, 0),
            (&Gyroid { cell: 1.0, level: 0.3, radius: 1.0 }, 0.05, -8),
        ];
        for (domain, size, euler) in shapes {
            for k in 0..3 {
                let shift = [0.37 * f64::from(k), 0.21 * f64::from(k), 0.11 * f64::from(k)];
                let grid = Grid { size, coarsening: 8, shift, limit: usize::MAX };
                let control = RunControl::silent();
                let mut mesh = stuff(domain, &grid, &control).unwrap();
                let raw = angles(&mesh);
                optimise(&mut mesh, domain, &Rims::default(), Passes::thorough(12), &control).unwrap();
                let better = angles(&mesh);
                println!("{size} {} tets {raw:?} {better:?} {:?}", mesh.tets.len(), boundary_topology(&mesh));
                assert_eq!(boundary_topology(&mesh), (euler, 0));
                assert!(raw.0 > 10.0 && raw.1 < 165.0, "{raw:?}");
                assert!(better.0 > 25.0 && better.1 < 150.0, "{better:?}");
                for (p, hold) in mesh.points.iter().zip(&mesh.holds) {
                    assert!(*hold == Hold::Free || domain.distance(p, 1.0) < 1e-9);
                }
            }
        }
    }

    /// Cells of four sizes on a boundary: vertices go to it no farther than the smallest cells around them allow.
    #[test]
    fn no_tetrahedron_is_inside_out_where_cells_of_different_size_meet_at_the_boundary() {
        let gyroid = Gyroid { cell: 1.0, level: 0.3, radius: 1.0 };
        for k in 0..4 {
            let at = mesh::Point3::new(0.2 * f64::from(k), 0.3, -0.2);
            let spots = [Spot::Near { triangles: TriangleBvh::new(&[at; 3], &[[0, 1, 2]]), distance: 0.1, size: 0.01 }];
            let domain = FinerAtSpots::new(&gyroid, &spots, 0.01, 3);
            let shift = [0.37 * f64::from(k), 0.21 * f64::from(k), 0.11 * f64::from(k)];
            let grid = Grid { size: 0.01, coarsening: 8, shift, limit: usize::MAX };
            let mesh = stuff(&domain, &grid, &RunControl::silent()).unwrap();
            let least = (0..mesh.tets.len()).map(|t| quality(&mesh.corners(t))).fold(f64::INFINITY, f64::min);
            println!("{} tets {least} {:?}", mesh.tets.len(), angles(&mesh));
            assert!(least > 0.0, "{least}");
        }
    }

    #[test]
    fn the_volume_error_falls_with_the_square_of_the_size() {
        let sphere = Sphere { centre: mesh::Point3::origin(), radius: 1.0 };
        let torus = Torus { major: 1.0, minor: 0.4 };
        let gyroid = Gyroid { cell: 1.0, level: 0.3, radius: 1.0 };
        let volume = |domain: &dyn Domain, size: f64| {
            let grid = Grid { size, coarsening: 8, shift: [0.0; 3], limit: usize::MAX };
            stuff(domain, &grid, &RunControl::silent()).unwrap().volume()
        };
        for (domain, exact, size) in [(&sphere as &dyn Domain, sphere.volume(), 0.2), (&torus, torus.volume(), 0.1)] {
            let errors = [size, size / 2.0].map(|size| exact - volume(domain, size));
            let rate = (errors[0] / errors[1]).log2();
            println!("{errors:?} {rate}");
            assert!((1.9..2.1).contains(&rate), "{rate}");
        }
        // No closed form: the differences between three sizes fall like the errors.
        let v = [0.08, 0.04, 0.02].map(|size| volume(&gyroid, size));
        let rate = ((v[1] - v[0]) / (v[2] - v[1])).log2();
        println!("{v:?} {rate}");
        assert!((1.9..2.1).contains(&rate), "{rate}");
    }
}
