//! Bone: from the numbers of a CT scan to density, and from density to Young's modulus.
//!
//! HU → ρ_QCT (calibration line) → ρ_ash (line of the densitometric study) → ρ_app (ratio) → E (law) → limits.
//! Each density has its own type, so that a law stated in one kind cannot be fed another without the stated conversion.
//! All densities are g/cm³, as in the sources; moduli are MPa.

use crate::ConstitutiveError;
use crate::error::check;
use quantity::{Parameter, Range, UnitClass};
use std::marker::PhantomData;

const LAW: &str = "bone modulus from CT";

/// A density of bone, g/cm³.
pub trait BoneDensity: Copy {
    /// The kind in words.
    const KIND: &'static str;

    /// The value, g/cm³.
    fn value(self) -> f64;
}

macro_rules! density {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl BoneDensity for $name {
            const KIND: &'static str = $kind;

            fn value(self) -> f64 {
                self.0
            }
        }
    };
}

density! {
    /// Density of the mineral that the phantom's inserts hold (hydroxyapatite, K₂HPO₄), equivalent to the voxel's
    /// attenuation.
    QctDensity, "QCT-equivalent mineral density"
}
density! {
    /// Mass of ash over the volume of the specimen.
    AshDensity, "ash density"
}
density! {
    /// Wet mass of bone tissue without marrow over the volume of the specimen.
    ApparentDensity, "apparent density"
}

/// The line from the scanner's numbers to mineral density: ρ_QCT = a + b HU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    intercept: f64,
    slope: f64,
}

impl Calibration {
    /// b, the density a Hounsfield unit.
    pub const SLOPE: Parameter = Parameter {
        name: "calibration_slope",
        symbol: "b",
        label: "Mineral density a Hounsfield unit",
        class: UnitClass::Density,
        unit: "g/cm^3",
        range: Range::POSITIVE,
        default: None,
        source: "Line through the inserts of a phantom scanned with, or in the manner of, the patient.",
    };

    /// ρ_QCT = `intercept` + `slope` HU, both g/cm³.
    ///
    /// # Errors
    /// A slope that is not positive, an intercept that is not finite.
    pub fn new(intercept: f64, slope: f64) -> Result<Self, ConstitutiveError> {
        check(LAW, &Self::SLOPE, slope)?;
        if !intercept.is_finite() {
            return Err(out_of_range("calibration_intercept", "a", intercept, "finite"));
        }
        Ok(Self { intercept, slope })
    }

    /// The mineral density at `hounsfield` units; negative for air and fat on many lines.
    pub fn density(&self, hounsfield: f64) -> QctDensity {
        QctDensity(self.intercept + self.slope * hounsfield)
    }
}

/// A densitometric line ρ_ash = a + b ρ_QCT.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AshLine {
    /// a, g/cm³.
    pub intercept: f64,
    /// b.
    pub slope: f64,
    /// Where the line comes from.
    pub source: &'static str,
}

impl AshLine {
    /// ρ_ash = 0.079 + 0.877 ρ_QCT, hydroxyapatite phantom.
    pub const SCHILEO: Self = Self {
        intercept: 0.079,
        slope: 0.877,
        source: "Schileo et al. 2008, J Biomech 41:2483 (European Spine Phantom, human femora; abstract seen: linear, \
                 R² 0.997, intercept not zero; coefficients from memory, unverified)",
    };
    /// ρ_ash = 0.0633 + 0.887 ρ_QCT, K₂HPO₄ phantom.
    pub const KEYAK: Self = Self {
        intercept: 0.0633,
        slope: 0.887,
        source: "Keyak et al. 1994, J Biomed Mater Res 28:1329, after Les et al. 1994 (K2HPO4 phantom; coefficients from \
                 memory, unverified)",
    };
    /// ρ_ash = ρ_QCT: the mineral measured is the ash.
    pub const EQUAL: Self = Self { intercept: 0.0, slope: 1.0, source: "ash taken equal to the mineral density" };

    /// The ash density of bone of the mineral density `density`.
    pub fn ash(&self, density: QctDensity) -> AshDensity {
        AshDensity(self.intercept + self.slope * density.0)
    }
}

/// Ash over apparent density, a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AshRatio(f64);

impl AshRatio {
    /// The ratio.
    pub const RATIO: Parameter = Parameter {
        name: "ash_over_apparent",
        symbol: "r",
        label: "Ash density over apparent density",
        class: UnitClass::Number,
        unit: "1",
        range: Range::between(0.0, 1.0),
        default: Some("0.598"),
        source: "0.598 ± 0.004, cortical and small trabecular specimens of human femora: Schileo et al. 2008, J Biomech \
                 41:2483 (abstract).",
    };

