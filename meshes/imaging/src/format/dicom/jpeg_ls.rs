//! JPEG-LS of one component (ITU-T T.87), lossless and nearly.

use super::jpeg::{Fault, Frame, RESTART_INTERVAL, START_OF_LS, START_OF_SCAN, Segment, segments};

/// Orders of run lengths (A.2.1).
const ORDERS: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// Contexts of the gradients.
const CONTEXTS: usize = 365;

/// What the headers say of the coding (C.2.4.1.1).
#[derive(Debug, Clone, Copy)]
struct Parameters {
    /// The largest sample.
    most: i32,
    /// By how much a sample may be wrong.
    near: i32,
    /// Where gradients count as larger.
    thresholds: [i32; 3],
    /// After how many samples of a context its sums are halved.
    reset: i32,
    /// Values that a prediction's error can have.
    range: i32,
    /// Bits of such a value, and the longest code.
    error_bits: u32,
    limit: u32,
}

impl Parameters {
    fn new(bits: u8, near: u8, preset: [u16; 5]) -> Option<Self> {
        if !(2..=16).contains(&bits) {
            return None;
        }
        let full = (1_i32 << bits) - 1;
        let [most, first, second, third, reset] = preset.map(i32::from);
        let most = if most == 0 { full } else { most };
        let near = i32::from(near);
        if most > full || near > most / 2 {
            return None;
        }
        let given = |value: i32, default: i32| if value == 0 { default } else { value };
        let [a, b, c] = default_thresholds(most, near);
        let thresholds = [given(first, a), given(second, b), given(third, c)];
        let reset = given(reset, 64);
        let [a, b, c] = thresholds;
        let is_sound = near < a && a <= b && b <= c && c <= most && reset >= 3;
        let range = (most + 2 * near) / (2 * near + 1) + 1;
        let bits_of = |count: i32| i32::BITS - (count - 1).leading_zeros();
        let pixel_bits = bits_of(most + 1).max(2);
        let limit = 2 * (pixel_bits + pixel_bits.max(8));
        is_sound.then_some(Self { most, near, thresholds, reset, range, error_bits: bits_of(range), limit })
    }

    /// Which of nine classes a difference of neighbours is in (A.3.3).
    fn class(&self, difference: i32) -> i32 {
        let size = difference.abs();
        let class = match self.thresholds {
            _ if size <= self.near => 0,
            [first, ..] if size < first => 1,
            [_, second, _] if size < second => 2,
            [.., third] if size < third => 3,
            _ => 4,
        };
        class * difference.signum()
    }

    /// The sample that a prediction and its error make.
    fn sample(&self, predicted: i32, error: i32) -> i32 {
        let step = 2 * self.near + 1;
        let value = predicted + error * step;
        let value = match value {
            _ if value < -self.near => value + self.range * step,
            _ if value > self.most + self.near => value - self.range * step,
            _ => value,
        };
        value.clamp(0, self.most)
    }
}

/// C.2.4.1.1.1.
fn default_thresholds(most: i32, near: i32) -> [i32; 3] {
    let clamped = |value: i32, least: i32| if value > most || value < least { least } else { value };
    let [a, b, c] = if most >= 128 {
        let factor = (most.min(4095) + 128) / 256;
        [factor + 2 + 3 * near, 4 * factor + 3 + 5 * near, 17 * factor + 4 + 7 * near]
    } else {
        let factor = 256 / (most + 1);
        [(3 / factor + 3 * near).max(2), (7 / factor + 5 * near).max(3), (21 / factor + 7 * near).max(4)]
    };
    let first = clamped(a, near + 1);
    let second = clamped(b, first);
    [first, second, clamped(c, second)]
}

/// What has been learnt of the errors in a context (A.2.1, A.6).
#[derive(Debug, Clone, Copy)]
struct Context {
    /// The sum of the errors' sizes, and of the errors; in runs the number of negative ones.
    sizes: i64,
    sum: i32,
    /// Added to the prediction.
    correction: i32,
    count: i32,
}

impl Context {
    /// The order of the codes in which `sizes` over `count` are the shortest.
    fn order(&self, sizes: i64) -> u32 {
        (0..24).find(|&order| i64::from(self.count) << order >= sizes).unwrap_or(24)
    }

