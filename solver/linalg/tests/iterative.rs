//! The iterative solver against the direct one, its convergence, and the choice between the two.

#[path = "support/cube.rs"]
mod cube;

use control::RunControl;
use cube::{Cube, Element};
use linalg::{
    LinalgError, Method, MethodUsed, Solution, SolverOptions, SparseMatrix, SparsityPattern, SpdProblem, rigid_motions,
    solve_spd,
};
use std::sync::Arc;

fn options(method: Method) -> SolverOptions {
    SolverOptions { method, ..Default::default() }
}

/// Solves for a shear load; without a prolongation the rigid motions make the coarse space.
fn solve(cube: &Cube, options: &SolverOptions) -> Result<Solution, LinalgError> {
    let motions = rigid_motions(&cube.points, &cube.dof_to_node, &cube.component);
    let problem = SpdProblem {
        matrix: &cube.matrix,
        dof_to_node: &cube.dof_to_node,
        prolongation: cube.prolongation.as_ref(),
        near_kernel: Some(&motions),
    };
    let load = cube.component.iter().map(|&c| if c == 0 { 1.0 } else { 0.1 }).collect();
    solve_spd(&problem, &[load], options, &RunControl::silent())
}

fn relative_difference(a: &Solution, b: &Solution) -> f64 {
    let largest = b.x[0].iter().fold(0.0f64, |m, v| m.max(v.abs()));
    a.x[0].iter().zip(&b.x[0]).fold(0.0f64, |m, (a, b)| m.max((a - b).abs())) / largest
}

/// The cube without some of its dofs, as rollers leave it: nodes keep one, two or three dofs.
fn without(cube: Cube, removed: impl Fn(usize) -> bool) -> Cube {
    let size = cube.matrix.rows();
    let keep: Vec<usize> = (0..size).filter(|&dof| !removed(dof)).collect();
    let prolongation = cube.prolongation.map(|p| {
        // A coarse dof goes with the fine dof that carries its full weight.
        let at_vertex = |row: &usize, column: usize| p.entry(*row, column) == 1.0;
        let vertex = |column: usize| (0..size).find(|row| at_vertex(row, column)).unwrap_or_else(|| panic!("{column}"));
        let columns: Vec<usize> = (0..p.columns()).filter(|&column| !removed(vertex(column))).collect();
        part(&p, &keep, &columns)
    });
    Cube {
        matrix: part(&cube.matrix, &keep, &keep),
        dof_to_node: keep.iter().map(|&dof| cube.dof_to_node[dof]).collect(),
        component: keep.iter().map(|&dof| cube.component[dof]).collect(),
        prolongation,
        points: cube.points,
    }
}

fn part(matrix: &SparseMatrix, rows: &[usize], columns: &[usize]) -> SparseMatrix {
    let mut number = vec![u32::MAX; matrix.columns()];
    columns.iter().enumerate().for_each(|(k, &column)| number[column] = k as u32);
    let mut offsets = vec![0];
    let (mut indices, mut values) = (Vec::new(), Vec::new());
    for &row in rows {
        let (row_columns, row_values) = matrix.row(row);
        for (&column, &value) in row_columns.iter().zip(row_values) {
            if number[column as usize] != u32::MAX {
                indices.push(number[column as usize]);
                values.push(value);
            }
        }
        offsets.push(indices.len());
    }
    SparseMatrix::new(Arc::new(SparsityPattern::new(columns.len(), offsets, indices)), values)
}

#[test]
fn both_methods_agree_on_cubes_plates_and_stiffness_jumps() {
    let cases = [
        (Element::Tet10, [5, 5, 5], 1.0),
        (Element::Tet10, [1, 4, 12], 1.0),
        (Element::Tet10, [5, 5, 6], 1e4),
        (Element::Tet4, [8, 8, 8], 1.0),
        (Element::Tet4, [2, 6, 20], 1.0),
        (Element::Hex8, [7, 7, 8], 1e4),
        (Element::Hex8, [1, 8, 24], 1.0),
    ];
    for (element, cells, contrast) in cases {
        let cube = cube::block(element, cells, contrast);
        let direct = solve(&cube, &options(Method::Direct)).unwrap();
        let iterative = solve(&cube, &options(Method::Iterative)).unwrap();
        let difference = relative_difference(&iterative, &direct);
        let iterations = iterative.report.iterations[0];
        assert!(difference < 1e-8, "{element:?} {cells:?}: differ by {difference:e}");
        assert!((5..45).contains(&iterations), "{element:?} {cells:?}: {iterations} iterations");
    }
}

#[test]
fn iterations_do_not_grow_with_the_mesh() {
    for element in [Element::Tet10, Element::Hex8] {
        let count =
            |cells| solve(&cube::cube(element, cells, 1.0), &options(Method::Iterative)).unwrap().report.iterations[0];
        let (coarse, fine) = (count(5), count(10));
        assert!(fine <= coarse + 4, "{element:?}: {coarse} iterations, {fine} on half the size");
    }
}

#[test]
fn nodes_with_one_two_or_three_dofs_are_solved() {
    for element in [Element::Tet10, Element::Hex8] {
        let full = cube::cube(element, 4, 1.0);
        let (nodes, component, points) = (full.dof_to_node.clone(), full.component.clone(), full.points.clone());
        let roller = |dof: usize| {
            let x = points[nodes[dof] as usize];
            (component[dof] == 0 && x[0] == 0.0) || (component[dof] == 1 && x[1] == 0.0) || dof % 41 == 7
        };
        // Stray eliminations stay off the vertices, where they would cut a coarse dof in two.
        let removed = |dof: usize| {
            let vertex = points[nodes[dof] as usize].iter().all(|x| (x * 4.0).fract() == 0.0);
            roller(dof) && (dof % 41 != 7 || !vertex)
        };
        let cube = without(full, removed);
        let direct = solve(&cube, &options(Method::Direct)).unwrap();
        let iterative = solve(&cube, &options(Method::Iterative)).unwrap();
        assert!(relative_difference(&iterative, &direct) < 1e-8, "{element:?}");
    }
}

