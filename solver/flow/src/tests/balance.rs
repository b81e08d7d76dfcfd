//! Energy of a steady pipe flow, and how a mesh resolves a flow.

use super::tube::{developed, pipe};
use super::{cube, on};
use crate::{Condition, Flow, FlowOptions, Fluid, Outlet, Wall};
use control::RunControl;
use mesh::ElementKind;
use nalgebra::Vector3;
use std::f64::consts::PI;
use std::sync::Arc;

/// What goes in and not out again is Δp Q, and all of it becomes heat: 4 μ L · π/2 for a speed of 1 on the axis.
#[test]
fn the_energy_that_a_pipe_takes_is_dissipated() {
    let length = 1.0;
    let exact = 4.0 * 0.5 * length * PI / 2.0;
    for (kind, around, most) in [(ElementKind::Tet10, 16, 1e-3), (ElementKind::Tet4, 32, 3e-2)] {
        let space = pipe(kind, around, length, around / 8);
        let flow = developed(&space, length);
        let report = flow.energy(&["inlet", "outlet_1"]).unwrap();
        let [loss, heat] = [report.loss(), report.within.dissipation].map(|power| power / exact - 1.0);
        println!("{kind}: loss off {loss:.1e}, dissipation off {heat:.1e}, {report:?}");
        assert!(loss.abs() < most && heat.abs() < most, "{loss} {heat}");
        let [into, out] = ["inlet", "outlet_1"].map(|face| report.through[face]);
        assert!((into.flux + out.flux).abs() < most && (out.by_motion / (PI / 8.0) - 1.0).abs() < most);
        // ∫ ½ ρ u² is π/6 for each unit of length.
        let off = [report.within.kinetic / (PI / 6.0) - 1.0, report.within.volume / PI - 1.0];
        assert!(off.iter().all(|off| off.abs() < most), "{off:?}");
        let count = space.mesh.element_count() as u32;
        let parts = [0..count / 3, count / 3..count].map(|part| flow.energy_within(Some(&part.collect::<Vec<_>>())));
        let sum = parts[0].dissipation + parts[1].dissipation;
        assert!((sum / report.within.dissipation - 1.0).abs() < 1e-12);
    }
    let space = pipe(ElementKind::Tet4, 16, length, 2);
    assert!(developed(&space, length).energy(&["neck"]).is_err());
}

/// A plug in a box of cells of a quarter: spacing of nodes, numbers of Reynolds and Courant, nodes in the layer at its floor.
#[test]
fn resolution_is_what_the_cells_of_a_box_say() {
    let control = RunControl::silent();
    let speed = 3.0;
    for kind in [ElementKind::Tet10, ElementKind::Tet4] {
        let space = cube(kind, [4, 2, 2], [1.0, 0.5, 0.4]);
        let mut conditions = on(&["y_min", "y_max", "z_min", "z_max"], &Condition::Slip);
        let plug = Condition::Velocity(Arc::new(move |_, _| Vector3::x() * speed));
        conditions.extend(on(&["x_min"], &plug));
        conditions.extend(on(&["x_max"], &Condition::Open(Outlet::pressure(0.0))));
        let options = FlowOptions { speed, ..FlowOptions::default() };
        let fluid = Fluid { density: 2.0, viscosity: 0.1 };
        let mut flow = Flow::new(&space, fluid, &conditions, options, &control).unwrap();
        flow.start(0.0, |_| Vector3::x() * speed, |_| 0.0, &control).unwrap();
        let floor = Wall::new(&space, &["z_min"], &control).unwrap();
        let found = flow.resolution(&floor, 5.0).unwrap();
        println!("{kind}: {found:?}");
        let spacing = if kind == ElementKind::Tet10 { [0.125, 0.1] } else { [0.25, 0.2] };
        let close = |value: f64, exact: f64| assert!((value / exact - 1.0).abs() < 1e-9, "{value} {exact}");
        for value in [found.cell_reynolds.median, found.cell_reynolds.percentile_95, found.cell_reynolds.largest] {
            close(value, speed * spacing[0] / 0.05);
        }
        close(found.courant(0.01), flow.step(0.01, &control).unwrap().courant);
        close(found.layer.thickness, 0.1);
        close(found.layer.first_spacing.largest, spacing[1]);
        close(found.layer.nodes, 0.1 / spacing[1]);
        close(found.layer.least_nodes, 0.1 / spacing[1]);
        assert!(flow.resolution(&floor, 0.0).is_err());
    }
}
