//! Symbolic Cholesky factorisation on the node graph: elimination tree, postorder, supernodes.
//!
//! All of it works on nodes (three dofs each in elasticity), so it costs a ninth of an analysis of the dof graph.

use crate::LinalgError;
use crate::graph::NodeGraph;
use crate::ordering::nested_dissection;
use control::RunControl;

const NONE: u32 = u32::MAX;

/// Two neighbouring supernodes with together at most `.0` columns are merged when the zeros that this stores stay below
/// the fraction `.1` of their entries (relaxed supernodes, Ashcraft and Grimes, ACM TOMS 15:291, 1989).
const RELAXATION: [(usize, f64); 4] = [(8, 1.0), (32, 0.5), (96, 0.15), (usize::MAX, 0.05)];

/// One supernode: consecutive columns of the factor with one row structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Supernode {
    /// Its nodes, in elimination order.
    pub(crate) nodes: std::ops::Range<usize>,
    /// First dof in elimination order.
    pub(crate) first_dof: usize,
    /// Number of columns (dofs of its nodes).
    pub(crate) columns: usize,
    /// Number of rows below the diagonal block (dofs of `below`).
    pub(crate) rows_below: usize,
    /// Where its nodes below the diagonal block lie in [`Symbolic::below`].
    below: std::ops::Range<usize>,
    /// First of its values, stored column by column, each with columns + rows_below entries.
    pub(crate) values: std::ops::Range<usize>,
    /// Number of children in the supernodal tree; they come right before it in postorder.
    pub(crate) children: usize,
    /// First supernode of its subtree.
    pub(crate) subtree: usize,
}

/// Everything about a Cholesky factor that does not depend on the values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Symbolic {
    /// Supernodes in postorder.
    pub(crate) supernodes: Vec<Supernode>,
    /// Nodes of all row structures, in elimination order.
    below: Vec<u32>,
    /// First dof of every node in elimination order; length nodes + 1.
    pub(crate) first_dof: Vec<u32>,
    /// Matrix row eliminated k-th.
    pub(crate) order: Vec<u32>,
    /// When a matrix row is eliminated: the inverse of `order`.
    pub(crate) position: Vec<u32>,
    /// Node (elimination order) of the dof eliminated k-th.
    pub(crate) node_of: Vec<u32>,
}

impl Symbolic {
    /// Orders the graph by nested dissection and finds the factor's structure.
    ///
    /// # Errors
    /// As [`nested_dissection`].
    pub(crate) fn new(graph: &NodeGraph, control: &RunControl) -> Result<Self, LinalgError> {
        let order = nested_dissection(graph, control)?;
        let (parent, counts) = elimination_tree(graph, &order, control)?;
        let post = postorder(&parent, &counts);
        let order: Vec<u32> = post.iter().map(|&k| order[k as usize]).collect();
        let (parent, counts) = elimination_tree(graph, &order, control)?;
        Self::with_tree(graph, &order, (&parent, &counts), control)
    }

    fn with_tree(
        graph: &NodeGraph,
        order: &[u32],
        (parent, counts): (&[u32], &[u32]),
        control: &RunControl,
    ) -> Result<Self, LinalgError> {
        let mut first_dof = vec![0u32];
        let mut dofs = Vec::with_capacity(graph.dofs.len());
        let mut node_of = Vec::with_capacity(graph.dofs.len());
        for (k, &node) in order.iter().enumerate() {
            dofs.extend_from_slice(graph.dofs(node as usize));
            node_of.resize(dofs.len(), k as u32);
            first_dof.push(dofs.len() as u32);
        }
        let mut position = vec![0u32; dofs.len()];
        for (k, &dof) in dofs.iter().enumerate() {
            position[dof as usize] = k as u32;
        }
        let ranges = supernode_ranges(parent, counts, &first_dof);
        let mut symbolic =
            Self { supernodes: Vec::new(), below: Vec::new(), first_dof, order: dofs, position, node_of };
        symbolic.find_rows(graph, order, ranges, control)?;
        Ok(symbolic)
    }