#[test]
fn the_result_has_the_same_bits_with_one_and_two_threads() {
    for element in [Element::Tet10, Element::Tet4] {
        let cube = cube::cube(element, 6, 10.0);
        let solve = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve(&cube, &options(Method::Iterative)).unwrap())
        };
        assert_eq!(solve(1), solve(2), "{element:?}");
    }
}

#[test]
fn several_loads_are_solved_each_for_itself() {
    let cube = cube::cube(Element::Tet10, 4, 1.0);
    let exact: Vec<Vec<f64>> =
        (1..4).map(|k| (0..cube.matrix.rows()).map(|i| (i as f64 * 0.01 * k as f64).sin()).collect()).collect();
    let loads: Vec<Vec<f64>> =
        exact.iter().map(|u| cube.matrix.multiply(u)).chain([vec![0.0; cube.matrix.rows()]]).collect();
    let problem = SpdProblem {
        matrix: &cube.matrix,
        dof_to_node: &cube.dof_to_node,
        prolongation: cube.prolongation.as_ref(),
        near_kernel: None,
    };
    let solution = solve_spd(&problem, &loads, &options(Method::Iterative), &RunControl::silent()).unwrap();
    for (found, exact) in solution.x.iter().zip(&exact) {
        let difference = found.iter().zip(exact).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
        assert!(difference < 1e-8, "{difference:e}");
    }
    assert!(solution.x[3].iter().all(|&value| value == 0.0) && solution.report.iterations[3] == 0);
}

#[test]
fn a_body_that_can_move_is_refused() {
    // A string of springs with both ends free.
    let size = 400;
    let elements: Vec<u32> = (0..size as u32 - 1).flat_map(|k| [k, k + 1]).collect();
    let offsets: Vec<usize> = (0..size).map(|e| 2 * e).collect();
    let pattern = Arc::new(SparsityPattern::from_elements(size, &offsets, &elements));
    let mut matrix = SparseMatrix::zeros(pattern.clone());
    for k in elements.chunks_exact(2) {
        for (row, column, value) in [(0, 0, 1.0), (0, 1, -1.0), (1, 0, -1.0), (1, 1, 1.0)] {
            matrix.values[pattern.position(k[row] as usize, k[column]).unwrap()] += value;
        }
    }
    let nodes: Vec<u32> = (0..size as u32).collect();
    let motions = [vec![1.0; size]];
    let problem = SpdProblem { matrix: &matrix, dof_to_node: &nodes, prolongation: None, near_kernel: Some(&motions) };
    let error =
        solve_spd(&problem, &[vec![1.0; size]], &options(Method::Iterative), &RunControl::silent()).unwrap_err();
    assert!(matches!(error, LinalgError::NotPositiveDefinite { .. }), "{error}");
}

#[test]
fn the_method_follows_time_and_memory() {
    // A bulky body: iterative. A strip: direct.
    let bulky = cube::cube(Element::Tet10, 8, 1.0);
    let solution = solve(&bulky, &SolverOptions::default()).unwrap();
    assert_eq!(solution.report.method, MethodUsed::Iterative, "{}", solution.report.reason);
    let strip = cube::block(Element::Tet10, [1, 2, 180], 1.0);
    let report = solve(&strip, &SolverOptions::default()).unwrap().report;
    assert_eq!(report.method, MethodUsed::Direct, "{}", report.reason);
    assert!(report.direct_seconds.is_some() && report.iterative_seconds.is_some(), "{report:?}");
    // Without a coarse space only the direct method remains, and says so.
    let bare = Cube { prolongation: None, ..cube::cube(Element::Tet10, 4, 1.0) };
    let problem =
        SpdProblem { matrix: &bare.matrix, dof_to_node: &bare.dof_to_node, prolongation: None, near_kernel: None };
    let load = vec![1.0; bare.matrix.rows()];
    let solve_bare = |method| solve_spd(&problem, std::slice::from_ref(&load), &options(method), &RunControl::silent());
    let report = solve_bare(Method::Automatic).unwrap().report;
    assert!(report.method == MethodUsed::Direct && report.reason.contains("coarse space"), "{}", report.reason);
    assert!(matches!(solve_bare(Method::Iterative), Err(LinalgError::Missing { .. })));
}

#[test]
fn the_memory_limit_turns_the_choice_or_refuses_with_the_number() {
    let strip = cube::block(Element::Tet10, [2, 3, 60], 1.0);
    let needed = |method| solve(&strip, &options(method)).unwrap().report.predicted_memory;
    let (direct, iterative) = (needed(Method::Direct), needed(Method::Iterative));
    assert!(iterative < direct, "{iterative} {direct}");
    let limited = |limit| solve(&strip, &SolverOptions { memory_limit: Some(limit), ..Default::default() });
    assert_eq!(limited(direct - 1).unwrap().report.method, MethodUsed::Iterative);
    match limited(iterative / 2) {
        Err(LinalgError::Memory { needed, limit, .. }) => assert!(needed > limit && limit == iterative / 2),
        other => panic!("{other:?}"),
    }
}
