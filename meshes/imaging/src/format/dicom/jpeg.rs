//! JPEG of one component (ITU-T T.81), as DICOM packs grey pixels: sequential DCT of 8 or 12 bits (baseline, extended)
//! and lossless, with Huffman codes.
//!
//! Written here because the crates for JPEG read no DCT of 12 bits, and in lossless streams they predict wrongly behind
//! restarts and with a point transform, silently.

use std::f64::consts::PI;

/// Why coded bytes give no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("no image begins there")]
    NoImage,
    #[error("the coded bytes end early")]
    CutShort,
    #[error("a header is damaged (marker FF{0:02X})")]
    Header(u8),
    #[error("{0} bits a sample are not of this coding")]
    Bits(u8),
    #[error("a code that no table has")]
    Code,
    #[error("a restart is missing")]
    Restart,
    #[error("a run of coefficients or pixels that does not fit")]
    Run,
    #[error("the progressive, hierarchical or arithmetic coding FF{0:02X} has no decoder here")]
    Process(u8),
}

/// A segment: its marker, its payload, and what follows it.
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) payload: &'a [u8],
    pub(super) rest: &'a [u8],
}

pub(super) const START_OF_LS: u8 = 0xF7;
pub(super) const START_OF_SCAN: u8 = 0xDA;
pub(super) const RESTART_INTERVAL: u8 = 0xDD;

/// The segments before the coded samples, those of the first scan's header the last. Ends with a fault.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = Result<Segment<'_>, Fault>> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8]).ok_or(Fault::NoImage);
    std::iter::from_fn(move || {
        let bytes = rest.ok()?;
        let segment = segment(bytes);
        rest = match &segment {
            Ok(segment) if segment.marker != START_OF_SCAN => Ok(segment.rest),
            _ => Err(Fault::NoImage),
        };
        Some(segment)
    })
}

fn segment(bytes: &[u8]) -> Result<Segment<'_>, Fault> {
    let [0xFF, behind @ ..] = bytes else { return Err(Fault::CutShort) };
    // A marker may begin with more than one FF.
    let filled = behind.iter().take_while(|&&byte| byte == 0xFF).count();
    match behind.get(filled..) {
        Some([0xD9, ..]) => Err(Fault::NoImage),
        Some([marker, high, low, rest @ ..]) => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let length = length.checked_sub(2).ok_or(Fault::Header(*marker))?;
            let (payload, rest) = rest.split_at_checked(length).ok_or(Fault::CutShort)?;
            Ok(Segment { marker: *marker, payload, rest })
        }
        _ => Err(Fault::CutShort),
    }
}

/// The header of a frame of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) marker: u8,
    pub(super) bits: u8,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) components: u8,
    /// Which table quantised the component.
    table: u8,
}

impl Frame {
    pub(super) fn parse(marker: u8, payload: &[u8]) -> Result<Self, Fault> {
        let &[bits, a, b, c, d, components, _, _, table, ..] = payload else { return Err(Fault::Header(marker)) };
        let number = |high, low| usize::from(u16::from_be_bytes([high, low]));
        Ok(Self { marker, bits, rows: number(a, b), columns: number(c, d), components, table })
    }
}

/// The header of the image, JPEG or JPEG-LS, before anything is decoded or allocated.
pub(super) fn frame(bytes: &[u8]) -> Result<Frame, Fault> {
    for segment in segments(bytes) {
        let Segment { marker, payload, .. } = segment?;
        match marker {
            0xC0 | 0xC1 | 0xC3 | START_OF_LS => return Frame::parse(marker, payload),
            0xC2 | 0xC5..=0xC7 | 0xC9..=0xCF => return Err(Fault::Process(marker)),
            START_OF_SCAN => break,
            _ => {}
        }
    }
    Err(Fault::NoImage)
}

/// Canonical Huffman codes (annex C).
#[derive(Default)]
struct Codes {
    /// For codes of each length: the first, and the place of its symbol.
    firsts: [(u32, usize); 16],
    counts: [u8; 16],
    symbols: Vec<u8>,
}