    /// Row structures, bottom-up: the neighbours of a supernode's nodes and its children's rows, as far as they come later.
    fn find_rows(
        &mut self,
        graph: &NodeGraph,
        order: &[u32],
        ranges: Vec<std::ops::Range<usize>>,
        control: &RunControl,
    ) -> Result<(), LinalgError> {
        let nodes = order.len();
        let mut when = vec![0u32; nodes];
        let mut supernode_of = vec![0u32; nodes];
        for (k, &node) in order.iter().enumerate() {
            when[node as usize] = k as u32;
        }
        for (s, range) in ranges.iter().enumerate() {
            supernode_of[range.clone()].fill(s as u32);
        }
        let mut marks = crate::pattern::Marks::new(nodes);
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); ranges.len()];
        let mut next_value = 0;
        for (s, range) in ranges.into_iter().enumerate() {
            control.check()?;
            let start = self.below.len();
            marks.clear();
            for k in range.clone() {
                for &other in graph.neighbours(order[k] as usize) {
                    let row = when[other as usize];
                    if row as usize >= range.end && marks.insert(row as usize) {
                        self.below.push(row);
                    }
                }
            }
            for &child in &children[s] {
                for place in self.supernodes[child as usize].below.clone() {
                    let row = self.below[place];
                    if row as usize >= range.end && marks.insert(row as usize) {
                        self.below.push(row);
                    }
                }
            }
            self.below[start..].sort_unstable();
            if let Some(&first) = self.below.get(start) {
                children[supernode_of[first as usize] as usize].push(s as u32);
            }
            let weight = |k: usize| (self.first_dof[k + 1] - self.first_dof[k]) as usize;
            let columns = range.clone().map(weight).sum::<usize>();
            let rows_below = self.below[start..].iter().map(|&row| weight(row as usize)).sum::<usize>();
            let length = columns * (columns + rows_below);
            let subtree = children[s].first().map_or(s, |&child| self.supernodes[child as usize].subtree);
            self.supernodes.push(Supernode {
                first_dof: self.first_dof[range.start] as usize,
                nodes: range,
                columns,
                rows_below,
                below: start..self.below.len(),
                values: next_value..next_value + length,
                children: std::mem::take(&mut children[s]).len(),
                subtree,
            });
            next_value += length;
        }
        Ok(())
    }

    /// Nodes (elimination order) of the rows below the diagonal block of a supernode.
    pub(crate) fn below(&self, supernode: &Supernode) -> &[u32] {
        &self.below[supernode.below.clone()]
    }

    /// How many of the rows below a child's diagonal block are columns of its parent; they come first.
    pub(crate) fn rows_within(&self, child: usize, parent: usize) -> usize {
        let end = self.supernodes[parent].nodes.end;
        let inside =
            self.below(&self.supernodes[child]).iter().map(|&node| node as usize).take_while(|&node| node < end);
        inside.map(|node| (self.first_dof[node + 1] - self.first_dof[node]) as usize).sum()
    }

    /// Number of stored factor values.
    pub(crate) fn values(&self) -> usize {
        self.supernodes.last().map_or(0, |supernode| supernode.values.end)
    }

    /// Number of dofs.
    pub(crate) fn size(&self) -> usize {
        self.order.len()
    }

    /// Entries of the lower triangular factor, explicit zeros of relaxed supernodes counted in.
    pub(crate) fn factor_entries(&self) -> u64 {
        self.supernodes.iter().map(|s| (s.columns * (s.columns + 1) / 2 + s.columns * s.rows_below) as u64).sum()
    }

    /// Floating-point operations of the numeric factorisation.
    pub(crate) fn flops(&self) -> f64 {
        self.supernodes.iter().map(Supernode::flops).sum()
    }
}

impl Supernode {
    /// Floating-point operations of its partial factorisation: with c columns and r rows below, c³/3 + c² r + c r².
    pub(crate) fn flops(&self) -> f64 {
        let (c, r) = (self.columns as f64, self.rows_below as f64);
        c * (c * c / 3.0 + c * r + r * r)
    }
}

