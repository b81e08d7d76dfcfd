//! The number of threads.

use super::{cube, on};
use crate::{Condition, EthierSteinman, Flow, FlowOptions, Fluid};
use control::RunControl;
use mesh::ElementKind;
use std::sync::Arc;

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let control = RunControl::silent();
    let fluid = Fluid { density: 3.0, viscosity: 0.3 };
    let exact = EthierSteinman { fluid };
    let given = Condition::Velocity(Arc::new(move |p, t| exact.velocity(p, t)));
    let conditions = on(&["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"], &given);
    let options = FlowOptions { speed: 2.0, ..FlowOptions::default() };
    for (kind, n) in [(ElementKind::Tet10, 5), (ElementKind::Tet4, 9)] {
        let bits = |threads: usize| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
                let space = cube(kind, [n; 3], [1.0; 3]);
                let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
                flow.start(0.0, |p| exact.velocity(p, 0.0), |p| exact.pressure(p, 0.0), &control).unwrap();
                (0..3).for_each(|_| drop(flow.step(0.01, &control).unwrap()));
                let forces = flow.forces("x_min", &control).unwrap();
                let vectors = flow.velocity().iter().chain(forces.iter().map(|(_, force)| force));
                let numbers = vectors.flat_map(|u| u.iter().copied()).chain(flow.pressure().iter().copied());
                numbers.map(f64::to_bits).collect::<Vec<_>>()
            })
        };
        assert!(bits(1) == bits(3), "{kind}");
    }
}