impl Codes {
    /// The codes at the beginning of `bytes`, and what follows.
    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = bytes.split_first_chunk::<16>()?;
        let total = counts.iter().map(|&count| usize::from(count)).sum();
        let (symbols, rest) = rest.split_at_checked(total)?;
        let mut firsts = [(0, 0); 16];
        let (mut code, mut place) = (0_u32, 0);
        for (first, &count) in firsts.iter_mut().zip(counts) {
            *first = (code, place);
            code = (code + u32::from(count)) << 1;
            place += usize::from(count);
        }
        Some((Self { firsts, counts: *counts, symbols: symbols.to_vec() }, rest))
    }

    fn decode(&self, bits: &mut Bits<'_>) -> Result<u8, Fault> {
        let mut code = 0;
        for (&(first, place), &count) in self.firsts.iter().zip(&self.counts) {
            code = code << 1 | bits.take(1)?;
            if code >= first && code - first < u32::from(count) {
                return self.symbols.get(place + (code - first) as usize).copied().ok_or(Fault::Code);
            }
        }
        Err(Fault::Code)
    }
}

/// The bits of a scan, the highest of a byte first, up to the next marker.
struct Bits<'a> {
    rest: &'a [u8],
    byte: u32,
    left: u32,
}

impl Bits<'_> {
    /// The next `count` bits as a number; at most 16.
    fn take(&mut self, count: u32) -> Result<u32, Fault> {
        let (mut value, mut count) = (0, count);
        while count > 0 {
            if self.left == 0 {
                self.fill()?;
            }
            let some = count.min(self.left);
            self.left -= some;
            count -= some;
            value = value << some | (self.byte >> self.left) & ((1 << some) - 1);
        }
        Ok(value)
    }

    fn fill(&mut self) -> Result<(), Fault> {
        // A zero follows FF where it is no marker.
        let (byte, rest) = match self.rest {
            [0xFF, 0, rest @ ..] => (0xFF, rest),
            [0xFF, ..] | [] => return Err(Fault::CutShort),
            [byte, rest @ ..] => (*byte, rest),
        };
        (self.byte, self.left, self.rest) = (u32::from(byte), 8, rest);
        Ok(())
    }

    /// A signed number of so many bits (F.2.2.1).
    fn signed(&mut self, count: u32) -> Result<i32, Fault> {
        let value = self.take(count)? as i32;
        Ok(if count > 0 && value < 1 << (count - 1) { value - (1 << count) + 1 } else { value })
    }

    /// Goes on behind the next restart marker, of which there are eight in turn.
    fn restart(&mut self, number: usize) -> Result<(), Fault> {
        let filled = self.rest.iter().take_while(|&&byte| byte == 0xFF).count();
        match self.rest.get(filled) {
            Some(&marker) if filled > 0 && usize::from(marker) == 0xD0 + number % 8 => {
                (self.left, self.rest) = (0, self.rest.get(filled + 1..).unwrap_or(&[]));
                Ok(())
            }
            _ => Err(Fault::Restart),
        }
    }
}

/// What the headers say, up to the coded samples.
struct Stream<'a> {
    frame: Frame,
    /// Codes of DC coefficients or differences, and of AC coefficients.
    codes: [[Codes; 4]; 2],
    /// Steps of quantisation, in zigzag order.
    steps: [[u16; 64]; 4],
    /// Samples, or blocks, between restarts; 0 without.
    interval: usize,
    /// Of the scan: the numbers of its codes, its first and last coefficient (or predictor), and its point transform.
    scan: [u8; 5],
    samples: &'a [u8],
}

impl<'a> Stream<'a> {
    fn parse(bytes: &'a [u8], frame: Frame) -> Result<Self, Fault> {
        let mut codes = <[[Codes; 4]; 2]>::default();
        let (mut steps, mut interval) = ([[0; 64]; 4], 0);
        for segment in segments(bytes) {
            let Segment { marker, payload, rest } = segment?;
            let damaged = Fault::Header(marker);
            match marker {
                0xC0 | 0xC1 | 0xC3 if Frame::parse(marker, payload)? != frame => return Err(damaged),
                0xC4 => read_codes(payload, &mut codes).ok_or(damaged)?,
                0xDB => read_steps(payload, &mut steps).ok_or(damaged)?,
                RESTART_INTERVAL => {
                    let pair = payload.first_chunk().ok_or(damaged)?;
                    interval = usize::from(u16::from_be_bytes(*pair));
                }
                START_OF_SCAN => {
                    let &[1, _, tables, first, last, transform] = payload else { return Err(damaged) };
                    let scan = [tables >> 4, tables & 15, first, last, transform];
                    return Ok(Self { frame, codes, steps, interval, scan, samples: rest });
                }
                _ => {}
            }
        }
        Err(Fault::NoImage)
    }