/// Parents in the elimination tree of the permuted graph, and nodes in every column of the factor, the diagonal counted
/// in (Liu, SIAM J Matrix Anal Appl 11:134, 1990: walking the row subtrees). Cost: one step an entry of the node factor.
fn elimination_tree(
    graph: &NodeGraph,
    order: &[u32],
    control: &RunControl,
) -> Result<(Vec<u32>, Vec<u32>), LinalgError> {
    let nodes = order.len();
    let mut when = vec![0u32; nodes];
    for (k, &node) in order.iter().enumerate() {
        when[node as usize] = k as u32;
    }
    let mut parent = vec![NONE; nodes];
    let mut seen = vec![NONE; nodes];
    let mut counts = vec![1u32; nodes];
    for row in 0..nodes {
        control.check()?;
        seen[row] = row as u32;
        for &other in graph.neighbours(order[row] as usize) {
            let mut column = when[other as usize] as usize;
            while column < row && seen[column] != row as u32 {
                seen[column] = row as u32;
                counts[column] += 1;
                if parent[column] == NONE {
                    parent[column] = row as u32;
                }
                column = parent[column] as usize;
            }
        }
    }
    Ok((parent, counts))
}

/// Postorder of a forest: entry k is the node visited k-th; among children the one with the longest column comes last.
fn postorder(parent: &[u32], counts: &[u32]) -> Vec<u32> {
    let nodes = parent.len();
    let (offsets, mut children) = crate::pattern::group(nodes, parent.iter().copied());
    for node in 0..nodes {
        children[offsets[node]..offsets[node + 1]].sort_by_key(|&child| (counts[child as usize], child));
    }
    let mut next = offsets[..nodes].to_vec();
    let mut post = Vec::with_capacity(nodes);
    let mut stack = Vec::new();
    for root in (0..nodes).filter(|&node| parent[node] == NONE) {
        stack.push(root);
        while let Some(&node) = stack.last() {
            if next[node] < offsets[node + 1] {
                stack.push(children[next[node]] as usize);
                next[node] += 1;
            } else {
                post.push(node as u32);
                stack.pop();
            }
        }
    }
    post
}

/// Consecutive nodes that form supernodes: equal structure first, then relaxed merging with the last child.
fn supernode_ranges(parent: &[u32], counts: &[u32], first_dof: &[u32]) -> Vec<std::ops::Range<usize>> {
    struct Candidate {
        nodes: std::ops::Range<usize>,
        columns: usize,
        rows_below: usize,
        zeros: usize,
    }
    let average = |nodes: usize| first_dof[first_dof.len() - 1] as f64 / (nodes.max(1)) as f64;
    let weight = average(parent.len());
    let mut stack: Vec<Candidate> = Vec::new();
    let mut start = 0;
    for node in 0..parent.len() {
        let chained = parent[node] as usize == node + 1 && counts[node] == counts[node + 1] + 1;
        if chained {
            continue;
        }
        let mut top = Candidate {
            nodes: start..node + 1,
            columns: (first_dof[node + 1] - first_dof[start]) as usize,
            // Row counts are known in nodes; the average weight turns them into dofs well enough for merging.
            rows_below: ((counts[node] - 1) as f64 * weight) as usize,
            zeros: 0,
        };
        start = node + 1;
        while let Some(child) = stack.last() {
            if !top.nodes.contains(&(parent[child.nodes.end - 1] as usize)) {
                break;
            }
            let columns = child.columns + top.columns;
            let fresh = child.columns * (top.columns + top.rows_below).saturating_sub(child.rows_below);
            let zeros = child.zeros + top.zeros + fresh;
            let entries = columns * (columns + 1) / 2 + columns * top.rows_below;
            let fraction = zeros as f64 / entries as f64;
            if !RELAXATION.iter().any(|&(limit, share)| columns <= limit && fraction < share) {
                break;
            }
            top = Candidate { nodes: child.nodes.start..top.nodes.end, columns, zeros, ..top };
            stack.pop();
        }
        stack.push(top);
    }
    stack.into_iter().map(|candidate| candidate.nodes).collect()
}
