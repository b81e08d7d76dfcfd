use crate::slice_pictures::CHOSEN;
use crate::theme;
use egui::{Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use imaging::Histogram;

/// How often values occur, on a scale on which rare ones are still seen, with the chosen range coloured.
pub(super) fn histogram(ui: &mut Ui, histogram: &Histogram, [low, high]: [f64; 2]) {
    let colours = theme::palette(ui);
    let width = ui.available_width() - 8.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 64.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Histogram of the values"));
    ui.painter().rect_filled(rect, 4.0, colours.well);
    let bars = rect.width().max(1.0) as usize;
    let heights = heights(&histogram.counts, bars);
    let [first, last] = histogram.range;
    let [red, green, blue, _] = CHOSEN;
    let chosen = Color32::from_rgb(red, green, blue);
    for (bar, height) in heights.into_iter().enumerate() {
        let value = first + (bar as f64 + 0.5) / bars as f64 * (last - first);
        let colour = if (low..=high).contains(&value) { chosen } else { colours.quiet };
        let x = rect.left() + bar as f32;
        let top = rect.bottom() - height * (rect.height() - 4.0);
        let column = Rect::from_min_max(pos2(x, top), pos2(x + 1.0, rect.bottom()));
        ui.painter().rect_filled(column, 0.0, colour);
    }
}

/// The counts in so many bars, 0 to 1 by their logarithm.
fn heights(counts: &[u64], bars: usize) -> Vec<f32> {
    let mut sums = vec![0_u64; bars];
    for (bin, count) in counts.iter().enumerate() {
        if let Some(sum) = sums.get_mut(bin * bars / counts.len().max(1)) {
            *sum += count;
        }
    }
    let logarithm = |count: u64| ((count + 1) as f32).ln();
    let most = sums.iter().copied().map(logarithm).fold(1.0, f32::max);
    sums.into_iter().map(|count| logarithm(count) / most).collect()
}
