//! Triangle strips.

/// Appends the triangles of a strip; every second one is turned so that all have the first one's winding.
/// Triangles that name a vertex twice only join the parts of a strip and are left out.
pub(crate) fn append(strip: &[u32], triangles: &mut Vec<[u32; 3]>) {
    for (k, window) in strip.windows(3).enumerate() {
        let [a, b, c] = [window[0], window[1], window[2]];
        if a != b && b != c && c != a {
            triangles.push(if k % 2 == 0 { [a, b, c] } else { [b, a, c] });
        }
    }
}
