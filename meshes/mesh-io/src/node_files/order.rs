//! The node order of formats that do not say theirs.

use crate::draft::Draft;
use mesh::shape::{gauss_points, jacobian_range, reference_nodes};
use mesh::{ElementKind, Point3};

/// Elements of a kind that are looked at.
const MOST_SAMPLES: usize = 10_000;

/// The orders that occur, ours first: the other side first, and for hexahedra row by row.
fn candidates(kind: ElementKind) -> &'static [&'static [usize]] {
    match kind {
        ElementKind::Tet4 => &[&[0, 1, 2, 3], &[1, 0, 2, 3]],
        ElementKind::Tet10 => &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 0, 2, 3, 4, 6, 5, 8, 7, 9]],
        ElementKind::Wedge6 => &[&[0, 1, 2, 3, 4, 5], &[3, 4, 5, 0, 1, 2]],
        ElementKind::Hex8 => &[
            &[0, 1, 2, 3, 4, 5, 6, 7],
            &[4, 5, 6, 7, 0, 1, 2, 3],
            &[0, 1, 3, 2, 4, 5, 7, 6],
            &[4, 5, 7, 6, 0, 1, 3, 2],
        ],
        _ => &[],
    }
}

/// Chooses for every kind the order in which most elements have a positive Jacobian everywhere, and puts all elements of
/// the kind into it; single elements that stay negative are left for the import report.
pub(super) fn make_positive(draft: &mut Draft) {
    for kind in [ElementKind::Tet4, ElementKind::Tet10, ElementKind::Wedge6, ElementKind::Hex8] {
        let of_kind: Vec<usize> = (0..draft.elements.len()).filter(|&k| draft.elements.get(k).0 == kind).collect();
        let step = of_kind.len() / MOST_SAMPLES + 1;
        let at: Vec<[f64; 3]> = [gauss_points(kind), reference_nodes(kind)].concat();
        let positive = |order: &[usize]| {
            let is_positive = |&&element: &&usize| {
                let nodes = draft.elements.get(element).1;
                let points: Vec<Point3<f64>> = order.iter().map(|&k| draft.nodes[nodes[k] as usize]).collect();
                jacobian_range(kind, &points, &at).minimum > 0.0
            };
            of_kind.iter().step_by(step).filter(is_positive).count()
        };
        let counts: Vec<usize> = candidates(kind).iter().map(|order| positive(order)).collect();
        let best = (0..counts.len()).rev().max_by_key(|&k| counts[k]).unwrap_or(0);
        let Some(order) = candidates(kind).get(best).filter(|_| best > 0) else { continue };
        of_kind.iter().for_each(|&element| draft.elements.reorder(element, order));
        let what = format!("the nodes of all {} {kind} elements were put into the order {order:?}", of_kind.len());
        draft.notes.push(format!("{what}, in which their Jacobian is positive"));
    }
}