    fn halve(&mut self, reset: i32) {
        if self.count == reset {
            self.sizes >>= 1;
            self.sum >>= 1;
            self.count >>= 1;
        }
        self.count += 1;
    }

    fn learn(&mut self, error: i32, parameters: &Parameters) {
        self.sum += error * (2 * parameters.near + 1);
        self.sizes += i64::from(error.abs());
        self.halve(parameters.reset);
        if self.sum <= -self.count {
            self.sum = (self.sum + self.count).max(1 - self.count);
            self.correction = (self.correction - 1).max(-128);
        } else if self.sum > 0 {
            self.sum = (self.sum - self.count).min(0);
            self.correction = (self.correction + 1).min(127);
        }
    }
}

/// The bits of a scan; behind FF a byte has seven, and else it is a marker.
struct Bits<'a> {
    rest: &'a [u8],
    byte: u32,
    left: u32,
}

impl Bits<'_> {
    /// The next `count` bits as a number; at most 24.
    fn take(&mut self, count: u32) -> Result<u32, Fault> {
        let (mut value, mut count) = (0, count);
        while count > 0 {
            if self.left == 0 {
                let (&byte, rest) = self.rest.split_first().ok_or(Fault::CutShort)?;
                let is_stuffed = self.byte == 0xFF;
                if is_stuffed && byte > 0x7F {
                    return Err(Fault::CutShort);
                }
                (self.byte, self.left, self.rest) = (u32::from(byte), if is_stuffed { 7 } else { 8 }, rest);
            }
            let some = count.min(self.left);
            self.left -= some;
            count -= some;
            value = value << some | (self.byte >> self.left) & ((1 << some) - 1);
        }
        Ok(value)
    }

    /// A number by its code of limited length (A.5.3).
    fn number(&mut self, order: u32, limit: u32, parameters: &Parameters) -> Result<i32, Fault> {
        let most = limit.checked_sub(parameters.error_bits + 1).ok_or(Fault::Code)?;
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > most {
                return Err(Fault::Code);
            }
        }
        let number = match zeros < most {
            true => zeros << order | self.take(order)?,
            false => self.take(parameters.error_bits)? + 1,
        };
        // No error is larger than all values that errors have.
        i32::try_from(number).ok().filter(|&number| number <= 2 * parameters.range).ok_or(Fault::Code)
    }
}

struct Decoder<'a> {
    parameters: Parameters,
    bits: Bits<'a>,
    contexts: [Context; CONTEXTS],
    /// Of samples that end a run: unlike the one above, and like it.
    ends: [Context; 2],
    run: usize,
}

/// The samples of the image whose header is `frame`, row by row.
pub(super) fn decode(bytes: &[u8], frame: Frame) -> Result<Vec<u32>, Fault> {
    let mut preset = [0; 5];
    for segment in segments(bytes) {
        let Segment { marker, payload, rest } = segment?;
        let damaged = Fault::Header(marker);
        match (marker, payload) {
            (START_OF_LS, _) if Frame::parse(marker, payload)? != frame => return Err(damaged),
            (0xF8, [1, values @ ..]) => {
                let (pairs, _) = values.as_chunks::<2>();
                preset = pairs.first_chunk::<5>().ok_or(damaged)?.map(u16::from_be_bytes);
            }
            // Tables of samples, and sizes of more than 16 bits.
            (0xF8, _) => return Err(damaged),
            (RESTART_INTERVAL, interval) if interval.iter().any(|&byte| byte != 0) => return Err(damaged),
            (START_OF_SCAN, &[1, _, 0, near, _, 0]) => {
                let parameters = Parameters::new(frame.bits, near, preset).ok_or(damaged)?;
                return Decoder::new(parameters, rest).samples(frame.rows, frame.columns);
            }
            (START_OF_SCAN, _) => return Err(damaged),
            _ => {}
        }
    }
    Err(Fault::NoImage)
}

impl<'a> Decoder<'a> {
    fn new(parameters: Parameters, rest: &'a [u8]) -> Self {
        let sizes = i64::from((parameters.range + 32) / 64).max(2);
        let context = Context { sizes, sum: 0, correction: 0, count: 1 };
        let bits = Bits { rest, byte: 0, left: 0 };
        Self { parameters, bits, contexts: [context; CONTEXTS], ends: [context; 2], run: 0 }
    }

