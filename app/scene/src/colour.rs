//! Colours, colour maps and the one rule that turns a value into a colour.

/// An opaque sRGB colour, 8 bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Colour {
    /// White paper.
    pub const WHITE: Self = Self::new(255, 255, 255);
    /// Text and axes.
    pub const INK: Self = Self::new(32, 36, 42);
    /// Secondary text, frames, grid labels.
    pub const GREY: Self = Self::new(110, 118, 128);
    /// Grid lines.
    pub const LIGHT_GREY: Self = Self::new(222, 226, 230);
    /// A plain surface: dry bone.
    pub const BONE: Self = Self::new(222, 211, 189);
    /// A plain metal part.
    pub const METAL: Self = Self::new(168, 176, 186);
    /// Values that are not a number: a grey that no bundled map contains.
    pub const NOT_A_NUMBER: Self = Self::new(150, 120, 150);

    /// Eight colours that people with colour-vision deficiency tell apart (Okabe and Ito, 2008), darkest use first.
    pub const CATEGORIES: [Self; 8] = [
        Self::new(0, 114, 178),
        Self::new(213, 94, 0),
        Self::new(0, 158, 115),
        Self::new(204, 121, 167),
        Self::new(230, 159, 0),
        Self::new(86, 180, 233),
        Self::new(0, 0, 0),
        Self::new(240, 228, 66),
    ];

    /// A colour from its sRGB channels.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Channels as an array.
    pub const fn channels(self) -> [u8; 3] {
        [self.red, self.green, self.blue]
    }

    /// The category colour of series or region `index`; repeats after eight.
    pub const fn category(index: usize) -> Self {
        Self::CATEGORIES[index % Self::CATEGORIES.len()]
    }
}

/// The bundled colour maps (sources and licences in `assets/colormaps/README.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourMap {
    /// Sequential, the default.
    #[default]
    Viridis,
    /// Sequential, made for colour-vision deficiency.
    Cividis,
    /// Diverging blue to red; only where zero has a meaning, with a range symmetric about it.
    CoolWarm,
}

type Table = [[u8; 3]; 256];

const VIRIDIS: Table = parse(include_bytes!("../../../assets/colormaps/viridis.txt"));
const CIVIDIS: Table = parse(include_bytes!("../../../assets/colormaps/cividis.txt"));
const COOL_WARM: Table = parse(include_bytes!("../../../assets/colormaps/coolwarm.txt"));

/// Reads "red green blue" lines at compile time; a malformed file does not compile.
const fn parse(text: &[u8]) -> Table {
    let (mut table, mut channel, mut at) = ([[0_u8; 3]; 256], 0, 0);
    while at < text.len() {
        if text[at] == b'#' {
            while at < text.len() && text[at] != b'\n' {
                at += 1;
            }
        } else if text[at].is_ascii_digit() {
            let mut value = 0_u8;
            while at < text.len() && text[at].is_ascii_digit() {
                value = value * 10 + (text[at] - b'0');
                at += 1;
            }
            table[channel / 3][channel % 3] = value;
            channel += 1;
        } else {
            assert!(text[at].is_ascii_whitespace(), "a colour map holds numbers and comments only");
            at += 1;
        }
    }
    assert!(channel == 3 * 256, "a colour map holds 256 colours of three channels");
    table
}

impl ColourMap {
    /// Every bundled map.
    pub const ALL: [Self; 3] = [Self::Viridis, Self::Cividis, Self::CoolWarm];

    /// The 256 colours from the low to the high end.
    pub const fn table(self) -> &'static Table {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::CoolWarm => &COOL_WARM,
        }
    }

    /// The name shown to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::CoolWarm => "cool-warm",
        }
    }
}

/// The rule that gives a value its colour. The rasteriser, the legend and the GL texture all use this one.
#[derive(Debug, Clone, PartialEq)]
pub struct ColourScale {
    /// The colour map.
    pub map: ColourMap,
    /// Whether the map runs from high to low.
    pub reversed: bool,
    /// Values at the low and the high end, in the unit of the scalar.
    pub range: [f64; 2],
    /// Number of uniform colour bands; `None` for a continuous scale.
    pub bands: Option<u8>,
    /// Colour below the range; `None` repeats the end colour.
    pub below: Option<Colour>,
    /// Colour above the range; `None` repeats the end colour.
    pub above: Option<Colour>,
    /// Colour of values that are not a number.
    pub not_a_number: Colour,
}

