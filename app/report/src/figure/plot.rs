//! Line plots as drawings.

use super::drawing::{Drawing, Item, Style};
use super::fonts::Fonts;
use scene::plot::{Axis, Line, Series, Symbol};
use scene::ticks::Ticks;
use scene::{Colour, Plot};

const TEXT: f64 = 14.5;
const TICK: f64 = 6.0;

/// The inner rectangle of a plot and its axes.
struct Area {
    left: f64,
    top: f64,
    wide: f64,
    high: f64,
    ends: [[f64; 2]; 2],
}

impl Area {
    fn x(&self, axis: &Axis, value: f64) -> Option<f64> {
        Some(self.left + self.wide * axis.position(self.ends[0], value)?)
    }

    fn y(&self, axis: &Axis, value: f64) -> Option<f64> {
        Some(self.top + self.high * (1.0 - axis.position(self.ends[1], value)?))
    }

    fn at(&self, plot: &Plot, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        Some([self.x(&plot.x, x)?, self.y(&plot.y, y)?])
    }

    fn contains(&self, [x, y]: [f64; 2]) -> bool {
        let slack = 0.5;
        x >= self.left - slack
            && x <= self.left + self.wide + slack
            && y >= self.top - slack
            && y <= self.top + self.high + slack
    }
}

/// Draws a plot of the given logical size.
pub(crate) fn draw(plot: &Plot, size: [f64; 2], fonts: &Fonts) -> Drawing {
    let mut drawing = Drawing::new(size[0], size[1]);
    let ends = plot.ends();
    let y_ticks = plot.y.ticks(ends[1], 7);
    let label_width = y_ticks.marks.iter().map(|t| fonts.width(&t.label, TEXT, false)).fold(0.0, f64::max);
    let title = if plot.title.is_empty() { 0.0 } else { 28.0 };
    let legend = legend_rows(plot, size[0], fonts);
    let left = 22.0 + TEXT + label_width + 22.0;
    let top = 18.0 + title + 24.0 * legend.len() as f64;
    let area = Area { left, top, wide: size[0] - left - 26.0, high: size[1] - top - 66.0, ends };
    let x_ticks = plot.x.ticks(ends[0], (area.wide / 85.0) as usize);
    drawing.text([left, 26.0], &plot.title, Style::new(TEXT + 1.5).bold());
    draw_legend(&mut drawing, &legend, left, 18.0 + title);
    grid(&mut drawing, plot, &area, &x_ticks, &y_ticks);
    data(&mut drawing, plot, &area);
    axes(&mut drawing, plot, &area, &x_ticks, &y_ticks);
    drawing
}

fn grid(drawing: &mut Drawing, plot: &Plot, area: &Area, x_ticks: &Ticks, y_ticks: &Ticks) {
    for x in x_ticks.marks.iter().filter_map(|tick| area.x(&plot.x, tick.value)) {
        drawing.line(vec![[x, area.top], [x, area.top + area.high]], 0.7, Colour::LIGHT_GREY);
    }
    for y in y_ticks.marks.iter().filter_map(|tick| area.y(&plot.y, tick.value)) {
        drawing.line(vec![[area.left, y], [area.left + area.wide, y]], 0.7, Colour::LIGHT_GREY);
    }
}

fn axes(drawing: &mut Drawing, plot: &Plot, area: &Area, x_ticks: &Ticks, y_ticks: &Ticks) {
    let (bottom, right) = (area.top + area.high, area.left + area.wide);
    drawing.line(vec![[area.left, area.top], [area.left, bottom], [right, bottom]], 1.2, Colour::INK);
    for tick in &x_ticks.marks {
        let Some(x) = area.x(&plot.x, tick.value) else { continue };
        drawing.line(vec![[x, bottom], [x, bottom + TICK]], 1.0, Colour::INK);
        drawing.text([x, bottom + TICK + 16.0], &tick.label, Style::new(TEXT).middle());
    }
    for tick in &y_ticks.marks {
        let Some(y) = area.y(&plot.y, tick.value) else { continue };
        drawing.line(vec![[area.left - TICK, y], [area.left, y]], 1.0, Colour::INK);
        drawing.text([area.left - TICK - 5.0, y + 0.36 * TEXT], &tick.label, Style::new(TEXT).end());
    }
    let heading = Style::new(TEXT).bold().middle();
    drawing.text([area.left + 0.5 * area.wide, bottom + 52.0], &plot.x.heading(x_ticks), heading);
    drawing.text([24.0, area.top + 0.5 * area.high], &plot.y.heading(y_ticks), heading.upwards());
}

fn data(drawing: &mut Drawing, plot: &Plot, area: &Area) {
    for band in &plot.bands {
        let side = |k: usize| {
            band.points.iter().filter_map(move |p| Some([area.x(&plot.x, p[0])?, clamp(area, area.y(&plot.y, p[k])?)]))
        };
        let mut outline: Vec<[f64; 2]> = side(1).collect();
        outline.extend(side(2).collect::<Vec<_>>().into_iter().rev());
        drawing.fill(outline, band.colour, 0.22);
    }
    for reference in &plot.references {
        let ends = if reference.vertical {
            area.x(&plot.x, reference.value).map(|x| vec![[x, area.top], [x, area.top + area.high]])
        } else {
            area.y(&plot.y, reference.value).map(|y| vec![[area.left, y], [area.left + area.wide, y]])
        };
        let inside = ends.filter(|points| points.iter().all(|&p| area.contains(p)));
        if let Some(points) = inside {
            drawing.items.push(Item::Line { points, width: 1.4, colour: reference.colour, dash: Some(6.0) });
        }
    }
    plot.series.iter().for_each(|series| draw_series(drawing, plot, area, series));
}