    fn bits(&self) -> Bits<'a> {
        Bits { rest: self.samples, byte: 0, left: 0 }
    }

    /// The scan's codes of DC coefficients or differences (0) or of AC coefficients (1).
    fn codes(&self, kind: usize) -> Result<&Codes, Fault> {
        self.codes[kind].get(usize::from(self.scan[kind])).ok_or(Fault::Header(START_OF_SCAN))
    }
}

fn read_codes(mut payload: &[u8], codes: &mut [[Codes; 4]; 2]) -> Option<()> {
    while let Some((&kind, rest)) = payload.split_first() {
        let slot = codes.get_mut(usize::from(kind >> 4))?.get_mut(usize::from(kind & 15))?;
        (*slot, payload) = Codes::parse(rest)?;
    }
    Some(())
}

fn read_steps(mut payload: &[u8], steps: &mut [[u16; 64]; 4]) -> Option<()> {
    while let Some((&kind, rest)) = payload.split_first() {
        let slot = steps.get_mut(usize::from(kind & 15))?;
        let size = 1 + usize::from(kind >> 4 & 1);
        let (values, rest) = rest.split_at_checked(64 * size)?;
        for (step, bytes) in slot.iter_mut().zip(values.chunks(size)) {
            *step = bytes.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
        }
        payload = rest;
    }
    Some(())
}

/// The samples of the image whose header is `frame`, row by row.
pub(super) fn decode(bytes: &[u8], frame: Frame) -> Result<Vec<u32>, Fault> {
    let stream = Stream::parse(bytes, frame)?;
    match (frame.marker, frame.bits) {
        (0xC3, 2..=16) => lossless(&stream),
        (0xC0 | 0xC1, 8 | 12) => cosines(&stream),
        (_, bits) => Err(Fault::Bits(bits)),
    }
}

/// Annex H: every sample is the prediction from its neighbours plus a difference, modulo 65536.
fn lossless(stream: &Stream<'_>) -> Result<Vec<u32>, Fault> {
    let Stream { frame: Frame { bits: precision, rows, columns, .. }, interval, scan, .. } = *stream;
    let [.., predictor, _, transform] = scan;
    let is_sound = matches!(predictor, 1..=7) && transform < precision;
    // Restarts are at the ends of lines only (H.1.1).
    if !is_sound || columns == 0 || interval % columns != 0 {
        return Err(Fault::Header(START_OF_SCAN));
    }
    let codes = stream.codes(0)?;
    let mut bits = stream.bits();
    let mut samples: Vec<u32> = Vec::with_capacity(rows * columns);
    let lines = if interval == 0 { rows } else { interval / columns };
    let mut above = vec![0_i32; columns];
    for row in 0..rows {
        let is_first = row % lines == 0;
        if is_first && row > 0 {
            bits.restart(row / lines - 1)?;
        }
        let (mut left, mut corner) = (0, 0);
        for (column, above) in above.iter_mut().enumerate() {
            let predicted = match (is_first, column) {
                (true, 0) => 1 << (precision - transform - 1),
                (true, _) => left,
                (false, 0) => *above,
                (false, _) => predict(predictor, left, *above, corner),
            };
            let difference = match codes.decode(&mut bits)? {
                count @ 0..=15 => bits.signed(u32::from(count))?,
                16 => 32768,
                _ => return Err(Fault::Code),
            };
            left = (predicted + difference) & 0xFFFF;
            corner = std::mem::replace(above, left);
            samples.push((left as u32) << transform);
        }
    }
    Ok(samples)
}