impl ColourScale {
    /// A continuous scale over `range`.
    pub fn new(map: ColourMap, range: [f64; 2]) -> Self {
        Self { map, reversed: false, range, bands: None, below: None, above: None, not_a_number: Colour::NOT_A_NUMBER }
    }

    /// The scale that suits `values`: viridis from the smallest to the largest, or cool-warm symmetric about zero when
    /// both signs occur and neither is negligible (under 10 % of the other). The ends are widened to round numbers.
    pub fn automatic(values: impl IntoIterator<Item = f64>) -> Self {
        let finite = values.into_iter().filter(|v| v.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Self::new(ColourMap::Viridis, [0.0, 1.0]);
        }
        if low < 0.0 && high > 0.0 && -low > 0.1 * high && high > 0.1 * -low {
            let end = high.max(-low);
            return Self::new(ColourMap::CoolWarm, crate::ticks::nice_range(-end, end));
        }
        Self::new(ColourMap::Viridis, crate::ticks::nice_range(low, high))
    }

    /// Where `value` lies in the range: 0 at the low end, 1 at the high end, not clamped; NaN stays NaN.
    pub fn fraction(&self, value: f64) -> f64 {
        let [low, high] = self.range;
        if high > low { (value - low) / (high - low) } else { 0.5 + 0.0 * value }
    }

    /// The colour of a value.
    pub fn colour(&self, value: f64) -> Colour {
        let fraction = self.fraction(value);
        if fraction.is_nan() {
            return self.not_a_number;
        }
        match (self.below, self.above) {
            (Some(below), _) if fraction < 0.0 => below,
            (_, Some(above)) if fraction > 1.0 => above,
            _ => self.colour_at(fraction),
        }
    }

    /// The colour at a fraction of the range, clamped to 0..1.
    pub fn colour_at(&self, fraction: f64) -> Colour {
        let mut t = fraction.clamp(0.0, 1.0);
        if let Some(bands) = self.bands.filter(|&n| n > 0) {
            let n = f64::from(bands);
            // The middle of the band, stretched so that the first and last bands have the end colours.
            t = if n > 1.0 { ((t * n).floor().min(n - 1.0)) / (n - 1.0) } else { 0.5 };
        }
        if self.reversed {
            t = 1.0 - t;
        }
        let [red, green, blue] = self.map.table()[((t * 256.0) as usize).min(255)];
        Colour { red, green, blue }
    }