    /// A ratio between 0 and 1.
    ///
    /// # Errors
    /// Any other number.
    pub fn new(ratio: f64) -> Result<Self, ConstitutiveError> {
        check(LAW, &Self::RATIO, ratio)?;
        Ok(Self(ratio))
    }

    /// The apparent density of bone of the ash density `density`.
    pub fn apparent(self, density: AshDensity) -> ApparentDensity {
        ApparentDensity(density.0 / self.0)
    }
}

/// E = c + a ρ^b above a density.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// Where the piece begins, g/cm³.
    pub above: f64,
    /// c, MPa.
    pub constant: f64,
    /// a, MPa (g/cm³)^-b.
    pub factor: f64,
    /// b.
    pub exponent: f64,
}

const fn power(factor: f64, exponent: f64) -> Piece {
    Piece { above: 0.0, constant: 0.0, factor, exponent }
}

/// A law from a density of the kind `D` to Young's modulus: E = c + a ρ^b by pieces, times ε̇^m where the law knows the
/// strain rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DensityLaw<D> {
    /// Name in words.
    pub label: &'static str,
    /// Ascending; the first begins at 0.
    pub pieces: &'static [Piece],
    /// The densities that were tested, g/cm³. Outside, the law is an extrapolation.
    pub tested: [f64; 2],
    /// m; 0 where the law knows no strain rate.
    pub rate_exponent: f64,
    /// Where law and range come from.
    pub source: &'static str,
    strain_rate: f64,
    kind: PhantomData<D>,
}

impl<D> DensityLaw<D> {
    /// A law without strain rate. `pieces` ascend and begin at 0.
    pub const fn new(label: &'static str, pieces: &'static [Piece], tested: [f64; 2], source: &'static str) -> Self {
        Self { label, pieces, tested, rate_exponent: 0.0, source, strain_rate: 1.0, kind: PhantomData }
    }
}

impl<D: BoneDensity> DensityLaw<D> {
    /// Young's modulus, MPa; that of density 0 below it.
    pub fn modulus(&self, density: D) -> f64 {
        let rho = density.value().max(0.0);
        let piece = self.pieces.iter().rev().find(|piece| rho >= piece.above).or(self.pieces.first());
        let rate = if self.rate_exponent == 0.0 { 1.0 } else { self.strain_rate.powf(self.rate_exponent) };
        piece.map_or(f64::NAN, |piece| rate * (piece.constant + piece.factor * rho.powf(piece.exponent)))
    }

    /// Whether specimens of this density were tested.
    pub fn is_tested(&self, density: D) -> bool {
        (self.tested[0]..=self.tested[1]).contains(&density.value())
    }

    /// The law at another strain rate, 1/s. Only laws with a rate exponent change.
    #[must_use]
    pub fn at_strain_rate(self, strain_rate: f64) -> Self {
        Self { strain_rate, ..self }
    }

    /// What the modulus jumps by where pieces meet: (density, left, right), g/cm³ and MPa.
    pub fn joints(&self) -> Vec<(f64, f64, f64)> {
        let value = |piece: &Piece, rho: f64| piece.constant + piece.factor * rho.powf(piece.exponent);
        let joint = |pair: &[Piece]| (pair[1].above, value(&pair[0], pair[1].above), value(&pair[1], pair[1].above));
        self.pieces.windows(2).map(joint).collect()
    }
}