/// Table H.1.
fn predict(predictor: u8, left: i32, above: i32, corner: i32) -> i32 {
    match predictor {
        1 => left,
        2 => above,
        3 => corner,
        4 => left + above - corner,
        5 => left + ((above - corner) >> 1),
        6 => above + ((left - corner) >> 1),
        _ => (left + above) >> 1,
    }
}

/// The places of coefficients in a block, from low to high frequencies (figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Annex F: blocks of 8 x 8 samples as quantised cosines. All of them are in the one scan of a sequential image, so
/// what its header says of first and last ones, which some scanners write wrongly, is not asked.
fn cosines(stream: &Stream<'_>) -> Result<Vec<u32>, Fault> {
    let Frame { bits: precision, rows, columns, table, .. } = stream.frame;
    let codes = [stream.codes(0)?, stream.codes(1)?];
    let steps = stream.steps.get(usize::from(table)).ok_or(Fault::Header(stream.frame.marker))?;
    let basis = basis();
    let (middle, most) = (f64::from(1 << (precision - 1)), f64::from((1_u32 << precision) - 1));
    let mut bits = stream.bits();
    let mut samples = vec![0; rows * columns];
    let across = columns.div_ceil(8);
    let mut level = 0_i64;
    for block in 0..across * rows.div_ceil(8) {
        if stream.interval > 0 && block > 0 && block % stream.interval == 0 {
            bits.restart(block / stream.interval - 1)?;
            level = 0;
        }
        let mut coefficients = [0.0; 64];
        read_block(&mut bits, codes, steps, &mut level, &mut coefficients)?;
        let values = transformed(&coefficients, &basis);
        let (top, left) = (block / across * 8, block % across * 8);
        for (row, line) in samples.chunks_exact_mut(columns).skip(top).take(8).enumerate() {
            for (sample, value) in line.iter_mut().skip(left).zip(&values[8 * row..8 * row + 8]) {
                *sample = (value + middle).round().clamp(0.0, most) as u32;
            }
        }
    }
    Ok(samples)
}

/// The coefficients of a block; `level` is the last one's mean, from which that of the next differs (F.2.2).
fn read_block(
    bits: &mut Bits<'_>,
    [direct, alternating]: [&Codes; 2],
    steps: &[u16; 64],
    level: &mut i64,
    coefficients: &mut [f64; 64],
) -> Result<(), Fault> {
    let count = direct.decode(bits)?;
    if count > 15 {
        return Err(Fault::Code);
    }
    *level += i64::from(bits.signed(u32::from(count))?);
    coefficients[0] = *level as f64 * f64::from(steps[0]);
    let mut place = 1;
    while place < 64 {
        let code = alternating.decode(bits)?;
        let (zeros, count) = (usize::from(code >> 4), u32::from(code & 15));
        match (zeros, count) {
            (15, 0) => place += 16,
            (_, 0) => break,
            _ => {
                place += zeros;
                let (&to, &step) = ZIGZAG.get(place).zip(steps.get(place)).ok_or(Fault::Run)?;
                coefficients[usize::from(to)] = f64::from(bits.signed(count)?) * f64::from(step);
                place += 1;
            }
        }
    }
    Ok(())
}

/// The cosines of A.3.3: of each sample those of all frequencies.
fn basis() -> [[f64; 8]; 8] {
    std::array::from_fn(|sample| {
        std::array::from_fn(|frequency| {
            let scale = if frequency == 0 { 0.125_f64.sqrt() } else { 0.5 };
            scale * ((2 * sample + 1) as f64 * frequency as f64 * PI / 16.0).cos()
        })
    })
}

/// The inverse cosine transform, along rows and then along columns.
fn transformed(coefficients: &[f64; 64], basis: &[[f64; 8]; 8]) -> [f64; 64] {
    let mut half = [0.0; 64];
    for (place, value) in half.iter_mut().enumerate() {
        let row = &coefficients[place & 56..(place & 56) + 8];
        *value = row.iter().zip(&basis[place & 7]).map(|(coefficient, cosine)| coefficient * cosine).sum();
    }
    std::array::from_fn(|place| (0..8).map(|row| half[8 * row + (place & 7)] * basis[place >> 3][row]).sum())
}