fn clamp(area: &Area, y: f64) -> f64 {
    y.clamp(area.top, area.top + area.high)
}

fn draw_series(drawing: &mut Drawing, plot: &Plot, area: &Area, series: &Series) {
    let places: Vec<Option<[f64; 2]>> =
        series.points.iter().map(|&p| area.at(plot, p).filter(|&at| area.contains(at))).collect();
    if series.line != Line::None {
        let dash = (series.line == Line::Dashed).then_some(7.0);
        // A point that cannot be shown breaks the line; nothing is drawn across the gap.
        for run in places.split(|place| place.is_none()).filter(|run| run.len() > 1) {
            let points = run.iter().flatten().copied().collect();
            drawing.items.push(Item::Line { points, width: 2.0, colour: series.colour, dash });
        }
    }
    for (point, [low, high]) in series.points.iter().zip(&series.errors) {
        let Some(x) = area.x(&plot.x, point[0]) else { continue };
        let [Some(low), Some(high)] = [*low, *high].map(|v| area.y(&plot.y, v)) else { continue };
        let (low, high) = (clamp(area, low), clamp(area, high));
        drawing.line(vec![[x, low], [x, high]], 1.4, series.colour);
        for y in [low, high] {
            drawing.line(vec![[x - 5.0, y], [x + 5.0, y]], 1.4, series.colour);
        }
    }
    places.into_iter().flatten().for_each(|place| symbol(drawing, place, series.symbol, series.colour));
}

fn symbol(drawing: &mut Drawing, [x, y]: [f64; 2], symbol: Symbol, colour: Colour) {
    let outline = |r: f64| match symbol {
        Symbol::Square => vec![[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]],
        Symbol::Triangle => vec![[x, y - 1.2 * r], [x + 1.1 * r, y + 0.8 * r], [x - 1.1 * r, y + 0.8 * r]],
        Symbol::Diamond => vec![[x, y - 1.3 * r], [x + 1.3 * r, y], [x, y + 1.3 * r], [x - 1.3 * r, y]],
        Symbol::Circle | Symbol::None => Vec::new(),
    };
    match symbol {
        Symbol::None => {}
        Symbol::Circle => {
            drawing.disc([x, y], 6.0, Colour::WHITE);
            drawing.disc([x, y], 4.8, colour);
        }
        _ => {
            drawing.fill(outline(5.6), Colour::WHITE, 1.0);
            drawing.fill(outline(4.4), colour, 1.0);
        }
    }
}

/// One entry of the legend.
struct Entry<'a> {
    name: &'a str,
    width: f64,
    key: Key<'a>,
}

enum Key<'a> {
    Series(&'a Series),
    Band(Colour),
    Reference(Colour),
}

const KEY_WIDTH: f64 = 30.0;
const GAP: f64 = 24.0;

/// Legend entries above the plot, broken into rows that fit.
fn legend_rows<'a>(plot: &'a Plot, width: f64, fonts: &Fonts) -> Vec<Vec<Entry<'a>>> {
    let series = plot.series.iter().map(|s| (s.name.as_str(), Key::Series(s)));
    let bands = plot.bands.iter().map(|b| (b.name.as_str(), Key::Band(b.colour)));
    let references = plot.references.iter().map(|r| (r.name.as_str(), Key::Reference(r.colour)));
    let mut rows: Vec<Vec<Entry<'a>>> = Vec::new();
    let mut used = 0.0;
    for (name, key) in series.chain(bands).chain(references).filter(|(name, _)| !name.is_empty()) {
        let entry = Entry { name, width: KEY_WIDTH + 8.0 + fonts.width(name, TEXT, false) + GAP, key };
        used += entry.width;
        match rows.last_mut() {
            Some(row) if used < width - 110.0 => row.push(entry),
            _ => {
                used = entry.width;
                rows.push(vec![entry]);
            }
        }
    }
    rows
}

fn draw_legend(drawing: &mut Drawing, rows: &[Vec<Entry<'_>>], left: f64, top: f64) {
    for (k, row) in rows.iter().enumerate() {
        let (mut x, y) = (left, top + 24.0 * k as f64 + 10.0);
        for entry in row {
            let ends = vec![[x, y - 4.5], [x + KEY_WIDTH, y - 4.5]];
            let middle = [x + 0.5 * KEY_WIDTH, y - 4.5];
            match &entry.key {
                Key::Series(series) => {
                    let dash = (series.line == Line::Dashed).then_some(7.0);
                    if series.line != Line::None {
                        drawing.items.push(Item::Line { points: ends, width: 2.0, colour: series.colour, dash });
                    }
                    symbol(drawing, middle, series.symbol, series.colour);
                }
                Key::Band(colour) => drawing.rectangle([x, y - 10.0, KEY_WIDTH, 11.0], *colour, 0.22),
                Key::Reference(colour) => {
                    drawing.items.push(Item::Line { points: ends, width: 1.4, colour: *colour, dash: Some(6.0) });
                }
            }
            drawing.text([x + KEY_WIDTH + 8.0, y], entry.name, Style::new(TEXT));
            x += entry.width;
        }
    }
}