/// E = 3790 ε̇^0.06 ρ_app³, ε̇ 1/s unless set.
pub const CARTER_HAYES: DensityLaw<ApparentDensity> = DensityLaw {
    rate_exponent: 0.06,
    ..DensityLaw::new(
        "Carter and Hayes, all bone",
        &[power(3790.0, 3.0)],
        [0.07, 2.0],
        "Carter and Hayes 1977, J Bone Joint Surg Am 59:954 (human and bovine; coefficients and range from memory, \
         unverified)",
    )
};
/// E = 10500 ρ_ash^2.29.
pub const KELLER: DensityLaw<AshDensity> = DensityLaw::new(
    "Keller, spine and femur",
    &[power(10_500.0, 2.29)],
    [0.05, 1.22],
    "Keller 1994, J Biomech 27:1159 (coefficients and range from memory, unverified)",
);
/// E = 33900 ρ^2.20 below 0.27 g/cm³ of ash, 5307 ρ + 469 to 0.6, 10200 ρ^2.01 above.
pub const KEYAK: DensityLaw<AshDensity> = DensityLaw::new(
    "Keyak, trabecular and cortical by pieces",
    &[
        power(33_900.0, 2.20),
        Piece { above: 0.27, constant: 469.0, factor: 5307.0, exponent: 1.0 },
        Piece { above: 0.6, constant: 0.0, factor: 10_200.0, exponent: 2.01 },
    ],
    [0.05, 1.22],
    "Keyak et al. 1994, J Biomed Mater Res 28:1329 and Keller 1994, joined by a line in Keyak et al. 1998, J Biomech 31:125 \
     (coefficients from memory; they were checked to meet at both joints within 0.1 MPa; range of Keller, unverified)",
);
/// E = 4730 ρ_app^1.56.
pub const MORGAN_VERTEBRA: DensityLaw<ApparentDensity> = DensityLaw::new(
    "Morgan, vertebra, along the main direction",
    &[power(4730.0, 1.56)],
    [0.11, 0.35],
    "Morgan, Bayraktar and Keaveny 2003, J Biomech 36:897 (61 specimens; abstract and a second source of the coefficients \
     seen; range from memory, unverified)",
);
/// E = 15520 ρ_app^1.93.
pub const MORGAN_TIBIA: DensityLaw<ApparentDensity> = DensityLaw::new(
    "Morgan, proximal tibia, along the main direction",
    &[power(15_520.0, 1.93)],
    [0.09, 0.41],
    "Morgan, Bayraktar and Keaveny 2003, J Biomech 36:897 (31 specimens; coefficients and range from memory, unverified)",
);
/// E = 15010 ρ_app^2.18.
pub const MORGAN_TROCHANTER: DensityLaw<ApparentDensity> = DensityLaw::new(
    "Morgan, greater trochanter, along the main direction",
    &[power(15_010.0, 2.18)],
    [0.14, 0.28],
    "Morgan, Bayraktar and Keaveny 2003, J Biomech 36:897 (23 specimens; exponent seen in the abstract, factor and range \
     from memory, unverified)",
);
/// E = 6850 ρ_app^1.49.
pub const MORGAN_FEMORAL_NECK: DensityLaw<ApparentDensity> = DensityLaw::new(
    "Morgan, femoral neck, along the main direction",
    &[power(6850.0, 1.49)],
    [0.26, 0.75],
    "Morgan, Bayraktar and Keaveny 2003, J Biomech 36:897 (27 specimens; abstract and a second source of the coefficients \
     seen; range from memory, unverified)",
);
/// E = 8920 ρ_app^1.83.
pub const MORGAN_POOLED: DensityLaw<ApparentDensity> = DensityLaw::new(
    "Morgan, four sites pooled, along the main direction",
    &[power(8920.0, 1.83)],
    [0.09, 0.75],
    "Morgan, Bayraktar and Keaveny 2003, J Biomech 36:897 (142 specimens; coefficients and range from memory, unverified)",
);

/// A density-modulus law with the kind of its density.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BoneLaw {
    /// Stated in ash density.
    Ash(DensityLaw<AshDensity>),
    /// Stated in apparent density.
    Apparent(DensityLaw<ApparentDensity>),
}

impl BoneLaw {
    /// The law's name and the kind of its density.
    pub fn label(&self) -> String {
        match self {
            Self::Ash(law) => format!("{} (of {})", law.label, AshDensity::KIND),
            Self::Apparent(law) => format!("{} (of {})", law.label, ApparentDensity::KIND),
        }
    }

    /// Where it comes from.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Ash(law) => law.source,
            Self::Apparent(law) => law.source,
        }
    }

    /// The densities tested, g/cm³.
    pub fn tested(&self) -> [f64; 2] {
        match self {
            Self::Ash(law) => law.tested,
            Self::Apparent(law) => law.tested,
        }
    }
}

/// Between which values a modulus is kept, and beyond which number a voxel is no bone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoneLimits {
    /// E_min, MPa: keeps the stiffness positive in marrow and partial voxels.
    pub minimum_modulus: f64,
    /// E_max, MPa.
    pub maximum_modulus: f64,
    /// HU above which a voxel is metal or an artefact of it.
    pub metal_above: f64,
}

/// The whole way from a CT number to a modulus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoneMap {
    calibration: Calibration,
    ash_line: AshLine,
    ratio: AshRatio,
    law: BoneLaw,
    limits: BoneLimits,
}

/// What the map says about one CT number. Every departure from "density by the line, modulus by the law" is marked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BonePoint {
    /// Mineral density ρ_QCT, g/cm³, 0 where the line gives less.
    pub mineral: QctDensity,
    /// The density that the law takes, g/cm³, 0 where the lines give less.
    pub density: f64,
    /// Young's modulus within its limits, MPa.
    pub modulus: f64,
    /// The lines give a negative density, as for air and fat.
    pub is_negative: bool,
    /// The law's density was not tested.
    pub is_extrapolated: bool,
    /// The law gives less than E_min.
    pub is_at_floor: bool,
    /// The law gives more than E_max.
    pub is_at_ceiling: bool,
    /// The number is that of metal.
    pub is_metal: bool,
}

