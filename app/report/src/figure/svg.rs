//! Drawings as SVG, text as text in the bundled font.

use super::drawing::{Anchor, Drawing, Item, Style};
use scene::Colour;
use std::fmt::Write;

/// The drawing as a complete SVG document on white.
pub(crate) fn svg(drawing: &Drawing) -> String {
    let (width, height) = (number(drawing.width), number(drawing.height));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"Inter\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for item in &drawing.items {
        text.push_str(&element(item));
        text.push('\n');
    }
    text.push_str("</svg>\n");
    text
}

fn element(item: &Item) -> String {
    match item {
        Item::Fill { outline, colour, opacity } => {
            let opacity =
                if *opacity < 1.0 { format!(" fill-opacity=\"{}\"", number(*opacity)) } else { String::new() };
            format!("<polygon points=\"{}\" fill=\"{}\"{opacity}/>", points(outline), hex(*colour))
        }
        Item::Line { points: path, width, colour, dash } => {
            let dash = dash.map(|d| format!(" stroke-dasharray=\"{0} {0}\"", number(d))).unwrap_or_default();
            let cap = if dash.is_empty() { "round" } else { "butt" };
            let (points, colour, width) = (points(path), hex(*colour), number(*width));
            format!(
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
                 stroke-linejoin=\"round\" stroke-linecap=\"{cap}\"{dash}/>"
            )
        }
        Item::Disc { centre, radius, colour } => {
            let [x, y] = centre.map(number);
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\" fill=\"{}\"/>", number(*radius), hex(*colour))
        }
        Item::Text { place, text, style } => label(*place, text, *style),
    }
}

fn label(place: [f64; 2], text: &str, style: Style) -> String {
    let [x, y] = place.map(number);
    let mut attributes = format!("font-size=\"{}\" fill=\"{}\"", number(style.size), hex(style.colour));
    match style.anchor {
        Anchor::Start => {}
        Anchor::Middle => attributes.push_str(" text-anchor=\"middle\""),
        Anchor::End => attributes.push_str(" text-anchor=\"end\""),
    }
    if style.bold {
        attributes.push_str(" font-weight=\"600\"");
    }
    if style.upwards {
        let _ = write!(attributes, " transform=\"rotate(-90 {x} {y})\"");
    }
    format!("<text x=\"{x}\" y=\"{y}\" {attributes}>{}</text>", escaped(text))
}

fn points(path: &[[f64; 2]]) -> String {
    path.iter().map(|p| format!("{},{}", number(p[0]), number(p[1]))).collect::<Vec<_>>().join(" ")
}

/// Three decimals without trailing zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

fn hex(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
