//! Pickers: how a study names a place. Points are in mm along the axes of `frame` ("LPS" unless stated).

use crate::located::Located;
use crate::measure::{Angle, Length};
use crate::physics::FrameName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place on or in the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Picker {
    /// The whole body.
    Everything(Nothing),
    /// Points within a tolerance of a plane.
    Plane(PlanePicker),
    /// Points between two parallel planes.
    Slab(SlabPicker),
    /// Points in a sphere.
    Sphere(SpherePicker),
    /// Points in a box along the axes of its frame.
    Box(BoxPicker),
    /// Points in a finite cylinder.
    Cylinder(CylinderPicker),
    /// The smooth part of the boundary around a seed point.
    GrownFace(GrownFacePicker),
    /// Points near the boundary point that lies farthest in a direction.
    Farthest(FarthestPicker),
    /// A region that the mesher named, such as "cap_1" or "x_min".
    MeshRegion(Located<String>),
    /// A part of the femoral head's surface.
    FemoralHead(HeadPicker),
    /// The femoral neck.
    FemoralNeck(NeckPicker),
    /// Points in every one of the named regions.
    AllOf(CombinedPicker),
    /// Points in at least one of the named regions.
    AnyOf(CombinedPicker),
    /// Points in none of the named regions.
    NoneOf(CombinedPicker),
    /// Another region whose weight falls smoothly to zero towards its edge.
    Faded(FadedPicker),
}

/// No settings: `{}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Points within `tolerance` of a plane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanePicker {
    /// A point of the plane.
    pub point: [Length; 3],
    /// Its normal, any length.
    pub normal: Located<[f64; 3]>,
    /// Largest distance from the plane.
    pub tolerance: Located<Length>,
    /// Frame of point and normal.
    #[serde(default)]
    pub frame: FrameName,
}

/// Points within half of `thickness` of a plane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlabPicker {
    /// A point of the mid-plane.
    pub point: [Length; 3],
    /// Normal of the slab, any length.
    pub normal: Located<[f64; 3]>,
    /// Distance between the two planes.
    pub thickness: Located<Length>,
    /// Frame of point and normal.
    #[serde(default)]
    pub frame: FrameName,
}

/// Points in a sphere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpherePicker {
    /// Centre.
    pub centre: [Length; 3],
    /// Radius.
    pub radius: Located<Length>,
    /// Frame of the centre.
    #[serde(default)]
    pub frame: FrameName,
}

/// Points in a box along the axes of its frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoxPicker {
    /// Smallest coordinates.
    pub low: [Length; 3],
    /// Largest coordinates.
    pub high: [Length; 3],
    /// Frame of the axes.
    #[serde(default)]
    pub frame: FrameName,
}

/// Points in a finite cylinder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CylinderPicker {
    /// Centre of one end.
    pub start: [Length; 3],
    /// Centre of the other end.
    pub end: Located<[Length; 3]>,
    /// Radius.
    pub radius: Located<Length>,
    /// Frame of both ends.
    #[serde(default)]
    pub frame: FrameName,
}

/// Boundary faces reached from the one nearest to `seed` without crossing an edge sharper than `angle`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrownFacePicker {
    /// A point near the face.
    pub seed: [Length; 3],
    /// Largest angle between the normals of neighbouring faces.
    pub angle: Located<Angle>,
    /// Frame of the seed.
    #[serde(default)]
    pub frame: FrameName,
}

/// Points within `radius` of the surface point farthest in `direction`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FarthestPicker {
    /// Direction, any length.
    pub direction: Located<[f64; 3]>,
    /// Radius of the ball around the farthest point.
    pub radius: Located<Length>,
    /// Frame of the direction.
    #[serde(default)]
    pub frame: FrameName,
}

/// Boundary points of the femoral head (within a tenth of its radius of the fitted sphere) that are seen from its centre
/// within `half_angle` of `towards`. Needs `landmarks.femur`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadPicker {
    /// Axis of the cone, medial, anterior, proximal, any length.
    pub towards: Located<[f64; 3]>,
    /// Half the opening angle of the cone.
    pub half_angle: Located<Angle>,
}

/// Points of the femoral neck: between two planes normal to the neck axis, half of `length` to each side of the smallest
/// section, and within the head's radius of the axis. Needs `landmarks.femur`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeckPicker {
    /// Length along the neck axis.
    pub length: Located<Length>,
}

/// The points of another region. Forces spread over it and motions averaged over it are weighted with s²(3 - 2s), where s
/// is the depth below the region's edge over `over`, at most 1. Such a result does not depend on where the borders of the
/// elements lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FadedPicker {
    /// Name of the region.
    pub region: Located<String>,
    /// Width of the band along the edge in which the weight rises from 0 to 1.
    pub over: Located<Length>,
}

/// Names of other regions.
pub type CombinedPicker = Vec<Located<String>>;