impl BoneMap {
    /// A map after checking its limits.
    ///
    /// # Errors
    /// Limits that are not positive and ascending.
    pub fn new(
        calibration: Calibration,
        ash_line: AshLine,
        ratio: AshRatio,
        law: BoneLaw,
        limits: BoneLimits,
    ) -> Result<Self, ConstitutiveError> {
        let BoneLimits { minimum_modulus: low, maximum_modulus: high, metal_above } = limits;
        if !(low > 0.0 && low.is_finite()) {
            return Err(out_of_range("minimum_modulus", "E_min", low, "greater than 0"));
        }
        if !(high > low && high.is_finite()) {
            return Err(out_of_range("maximum_modulus", "E_max", high, "greater than minimum_modulus"));
        }
        if !(metal_above > 0.0 && metal_above.is_finite()) {
            return Err(out_of_range("metal_above", "HU_max", metal_above, "greater than 0"));
        }
        Ok(Self { calibration, ash_line, ratio, law, limits })
    }

    /// The law.
    pub fn law(&self) -> &BoneLaw {
        &self.law
    }

    /// Densities and modulus at `hounsfield` units.
    pub fn at(&self, hounsfield: f64) -> BonePoint {
        let mineral = self.calibration.density(hounsfield);
        let ash = self.ash_line.ash(mineral);
        let (density, modulus, is_tested) = match &self.law {
            BoneLaw::Ash(law) => (ash.0, law.modulus(ash), law.is_tested(ash)),
            BoneLaw::Apparent(law) => {
                let apparent = self.ratio.apparent(ash);
                (apparent.0, law.modulus(apparent), law.is_tested(apparent))
            }
        };
        let BoneLimits { minimum_modulus: low, maximum_modulus: high, metal_above } = self.limits;
        BonePoint {
            mineral: QctDensity(mineral.0.max(0.0)),
            density: density.max(0.0),
            modulus: modulus.clamp(low, high),
            is_negative: mineral.0 < 0.0 || density < 0.0,
            is_extrapolated: !is_tested,
            is_at_floor: modulus < low,
            is_at_ceiling: modulus > high,
            is_metal: hounsfield > metal_above,
        }
    }
}