    /// 256 texels for a texture that is sampled without interpolation at [`ColourScale::fraction`]:
    /// texel `k` is the colour of the fractions from `k / 256` to `(k + 1) / 256`.
    pub fn texture(&self) -> [[u8; 3]; 256] {
        std::array::from_fn(|k| self.colour_at((k as f64 + 0.5) / 256.0).channels())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(channel: u8) -> f64 {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    }

    /// CIELAB (L*, a*, b*) of an sRGB colour under D65 (IEC 61966-2-1, CIE 15).
    fn lab(colour: [u8; 3]) -> [f64; 3] {
        let [r, g, b] = colour.map(linear);
        let x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047;
        let y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b;
        let z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883;
        let f = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
    }

    #[test]
    fn sequential_maps_get_lighter_all_the_way() {
        for map in [ColourMap::Viridis, ColourMap::Cividis] {
            let lightness: Vec<f64> = map.table().iter().map(|&c| lab(c)[0]).collect();
            // 8-bit rounding may lower L* by less than half a unit between neighbours.
            assert!(lightness.windows(2).all(|w| w[1] > w[0] - 0.4), "{}", map.name());
            assert!(lightness.windows(9).all(|w| w[8] > w[0]), "{}", map.name());
            assert!(lightness[255] - lightness[0] > 55.0, "{}", map.name());
        }
    }

    #[test]
    fn the_diverging_map_is_symmetric_in_lightness_and_neutral_in_the_middle() {
        let table = ColourMap::CoolWarm.table();
        let lightness: Vec<f64> = table.iter().map(|&c| lab(c)[0]).collect();
        for k in 0..128 {
            let (low, high) = (lightness[k], lightness[255 - k]);
            assert!((low - high).abs() < 3.0, "L* {low} and {high} at {k} from the ends");
        }
        // 8-bit rounding: rising and falling over every eight entries, level by at most half a unit between two.
        let step = |w: &[f64]| w[8] - w[0];
        assert!(
            lightness[..128].windows(9).all(|w| step(w) > 0.0) && lightness[128..].windows(9).all(|w| step(w) < 0.0)
        );
        let [_, a, b] = lab(table[127]);
        assert!(a.hypot(b) < 2.0);
    }

    /// K. Moreland (2009): polar form Msh of CIELAB, the hue of the neutral middle turned by "spin".
    #[test]
    fn the_diverging_map_is_morelands_formula() {
        let msh = |colour| {
            let [l, a, b]: [f64; 3] = lab(colour);
            let m = (l * l + a * a + b * b).sqrt();
            [m, (l / m).acos(), b.atan2(a)]
        };
        for (k, &found) in ColourMap::CoolWarm.table().iter().enumerate() {
            let t = k as f64 / 255.0;
            let (end, part) = if t < 0.5 { ([59, 76, 192], 2.0 * t) } else { ([180, 4, 38], 2.0 - 2.0 * t) };
            let [m, s, h] = msh(end);
            let spin = s * (88.0_f64 * 88.0 - m * m).max(0.0).sqrt() / (m * s.sin());
            let middle_hue = if m >= 88.0 {
                h
            } else if h > -std::f64::consts::FRAC_PI_3 {
                h + spin
            } else {
                h - spin
            };
            let mix = |from: f64, to: f64| from + part * (to - from);
            let [m, s, h] = [mix(m, m.max(88.0)), mix(s, 0.0), mix(h, middle_hue)];
            let expected = [m * s.cos(), m * s.sin() * h.cos(), m * s.sin() * h.sin()];
            let found = lab(found);
            let distance = (0..3).map(|i| (expected[i] - found[i]).powi(2)).sum::<f64>().sqrt();
            // Half a unit in each 8-bit channel is up to about 0.6 in CIELAB here.
            assert!(distance < 0.7, "entry {k}: {expected:?} and {found:?}");
        }
    }

    #[test]
    fn a_value_outside_the_range_is_told_from_the_ends_and_nan_has_its_own_colour() {
        let mut scale = ColourScale::new(ColourMap::Viridis, [10.0, 20.0]);
        scale.above = Some(Colour::new(255, 0, 0));
        assert_eq!(scale.colour(20.0), Colour::new(253, 231, 37));
        assert_eq!(scale.colour(20.1), Colour::new(255, 0, 0));
        assert_eq!(scale.colour(-5.0), Colour::new(68, 1, 84));
        assert_eq!(scale.colour(f64::NAN), Colour::NOT_A_NUMBER);
    }

    #[test]
    fn the_texture_and_the_scale_agree_and_bands_reach_both_end_colours() {
        let mut scale = ColourScale::new(ColourMap::Cividis, [0.0, 1.0]);
        for bands in [None, Some(5)] {
            scale.bands = bands;
            let texture = scale.texture();
            for k in 0..256 {
                assert_eq!(texture[k], scale.colour((k as f64 + 0.5) / 256.0).channels());
            }
            assert_eq!(texture[0], ColourMap::Cividis.table()[0]);
            assert_eq!(texture[255], ColourMap::Cividis.table()[255]);
        }
    }

    #[test]
    fn the_automatic_scale_diverges_only_when_both_signs_matter() {
        assert_eq!(ColourScale::automatic([-3.1, 4.2]).map, ColourMap::CoolWarm);
        assert_eq!(ColourScale::automatic([-3.1, 4.2]).range, [-5.0, 5.0]);
        assert_eq!(ColourScale::automatic([-0.1, 4.2, f64::NAN]).map, ColourMap::Viridis);
        assert_eq!(ColourScale::automatic([]).range, [0.0, 1.0]);
    }
}
