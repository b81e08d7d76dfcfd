use imaging::Histogram;

/// Which values are black and which are white: those below `centre - width / 2` and above `centre + width / 2`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The value in the middle of the greys ("level").
    pub centre: f64,
    /// From black to white; positive.
    pub width: f64,
}

impl Window {
    /// The window in which most of a CT is first looked at.
    pub const SOFT_TISSUE: Self = Self { centre: 50.0, width: 400.0 };

    /// Windows for CT in Hounsfield units, with the names that radiology uses.
    pub const CT: [(&'static str, Self); 4] = [
        ("Bone", Self { centre: 400.0, width: 1800.0 }),
        ("Soft tissue", Self::SOFT_TISSUE),
        ("Lung", Self { centre: -600.0, width: 1500.0 }),
        ("Angio", Self { centre: 300.0, width: 600.0 }),
    ];

    /// From black at `low` to white at `high`; a range without width gets one around it.
    pub fn between(low: f64, high: f64) -> Self {
        let width = high - low;
        let least = (1e-6 * low.abs().max(high.abs())).max(1e-9);
        Self { centre: low + 0.5 * width, width: width.max(least) }
    }

    /// The window that shows all but the most extreme values: from the first to the last half percent. Where most of the
    /// image is one value (air, background) and that would leave next to nothing, the whole range.
    pub fn automatic(histogram: &Histogram) -> Self {
        let [low, high] = histogram.range;
        let (first, last) = (histogram.quantile(0.005), histogram.quantile(0.995));
        if last - first > 0.02 * (high - low) { Self::between(first, last) } else { Self::between(low, high) }
    }

    /// The largest value that is black.
    pub fn low(self) -> f64 {
        self.centre - 0.5 * self.width
    }

    /// The smallest value that is white.
    pub fn high(self) -> f64 {
        self.centre + 0.5 * self.width
    }

    /// The grey of a value, linear in between (DICOM PS3.3, C.11.2.1.3.2, LINEAR_EXACT); `None` when it is no number.
    pub fn grey(self, value: f64) -> Option<u8> {
        let part = (value - self.centre) / self.width + 0.5;
        // A cast saturates, so that infinite values are black or white.
        (!part.is_nan()).then(|| (255.0 * part).round() as u8)
    }

    /// The window after a drag by `right` and `up`, in sizes of the picture: to the right it widens, upwards the centre
    /// falls and the picture brightens.
    pub fn dragged(self, right: f64, up: f64) -> Self {
        Self { centre: self.centre - up * self.width, width: (self.width * (2.0 * right).exp()).max(1e-9) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Grid, Image, Rescale, Voxels};
    use mesh::Point3;

    #[test]
    fn the_ends_are_black_and_white_and_the_centre_is_in_the_middle() {
        let window = Window { centre: 40.0, width: 400.0 };
        assert_eq!((window.low(), window.high()), (-160.0, 240.0));
        let cases =
            [(-1000.0, 0), (-160.0, 0), (40.0, 128), (240.0, 255), (3000.0, 255), (-60.0, 64), (f64::INFINITY, 255)];
        for (value, grey) in cases {
            assert_eq!(window.grey(value), Some(grey), "{value}");
        }
        assert_eq!(window.grey(f64::NAN), None);
        assert_eq!(Window::between(-160.0, 240.0), window);
        assert_eq!(Window::between(5.0, 5.0).grey(5.0), Some(128));
    }

    #[test]
    fn dragging_right_widens_and_dragging_up_brightens() {
        let window = Window { centre: 100.0, width: 200.0 };
        let wider = window.dragged(0.1, 0.0);
        assert!(wider.width > 240.0 && wider.centre == 100.0);
        assert!(window.dragged(0.0, 0.2).grey(100.0) > window.grey(100.0));
        let back = window.dragged(0.3, 0.0).dragged(-0.3, 0.0);
        assert!((back.width - 200.0).abs() < 1e-9);
    }

    #[test]
    fn the_automatic_window_leaves_out_a_few_extreme_voxels_only() {
        let image = |values: Vec<i16>| {
            let grid = Grid::aligned([values.len(), 1, 1], Point3::origin(), [1.0; 3]).unwrap();
            Image { grid, voxels: Voxels::I16(values), rescale: Rescale::NONE }
        };
        let automatic = |values: Vec<i16>| {
            let histogram = Histogram::of(&image(values), 4096, &control::RunControl::silent()).unwrap().unwrap();
            Window::automatic(&histogram)
        };
        let mut values: Vec<i16> = (0..2000).map(|n| n / 2).collect();
        values.extend([30_000; 4]);
        let window = automatic(values);
        assert!((window.low() - 5.0).abs() < 10.0 && (window.high() - 995.0).abs() < 15.0, "{window:?}");
        // Background but for three voxels: the range itself.
        let mut empty = vec![0; 2000];
        empty.extend([100, 100, 100]);
        assert_eq!(automatic(empty), Window::between(0.0, 100.0));
    }
}
