//! The study document and the results record.
//!
//! A study says what is asked, of which anatomy or device, under which physics; it is data and knows no solver. The
//! record holds what a run of it computed.
//!
//! A study is one TOML file. Paths in it are relative to it, every quantity is text with its unit, and an unknown key is
//! an error that names the line and the nearest known key ([`Study::load`], [`schema`]).

mod anatomy;
mod blood;
mod bone;
mod check;
mod credibility_plan;
mod document;
mod error;
mod flow;
mod flow_outputs;
mod image_steps;
mod load;
mod located;
mod material;
mod measure;
mod mesh_plan;
mod outputs;
mod physics;
pub mod record;
mod region;
mod schema;
mod surface_steps;

pub use anatomy::{Anatomy, Device, FemurMarks, FileFrame, Landmarks, LengthUnit, Plate, Side, TubeShape};
pub use blood::{CARREAU_YASUDA, CASSON, CASSON_HAEMATOCRIT, NEWTONIAN};
pub use bone::{AshLineName, BONE_DENSITY, BoneMapping, BoneOutput, BoneStatistic, CalibrationBasis, ModulusLawName};
pub use credibility_plan::{
    CredibilityPlan, EvidenceCategory, EvidenceItem, EvidenceState, FactorGoal, Level, Limitation, Risk,
};
pub use document::{Document, SCHEMA_VERSION, Study, Subject};
pub use error::StudyError;
pub use flow::{Bed, FlowPlan, Inflow, InflowProfile, NamedWaveform, Outflow, TimePlan, WaveformPlan, Windkessel};
pub use flow_outputs::{FlowField, FlowMetric, FlowOutput, Statistic};
pub use image_steps::{Crop, ImageSteps, LabelWord, PartPlan, ValueRange};
pub use located::Located;
pub use material::{LAWS, Law, Material};
pub use measure::{
    Angle, Area, BendingStiffness, Class, Compliance, Energy, FlowRate, FlowResistance, Force, Length, Measure, Moment,
    Number, Pressure, Stiffness, Temperature, TemperatureDifference, Time, Volume, class,
};
pub use mesh_plan::{ElementChoice, MeshPlan, MeshSize};
pub use outputs::{
    Component, ExtremeOutput, FieldName, FigurePlan, Output, PercentileOutput, PlateBendingOutput, Reference,
    RegionOutput, StiffnessOutput, View,
};
pub use physics::{Axis, ForceComponent, FrameName, Load, LoadCase, Support};
pub use region::{
    BoxPicker, CombinedPicker, CylinderPicker, FadedPicker, FarthestPicker, GrownFacePicker, HeadPicker, NeckPicker,
    Picker, PlanePicker, SlabPicker, SpherePicker,
};
pub use schema::schema;
pub use surface_steps::{InletPlan, RepairPlan, Resurfacing, SacPlan, VesselPlan};
