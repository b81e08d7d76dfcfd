//! The look: every colour and distance of the program, for light and dark.

use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{Color32, CornerRadius, FontData, FontFamily, FontId, Margin, Stroke, TextStyle, Theme, Visuals};
use scene::slice::SlicePlane;

/// Colours with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Palette {
    /// Behind panels.
    pub(crate) panel: Color32,
    /// Bars at the top and the bottom.
    pub(crate) bar: Color32,
    /// Behind the 3D view.
    pub(crate) canvas: Color32,
    /// Input fields, table stripes.
    pub(crate) well: Color32,
    /// Lines between things.
    pub(crate) line: Color32,
    /// Text.
    pub(crate) text: Color32,
    /// Labels beside values.
    pub(crate) quiet: Color32,
    /// The main action, selection, links.
    pub(crate) accent: Color32,
    /// Text on the accent colour.
    pub(crate) on_accent: Color32,
    /// Good: a converged value, a passed check.
    pub(crate) good: Color32,
    /// To be looked at.
    pub(crate) caution: Color32,
    /// Wrong.
    pub(crate) bad: Color32,
}

const LIGHT: Palette = Palette {
    panel: Color32::from_rgb(250, 251, 252),
    bar: Color32::from_rgb(241, 243, 245),
    canvas: Color32::from_rgb(255, 255, 255),
    well: Color32::from_rgb(240, 242, 245),
    line: Color32::from_rgb(218, 222, 227),
    text: Color32::from_rgb(32, 36, 42),
    quiet: Color32::from_rgb(90, 98, 108),
    accent: Color32::from_rgb(0, 99, 156),
    on_accent: Color32::WHITE,
    good: Color32::from_rgb(18, 116, 72),
    caution: Color32::from_rgb(146, 88, 0),
    bad: Color32::from_rgb(178, 34, 34),
};

const DARK: Palette = Palette {
    panel: Color32::from_rgb(30, 33, 37),
    bar: Color32::from_rgb(24, 26, 30),
    canvas: Color32::from_rgb(38, 42, 47),
    well: Color32::from_rgb(42, 46, 52),
    line: Color32::from_rgb(58, 63, 70),
    text: Color32::from_rgb(228, 231, 235),
    quiet: Color32::from_rgb(160, 168, 178),
    accent: Color32::from_rgb(94, 178, 232),
    on_accent: Color32::from_rgb(14, 24, 34),
    good: Color32::from_rgb(98, 200, 146),
    caution: Color32::from_rgb(240, 180, 84),
    bad: Color32::from_rgb(244, 122, 116),
};

/// Height of table and list rows in points.
pub(crate) const ROW: f32 = 24.0;

/// The colours of the theme that is shown.
pub(crate) fn palette(ui: &egui::Ui) -> Palette {
    of(ui.visuals().dark_mode)
}

/// The colours for dark or light.
pub(crate) fn of(dark: bool) -> Palette {
    if dark { DARK } else { LIGHT }
}

/// The colour of a plane in all views: that of the axis across it in the triad.
pub(crate) fn plane_colour(plane: SlicePlane, dark: bool) -> Color32 {
    let colours = of(dark);
    match plane {
        SlicePlane::Axial => colours.accent,
        SlicePlane::Coronal => colours.good,
        SlicePlane::Sagittal => colours.bad,
    }
}

/// For letters that egui's own fonts lack, as the raised figures of powers of ten: a system may have none with them.
const FALLBACK: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");

/// Gives both themes their look; called once at the start.
pub(crate) fn install(context: &egui::Context) {
    let lowest = |family| InsertFontFamily { family, priority: FontPriority::Lowest };
    let families = [FontFamily::Proportional, FontFamily::Monospace].map(lowest).to_vec();
    context.add_font(FontInsert::new("Inter", FontData::from_static(FALLBACK), families));
    context.options_mut(|options| options.fallback_theme = Theme::Light);
    for theme in [Theme::Light, Theme::Dark] {
        context.style_mut_of(theme, |style| {
            let sizes = [
                (TextStyle::Small, 11.5, FontFamily::Proportional),
                (TextStyle::Body, 13.5, FontFamily::Proportional),
                (TextStyle::Button, 13.5, FontFamily::Proportional),
                (TextStyle::Heading, 17.0, FontFamily::Proportional),
                (TextStyle::Monospace, 12.5, FontFamily::Monospace),
            ];
            style.text_styles =
                sizes.into_iter().map(|(name, size, family)| (name, FontId::new(size, family))).collect();
            style.spacing.item_spacing = egui::vec2(8.0, 6.0);
            style.spacing.button_padding = egui::vec2(10.0, 4.0);
            style.spacing.interact_size.y = 24.0;
            style.spacing.menu_margin = Margin::same(6);
            style.spacing.window_margin = Margin::same(14);
            style.spacing.slider_width = 130.0;
            style.spacing.combo_width = 160.0;
            style.visuals = visuals(theme);
        });
    }
}

fn visuals(theme: Theme) -> Visuals {
    let dark = theme == Theme::Dark;
    let colours = of(dark);
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = colours.panel;
    visuals.window_fill = colours.panel;
    visuals.window_stroke = Stroke::new(1.0, colours.line);
    visuals.extreme_bg_color = colours.well;
    visuals.faint_bg_color = colours.well.gamma_multiply(0.6);
    visuals.hyperlink_color = colours.accent;
    visuals.warn_fg_color = colours.caution;
    visuals.error_fg_color = colours.bad;
    visuals.selection.bg_fill = colours.accent.gamma_multiply(if dark { 0.35 } else { 0.22 });
    visuals.selection.stroke = Stroke::new(1.0, colours.text);
    visuals.slider_trailing_fill = true;
    let round = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for (state, fill, text) in [
        (&mut widgets.noninteractive, colours.panel, colours.text),
        (&mut widgets.inactive, colours.well, colours.text),
        (&mut widgets.hovered, mix(colours.well, colours.accent, 0.16), colours.text),
        (&mut widgets.active, mix(colours.well, colours.accent, 0.30), colours.text),
        (&mut widgets.open, colours.well, colours.text),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = round;
        state.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, colours.line);
    widgets.inactive.bg_stroke = Stroke::new(1.0, colours.line);
    widgets.hovered.bg_stroke = Stroke::new(1.0, mix(colours.line, colours.accent, 0.6));
    widgets.active.bg_stroke = Stroke::new(1.0, colours.accent);
    visuals
}

/// `part` of `second` in `first`, channel by channel.
fn mix(first: Color32, second: Color32, part: f32) -> Color32 {
    let channel = |a: u8, b: u8| (f32::from(a) + part * (f32::from(b) - f32::from(a))).round() as u8;
    let (a, b) = (first.to_array(), second.to_array());
    Color32::from_rgb(channel(a[0], b[0]), channel(a[1], b[1]), channel(a[2], b[2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of WCAG 2.1.
    fn luminance(colour: Color32) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b, _] = colour.to_array();
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn text_is_readable_on_every_background() {
        for colours in [LIGHT, DARK] {
            for text in [colours.text, colours.quiet, colours.good, colours.caution, colours.bad, colours.accent] {
                for ground in [colours.panel, colours.bar, colours.canvas, colours.well] {
                    let (a, b) = (luminance(text), luminance(ground));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    // WCAG 2.1, level AA for normal text.
                    assert!(contrast >= 4.5, "{text:?} on {ground:?}: {contrast:.2}");
                }
            }
            let (a, b) = (luminance(colours.on_accent), luminance(colours.accent));
            assert!((a.max(b) + 0.05) / (a.min(b) + 0.05) >= 4.5);
        }
    }
}
