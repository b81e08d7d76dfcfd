//! Fill-reducing order of a graph: multilevel nested dissection (Karypis and Kumar, SIAM J Sci Comput 20:359, 1998) by
//! METIS, which falls back to minimum degree on small parts by itself.

use crate::LinalgError;
use crate::graph::NodeGraph;
use control::RunControl;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// METIS draws from the C library's process-wide random numbers: one call at a time keeps the order reproducible.
static METIS: Mutex<()> = Mutex::new(());

/// Elimination order of the nodes: entry k is the node eliminated k-th.
///
/// METIS cannot be interrupted, so it runs on a thread of its own that is abandoned on cancel and ends by itself.
///
/// # Errors
/// [`LinalgError::Cancelled`], [`LinalgError::TooLarge`] above 2³¹ couplings, [`LinalgError::Ordering`].
pub(crate) fn nested_dissection(graph: &NodeGraph, control: &RunControl) -> Result<Vec<u32>, LinalgError> {
    let limit = i32::MAX as usize;
    if graph.neighbours.len() >= limit {
        return Err(LinalgError::TooLarge { what: "node couplings", count: graph.neighbours.len(), limit });
    }
    // METIS gets the nodes that have neighbours; isolated ones go first, in their own order.
    let (coupled, mut order): (Vec<u32>, Vec<u32>) =
        (0..graph.len() as u32).partition(|&node| !graph.neighbours(node as usize).is_empty());
    if coupled.is_empty() {
        return Ok(order);
    }
    let mut number = vec![0i32; graph.len()];
    for (k, &node) in coupled.iter().enumerate() {
        number[node as usize] = k as i32;
    }
    let mut offsets = vec![0i32];
    let mut neighbours = Vec::with_capacity(graph.neighbours.len());
    for &node in &coupled {
        neighbours.extend(graph.neighbours(node as usize).iter().map(|&other| number[other as usize]));
        offsets.push(neighbours.len() as i32);
    }
    let nodes = coupled.len();
    let permutation = on_abandonable_thread(control, move || metis(offsets, neighbours))?
        .map_err(|reason| LinalgError::Ordering { nodes, reason })?;
    order.extend(permutation.into_iter().map(|k| coupled[k as usize]));
    Ok(order)
}

/// Runs `work` on a thread of its own and waits for it, but no longer than until the run is cancelled.
fn on_abandonable_thread<T: Send + 'static>(
    control: &RunControl,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, LinalgError> {
    control.check()?;
    let (send, receive) = channel();
    let worker = std::thread::spawn(move || {
        // The receiver is gone when the run was cancelled; the result is then of no use.
        let _ = send.send(work());
    });
    loop {
        match receive.recv_timeout(Duration::from_millis(50)) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => control.check()?,
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("the worker sends before it ends"),
            },
        }
    }
}

/// METIS_NodeND on a graph without isolated nodes: entry k of the result is the node eliminated k-th.
fn metis(mut offsets: Vec<i32>, mut neighbours: Vec<i32>) -> Result<Vec<i32>, &'static str> {
    let mut nodes = (offsets.len() - 1) as i32;
    let mut permutation = vec![0i32; nodes as usize];
    let mut inverse = vec![0i32; nodes as usize];
    let mut options = [0i32; metis_sys::METIS_NOPTIONS as usize];
    let guard = METIS.lock().unwrap_or_else(PoisonError::into_inner);
    #[expect(unsafe_code, reason = "METIS has a C interface only")]
    // SAFETY: `options` has METIS_NOPTIONS entries; `offsets` (nodes + 1) and `neighbours` describe a symmetric graph
    // without self-loops, as `NodeGraph` guarantees; both results have one entry a node; a null weight pointer means
    // equal weights; all buffers outlive the call.
    let status = unsafe {
        metis_sys::METIS_SetDefaultOptions(options.as_mut_ptr());
        options[metis_sys::moptions_et_METIS_OPTION_SEED as usize] = 1;
        metis_sys::METIS_NodeND(
            &mut nodes,
            offsets.as_mut_ptr(),
            neighbours.as_mut_ptr(),
            std::ptr::null_mut(),
            options.as_mut_ptr(),
            permutation.as_mut_ptr(),
            inverse.as_mut_ptr(),
        )
    };
    drop(guard);
    match status {
        metis_sys::rstatus_et_METIS_OK => Ok(permutation),
        metis_sys::rstatus_et_METIS_ERROR_INPUT => Err("METIS rejected the graph"),
        metis_sys::rstatus_et_METIS_ERROR_MEMORY => Err("METIS ran out of memory"),
        _ => Err("METIS reported an unknown error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SparsityPattern;

    fn graph(size: usize, edges: &[[u32; 2]]) -> NodeGraph {
        let offsets: Vec<usize> = (0..=edges.len()).map(|e| 2 * e).collect();
        let pattern = SparsityPattern::from_elements(size, &offsets, edges.as_flattened());
        NodeGraph::new(&pattern, &(0..size as u32).collect::<Vec<_>>(), &RunControl::silent()).unwrap()
    }

    fn assert_permutation(graph: &NodeGraph) -> Vec<u32> {
        let order = nested_dissection(graph, &RunControl::silent()).unwrap();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..graph.len() as u32).collect::<Vec<_>>());
        order
    }

    #[test]
    fn every_node_comes_once_in_connected_split_and_edgeless_graphs() {
        assert_permutation(&graph(0, &[]));
        assert_permutation(&graph(5, &[]));
        assert_permutation(&graph(1, &[]));
        assert_permutation(&graph(2, &[[0, 1]]));
        assert_permutation(&graph(7, &[[0, 1], [1, 2], [4, 5]]));
        let path: Vec<[u32; 2]> = (0..1999).filter(|k| k % 500 != 0).map(|k| [k, k + 1]).collect();
        assert_permutation(&graph(2000, &path));
    }

    #[test]
    fn the_order_repeats() {
        let side = 40;
        let mut edges = Vec::new();
        for k in 0..side * side {
            edges.extend((k % side + 1 < side).then_some([k, k + 1]));
            edges.extend((k + side < side * side).then_some([k, k + side]));
        }
        let graph = graph((side * side) as usize, &edges);
        assert_eq!(assert_permutation(&graph), assert_permutation(&graph));
    }

    #[test]
    fn a_cancelled_run_does_not_start() {
        let control = RunControl::silent();
        control.cancel();
        let graph = graph(3, &[[0, 1], [1, 2]]);
        assert!(matches!(nested_dissection(&graph, &control), Err(LinalgError::Cancelled(_))));
    }
}