fn out_of_range(name: &'static str, symbol: &'static str, value: f64, range: &str) -> ConstitutiveError {
    ConstitutiveError::ParameterOutOfRange { law: LAW, name, symbol, value, range: range.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, relative: f64) {
        assert!((a - b).abs() <= relative * b.abs(), "{a} is not {b}");
    }

    const APPARENT: [DensityLaw<ApparentDensity>; 6] =
        [CARTER_HAYES, MORGAN_VERTEBRA, MORGAN_TIBIA, MORGAN_TROCHANTER, MORGAN_FEMORAL_NECK, MORGAN_POOLED];
    const ASH: [DensityLaw<AshDensity>; 2] = [KELLER, KEYAK];

    fn limits() -> BoneLimits {
        BoneLimits { minimum_modulus: 1.0, maximum_modulus: 20e3, metal_above: 3000.0 }
    }

    /// Values worked out by hand: at 1 g/cm³ a power is its factor; at 0.5 its factor times a power of a half.
    #[test]
    fn moduli_are_those_of_the_printed_laws() {
        for (law, factor) in APPARENT.iter().zip([3790.0, 4730.0, 15_520.0, 15_010.0, 6850.0, 8920.0]) {
            close(law.modulus(ApparentDensity(1.0)), factor, 1e-15);
        }
        close(CARTER_HAYES.modulus(ApparentDensity(0.5)), 473.75, 1e-14);
        // 0.01^0.06 = e^(-0.2763102) = 0.7585776.
        close(CARTER_HAYES.at_strain_rate(0.01).modulus(ApparentDensity(1.0)), 2875.009, 1e-6);
        // 0.25^1.56 = 2^-3.12 = 0.11502346; 0.25^1.49 = 2^-2.98 = 0.12674494.
        close(MORGAN_VERTEBRA.modulus(ApparentDensity(0.25)), 544.061, 1e-6);
        close(MORGAN_FEMORAL_NECK.modulus(ApparentDensity(0.25)), 868.202_8, 1e-6);
        // 0.5^2.29 = 0.20447551; 0.125^2.2 = 2^-6.6 = 0.01030866; at 0.5 Keyak's line, 5307/2 + 469.
        close(KELLER.modulus(AshDensity(0.5)), 2_146.992_9, 1e-6);
        close(KEYAK.modulus(AshDensity(0.125)), 349.463_4, 1e-6);
        close(KEYAK.modulus(AshDensity(0.5)), 3122.5, 1e-14);
        close(KEYAK.modulus(AshDensity(1.0)), 10_200.0, 1e-15);
    }

    #[test]
    fn keyaks_pieces_meet() {
        let joints = KEYAK.joints();
        println!("{joints:?}");
        assert_eq!(joints.len(), 2);
        for (density, left, right) in joints {
            assert!((left - right).abs() < 0.1, "at {density} g/cm³: {left} and {right} MPa");
        }
    }

    #[test]
    fn moduli_rise_with_density() {
        let rises = |of: &dyn Fn(f64) -> f64, label: &str| {
            let values: Vec<f64> = (0..=200).map(|k| of(0.01 * f64::from(k))).collect();
            assert!(values.windows(2).all(|pair| pair[1] > pair[0]), "{label}");
            assert_eq!(of(-1.0), of(0.0), "{label}: no power of a negative density");
        };
        APPARENT.iter().for_each(|law| rises(&|rho| law.modulus(ApparentDensity(rho)), law.label));
        ASH.iter().for_each(|law| rises(&|rho| law.modulus(AshDensity(rho)), law.label));
    }

    /// 500 HU at 0.8 mg/cm³ a unit: 0.4 of mineral, 0.079 + 0.877·0.4 = 0.4298 of ash, 0.4298/0.6 = 0.71633 apparent.
    #[test]
    fn the_chain_passes_each_density_on_with_its_kind() {
        let calibration = Calibration::new(0.0, 0.8e-3).unwrap();
        let ratio = AshRatio::new(0.6).unwrap();
        let map = |law| BoneMap::new(calibration, AshLine::SCHILEO, ratio, law, limits()).unwrap();
        let of_ash = map(BoneLaw::Ash(KELLER)).at(500.0);
        close(of_ash.mineral.0, 0.4, 1e-14);
        close(of_ash.density, 0.4298, 1e-14);
        close(of_ash.modulus, 10_500.0 * 0.4298_f64.powf(2.29), 1e-13);
        let of_apparent = map(BoneLaw::Apparent(MORGAN_POOLED)).at(500.0);
        close(of_apparent.density, 0.4298 / 0.6, 1e-14);
        close(of_apparent.modulus, 8920.0 * (0.4298_f64 / 0.6).powf(1.83), 1e-13);
        assert!(!of_apparent.is_extrapolated && !of_apparent.is_negative && !of_apparent.is_at_floor);
    }

    #[test]
    fn what_is_no_bone_is_marked() {
        let calibration = Calibration::new(0.01, 1e-3).unwrap();
        let ratio = AshRatio::new(0.6).unwrap();
        let law = BoneLaw::Apparent(MORGAN_VERTEBRA);
        let map = BoneMap::new(calibration, AshLine::EQUAL, ratio, law, limits()).unwrap();
        let air = map.at(-1000.0);
        assert!(air.is_negative && air.is_at_floor && air.is_extrapolated && !air.is_metal);
        assert_eq!((air.modulus, air.density, air.mineral.0), (1.0, 0.0, 0.0));
        let screw = map.at(8000.0);
        assert!(screw.is_metal && screw.is_at_ceiling && screw.is_extrapolated);
        assert_eq!(screw.modulus, 20e3);
        assert!(!map.at(140.0).is_extrapolated);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        assert!(Calibration::new(0.0, 0.0).unwrap_err().to_string().contains("calibration_slope"));
        assert!(Calibration::new(f64::NAN, 1.0).is_err() && AshRatio::new(1.5).is_err() && AshRatio::new(0.0).is_err());
        let calibration = Calibration::new(0.0, 1e-3).unwrap();
        let ratio = AshRatio::new(0.6).unwrap();
        let with = |limits| BoneMap::new(calibration, AshLine::KEYAK, ratio, BoneLaw::Ash(KEYAK), limits).map(|_| ());
        assert!(with(limits()).is_ok());
        assert!(with(BoneLimits { minimum_modulus: 0.0, ..limits() }).is_err());
        let message = with(BoneLimits { maximum_modulus: 0.5, ..limits() }).unwrap_err().to_string();
        assert!(message.contains("maximum_modulus (E_max) = 0.5"), "{message}");
        assert!(with(BoneLimits { metal_above: f64::NAN, ..limits() }).is_err());
    }
}