    fn samples(mut self, rows: usize, columns: usize) -> Result<Vec<u32>, Fault> {
        let mut samples = Vec::with_capacity(rows * columns);
        // One sample more at both ends: left of the first is the one above it, right of the last the last.
        let mut above = vec![0; columns + 2];
        let mut line = vec![0; columns + 2];
        for _ in 0..rows {
            line[0] = above[1];
            above[columns + 1] = above[columns];
            self.line(&above, &mut line)?;
            samples.extend(line[1..=columns].iter().map(|&sample| sample as u32));
            std::mem::swap(&mut above, &mut line);
        }
        Ok(samples)
    }

    fn line(&mut self, above: &[i32], line: &mut [i32]) -> Result<(), Fault> {
        let end = line.len() - 1;
        let mut at = 1;
        while at < end {
            let (a, b, c, d) = (line[at - 1], above[at], above[at - 1], above[at + 1]);
            let [first, second, third] = [d - b, b - c, c - a].map(|gradient| self.parameters.class(gradient));
            let context = 81 * first + 9 * second + third;
            if context != 0 {
                line[at] = self.regular(context, a, b, c)?;
            } else {
                let length = self.run_length(end - at)?;
                line[at..at + length].fill(a);
                at += length;
                if at == end {
                    break;
                }
                line[at] = self.run_end(a, above[at])?;
            }
            at += 1;
        }
        Ok(())
    }

    /// A sample by its prediction from its neighbours (A.4 to A.6).
    fn regular(&mut self, context: i32, a: i32, b: i32, c: i32) -> Result<i32, Fault> {
        let parameters = self.parameters;
        let (sign, place) = (context.signum(), context.unsigned_abs() as usize);
        let context = self.contexts.get_mut(place).ok_or(Fault::Code)?;
        let predicted = match c {
            _ if c >= a.max(b) => a.min(b),
            _ if c <= a.min(b) => a.max(b),
            _ => a + b - c,
        };
        let predicted = (predicted + sign * context.correction).clamp(0, parameters.most);
        let order = context.order(context.sizes);
        let number = self.bits.number(order, parameters.limit, &parameters)?;
        let is_inverted = parameters.near == 0 && order == 0 && 2 * context.sum <= -context.count;
        // Even numbers are errors from 0 on, odd ones those below; inverted the other way round.
        let error = if number & 1 == 0 { number / 2 } else { -(number + 1) / 2 };
        let error = if is_inverted { -1 - error } else { error };
        context.learn(error, &parameters);
        Ok(parameters.sample(predicted, sign * error))
    }

    /// How many of the `left` samples of the line equal their left neighbour (A.7.1).
    fn run_length(&mut self, left: usize) -> Result<usize, Fault> {
        let mut length = 0;
        while self.bits.take(1)? == 1 {
            let step = 1 << ORDERS[self.run];
            length += step;
            if length <= left {
                self.run = (self.run + 1).min(ORDERS.len() - 1);
            }
            if length >= left {
                return Ok(left);
            }
        }
        length += self.bits.take(ORDERS[self.run])? as usize;
        if length < left { Ok(length) } else { Err(Fault::Run) }
    }

    /// The sample that ends a run (A.7.2).
    fn run_end(&mut self, a: i32, b: i32) -> Result<i32, Fault> {
        let parameters = self.parameters;
        let like = i32::from((a - b).abs() <= parameters.near);
        let context = &mut self.ends[like as usize];
        let order = context.order(context.sizes + i64::from(like * (context.count >> 1)));
        let limit = parameters.limit - ORDERS[self.run] - 1;
        let number = self.bits.number(order, limit, &parameters)?;
        let (odd, size) = ((number + like) & 1, (number + like + 1) / 2);
        let is_negative = (order != 0 || 2 * context.sum >= context.count) == (odd == 1);
        let error = if is_negative { -size } else { size };
        context.sum += i32::from(error < 0);
        context.sizes += i64::from((number + 1 - like) >> 1);
        context.halve(parameters.reset);
        self.run = self.run.saturating_sub(1);
        match like {
            1 => Ok(parameters.sample(a, error)),
            _ => Ok(parameters.sample(b, if a > b { -error } else { error })),
        }
    }
}
