use control::RunControl;
use mesh_io::source::{Endian, Scalar};
use rayon::prelude::*;
use std::io::{self, Write};

/// Values that one task looks at.
const BLOCK: usize = 1 << 20;

/// The values of an image in the type the file has them, i fastest.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is named by its number type")]
pub enum Voxels {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Does `$body` with `$values`, the vector of whatever type the voxels have.
macro_rules! with_values {
    ($voxels:expr, $values:ident => $body:expr) => {
        match $voxels {
            $crate::Voxels::U8($values) => $body,
            $crate::Voxels::I8($values) => $body,
            $crate::Voxels::U16($values) => $body,
            $crate::Voxels::I16($values) => $body,
            $crate::Voxels::U32($values) => $body,
            $crate::Voxels::I32($values) => $body,
            $crate::Voxels::U64($values) => $body,
            $crate::Voxels::I64($values) => $body,
            $crate::Voxels::F32($values) => $body,
            $crate::Voxels::F64($values) => $body,
        }
    };
}
impl Voxels {
    /// Values from the bytes of a file; a last incomplete one is left out.
    pub fn from_bytes(scalar: Scalar, endian: Endian, bytes: &[u8]) -> Self {
        macro_rules! decode {
            ($number:ty) => {
                bytes
                    .chunks_exact(size_of::<$number>())
                    .map(|chunk| {
                        let mut array = [0; size_of::<$number>()];
                        array.copy_from_slice(chunk);
                        match endian {
                            Endian::Little => <$number>::from_le_bytes(array),
                            Endian::Big => <$number>::from_be_bytes(array),
                        }
                    })
                    .collect()
            };
        }
        match scalar {
            Scalar::U8 => Self::U8(bytes.to_vec()),
            Scalar::I8 => Self::I8(decode!(i8)),
            Scalar::U16 => Self::U16(decode!(u16)),
            Scalar::I16 => Self::I16(decode!(i16)),
            Scalar::U32 => Self::U32(decode!(u32)),
            Scalar::I32 => Self::I32(decode!(i32)),
            Scalar::U64 => Self::U64(decode!(u64)),
            Scalar::I64 => Self::I64(decode!(i64)),
            Scalar::F32 => Self::F32(decode!(f32)),
            Scalar::F64 => Self::F64(decode!(f64)),
        }
    }

    /// Writes the bytes of all values, little endian.
    ///
    /// # Errors
    /// What the sink says; [`control::Cancelled`] inside an [`io::Error`].
    pub fn write(&self, sink: &mut impl Write, control: &RunControl) -> io::Result<()> {
        const CHUNK: usize = 1 << 16;
        with_values!(self, values => {
            let mut bytes = Vec::new();
            for chunk in values.chunks(CHUNK) {
                control.check().map_err(io::Error::other)?;
                bytes.clear();
                bytes.extend(chunk.iter().flat_map(|value| value.to_le_bytes()));
                sink.write_all(&bytes)?;
            }
            Ok(())
        })
    }

    /// The number type.
    pub fn scalar(&self) -> Scalar {
        match self {
            Self::U8(_) => Scalar::U8,
            Self::I8(_) => Scalar::I8,
            Self::U16(_) => Scalar::U16,
            Self::I16(_) => Scalar::I16,
            Self::U32(_) => Scalar::U32,
            Self::I32(_) => Scalar::I32,
            Self::U64(_) => Scalar::U64,
            Self::I64(_) => Scalar::I64,
            Self::F32(_) => Scalar::F32,
            Self::F64(_) => Scalar::F64,
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        with_values!(self, values => values.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values at these places, in this order. Panics when one is out of range.
    pub(crate) fn pick(&self, places: impl Iterator<Item = usize>) -> Self {
        match self {
            Self::U8(values) => Self::U8(places.map(|place| values[place]).collect()),
            Self::I8(values) => Self::I8(places.map(|place| values[place]).collect()),
            Self::U16(values) => Self::U16(places.map(|place| values[place]).collect()),
            Self::I16(values) => Self::I16(places.map(|place| values[place]).collect()),
            Self::U32(values) => Self::U32(places.map(|place| values[place]).collect()),
            Self::I32(values) => Self::I32(places.map(|place| values[place]).collect()),
            Self::U64(values) => Self::U64(places.map(|place| values[place]).collect()),
            Self::I64(values) => Self::I64(places.map(|place| values[place]).collect()),
            Self::F32(values) => Self::F32(places.map(|place| values[place]).collect()),
            Self::F64(values) => Self::F64(places.map(|place| values[place]).collect()),
        }
    }

    /// Value `index` as a floating-point number. Panics when out of range.
    #[expect(clippy::unnecessary_cast, reason = "of one of the types only")]
    pub fn get(&self, index: usize) -> f64 {
        with_values!(self, values => values[index] as f64)
    }

    /// Smallest and largest finite value, or `None` when there is none.
    #[expect(clippy::unnecessary_cast, reason = "of one of the types only")]
    pub fn range(&self) -> Option<(f64, f64)> {
        // Empty where the smallest is above the largest.
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let wider = |(low, high): (f64, f64), value: f64| match value.is_finite() {
            true => (low.min(value), high.max(value)),
            false => (low, high),
        };
        let both = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        let (low, high) = with_values!(self, values => values
            .par_chunks(BLOCK)
            .map(|block| block.iter().map(|&value| value as f64).fold(nothing, wider))
            .reduce(|| nothing, both));
        (low <= high).then_some((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_survives_its_bytes() {
        let all = [
            Voxels::U8(vec![0, 255]),
            Voxels::I8(vec![-128, 127]),
            Voxels::U16(vec![0, 65535]),
            Voxels::I16(vec![-32768, 32767]),
            Voxels::U32(vec![0, u32::MAX]),
            Voxels::I32(vec![i32::MIN, i32::MAX]),
            Voxels::U64(vec![0, 1 << 50]),
            Voxels::I64(vec![-1, 1 << 50]),
            Voxels::F32(vec![-1.5, 1e30]),
            Voxels::F64(vec![-1.5, 1e300]),
        ];
        for voxels in all {
            let mut bytes = Vec::new();
            voxels.write(&mut bytes, &RunControl::silent()).unwrap();
            assert_eq!(Voxels::from_bytes(voxels.scalar(), Endian::Little, &bytes), voxels);
        }
        assert_eq!(Voxels::from_bytes(Scalar::I16, Endian::Big, &[0xFF, 0xFE, 0]), Voxels::I16(vec![-2]));
        assert_eq!(Voxels::F32(vec![f32::NAN, 2.0, 1.0]).range(), Some((1.0, 2.0)));
    }
}
