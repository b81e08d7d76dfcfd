//! How long the pictures of one plane of a 512 x 512 x 512 CT take: `cargo run --release -p scene --example slice_times`.

use imaging::{Grid, Image, Rescale, Voxels};
use mesh::Point3;
use scene::slice::{Selected, SlicePlane, SliceStack, Window, grey, label_tints, overlay};
use std::time::Instant;

fn main() {
    let Ok(grid) = Grid::aligned([512; 3], Point3::origin(), [0.7, 0.7, 1.0]) else { return };
    let values = (0..grid.count()).map(|index| (index % 4001) as i16 - 1000).collect();
    let labels: Vec<u16> = (0..grid.count()).map(|index| (index / 64 % 9) as u16).collect();
    let image = Image { voxels: Voxels::I16(values), rescale: Rescale::NONE, grid };
    let tints = label_tints((1..9).map(|label| (label, true)), 0.5);
    for plane in SlicePlane::ALL {
        let stack = SliceStack::new(&image.grid, plane);
        let time = |what: &str, paint: &dyn Fn(usize)| {
            let start = Instant::now();
            (100..120).for_each(paint);
            println!("{}, {what}: {:.1} ms", plane.name(), start.elapsed().as_secs_f64() * 1000.0 / 20.0);
        };
        time("grey", &|slice| drop(grey(&stack, slice, &image, Window::SOFT_TISSUE, 4096)));
        let chosen = Some((Selected::Between(200.0, 1500.0), [255, 64, 80, 120]));
        time("threshold", &|slice| drop(overlay(&stack, slice, &image, None, chosen, 4096)));
        time("labels", &|slice| drop(overlay(&stack, slice, &image, Some((&labels, &tints)), None, 4096)));
    }
}
