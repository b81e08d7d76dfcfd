use control::Cancelled;
use mesh::{ElementKind, MeshError};

/// Why no mesh was made, and what to do about it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeshingError {
    /// The caller asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The input surface is malformed.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// A mapped block of a kind that is no solid, or a subdivision without cells.
    #[error(
        "a block of {kind} elements with {counts:?} cells cannot be made; use a solid kind and at least one cell a direction"
    )]
    UnsupportedBlock {
        /// The kind asked for.
        kind: ElementKind,
        /// Cells in each direction.
        counts: [usize; 3],
    },
    /// A map that turns an element inside out.
    #[error(
        "element {element} of the mapped block has the volume {volume_mm3:.3e} mm³; the map must keep right-handed axes right-handed"
    )]
    InvertedElement {
        /// Element counted from 0.
        element: usize,
        /// Volume of the element's corner tetrahedra in mm³.
        volume_mm3: f64,
    },
    /// A surface without triangles that have an area.
    #[error("the surface has no triangles; load a closed surface")]
    EmptySurface,
    /// A point that no way inside the surface leads to.
    #[error(
        "no way inside the surface leads to ({:.2}, {:.2}, {:.2}) mm; give a point inside it or on one of its ends, in the \
         same connected part", to[0], to[1], to[2]
    )]
    NoPath {
        /// The point in mm.
        to: [f64; 3],
    },
    /// A surface with holes.
    #[error(
        "open surface: {loops} boundary loops with {edges} edges, the first at ({:.2}, {:.2}, {:.2}) mm; repair it with \
         `vesalius repair` or close the holes", at[0], at[1], at[2]
    )]
    OpenSurface {
        /// Holes.
        loops: usize,
        /// Edges along all holes.
        edges: usize,
        /// A point on the first hole in mm.
        at: [f64; 3],
    },
    /// A surface whose edges have more than two triangles or neighbours of opposite orientation.
    #[error(
        "the surface encloses no clear volume: {non_manifold} edges with more than two triangles, {inconsistent} between \
         triangles of opposite orientation; repair it with `vesalius repair`"
    )]
    NotManifold {
        /// Edges with more than two triangles.
        non_manifold: usize,
        /// Edges between triangles of opposite orientation.
        inconsistent: usize,
    },
    /// An option outside its range.
    #[error("mesh option {option} is {value}; it must be {needed}")]
    BadOption {
        /// Name of the option.
        option: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed.
        needed: &'static str,
    },
    /// A size that needs too many elements.
    #[error(
        "a size of {size_mm:.4} mm needs about {elements:.0} tetrahedra, more than the limit of {limit}; choose a larger \
         size or raise the limit"
    )]
    TooFine {
        /// Size in mm.
        size_mm: f64,
        /// Tetrahedra, estimated or counted.
        elements: f64,
        /// The limit.
        limit: usize,
    },
    /// A given size at which thin parts are lost or holes appear.
    #[error(
        "at a size of {size_mm:.4} mm the mesh loses the topology of the surface (thin parts break or holes appear); the \
         thinnest hundredth of the surface is below {thin_mm:.3} mm: choose a smaller size or let it be found"
    )]
    TopologyLost {
        /// Size in mm.
        size_mm: f64,
        /// Thickness below which a hundredth of the area lies in mm.
        thin_mm: f64,
    },
    /// Layers along the wall that leave too little room for the elements inside.
    #[error(
        "layers of {total_mm:.4} mm in all do not fit elements of {size_mm:.4} mm: at most {largest_mm:.4} mm do, with a first \
         height of {first_mm:.4} mm; lower the first height, the number of layers or their growth, or choose a larger size"
    )]
    LayersTooThick {
        /// All layers in mm.
        total_mm: f64,
        /// Size of the elements in mm.
        size_mm: f64,
        /// All layers at most, in mm.
        largest_mm: f64,
        /// The first height of the same number of layers with the same growth that are `largest_mm` thick.
        first_mm: f64,
    },
    /// A surface of planar caps alone.
    #[error("the surface has no wall to put layers on: all of it is planar caps; mesh it without layers")]
    NoWall,
    /// A place where the wall is folded.
    #[error(
        "no layer fits the wall at ({:.2}, {:.2}, {:.2}) mm: it is folded there, or its triangles are slivers; smooth the \
         surface there or choose a smaller size", at[0], at[1], at[2]
    )]
    NoLayers {
        /// A vertex of the wall in mm.
        at: [f64; 3],
    },
    /// No size tried kept volume and topology.
    #[error(
        "no size found: {tried} tries down to {last_mm:.4} mm did not keep volume and topology; repair the surface"
    )]
    NoSize {
        /// Sizes tried.
        tried: usize,
        /// The last size in mm.
        last_mm: f64,
    },
    /// A remeshing length that needs too many triangles.
    #[error(
        "edges of {size_mm:.4} mm need about {triangles:.0} triangles, more than the limit of {limit}; choose a larger \
         length"
    )]
    TooManyTriangles {
        /// The shortest wanted length in mm.
        size_mm: f64,
        /// Triangles, estimated.
        triangles: f64,
        /// The limit.
        limit: usize,
    },
    /// A surface that is only a sheet.
    #[error(
        "the surface ({triangles} triangles, the first at ({:.2}, {:.2}, {:.2}) mm) encloses nothing, even with its holes \
         closed; load a surface around a solid", at[0], at[1], at[2]
    )]
    EnclosesNothing {
        /// Triangles.
        triangles: usize,
        /// Centre of the first in mm.
        at: [f64; 3],
    },
    /// Triangles that run through each other and could not be mended in place.
    #[error(
        "{pairs} pairs of triangles run through each other, the first at ({:.2}, {:.2}, {:.2}) mm; allow a new surface \
         around the inside (resurface)", at[0], at[1], at[2]
    )]
    Crossings {
        /// Pairs.
        pairs: usize,
        /// Centre of the first triangle in mm.
        at: [f64; 3],
    },
    /// A plane with nothing beyond it, or with everything.
    #[error(
        "the plane at ({:.2}, {:.2}, {:.2}) mm does not cut the surface in two there; move it to where the surface passes \
         through it", at[0], at[1], at[2]
    )]
    PlaneMisses {
        /// The plane's origin in mm.
        at: [f64; 3],
    },
    /// A section that is not a simple loop.
    #[error(
        "the section runs into a hole or around an inner wall at ({:.2}, {:.2}, {:.2}) mm; move the plane, or close the \
         hole first with `vesalius repair`", at[0], at[1], at[2]
    )]
    CutMeetsHole {
        /// A point of the section in mm.
        at: [f64; 3],
    },
    /// A cut that would remove more than an end.
    #[error(
        "the cut at ({:.2}, {:.2}, {:.2}) mm would remove what is up to {reaches_mm:.2} mm away, more than the \
         {limit_mm:.2} mm allowed at this end; trim the end or give it an even rim first", at[0], at[1], at[2]
    )]
    CutTooLarge {
        /// The plane's origin in mm.
        at: [f64; 3],
        /// Farthest vertex beyond the plane in mm.
        reaches_mm: f64,
        /// The limit in mm.
        limit_mm: f64,
    },
    /// A cut at an end that would open the vessel elsewhere too.
    #[error(
        "the cut at ({:.2}, {:.2}, {:.2}) mm would open the vessel in {openings} places; cut nearer to the end or trim \
         the branch beside it first", at[0], at[1], at[2]
    )]
    CutOpensMore {
        /// The plane's origin in mm.
        at: [f64; 3],
        /// Loops of the section.
        openings: usize,
    },
    /// A lumen in more than one part.
    #[error(
        "the surface has {parts} separate parts, the second at ({:.2}, {:.2}, {:.2}) mm; remove all but one, for example \
         with `vesalius repair --drop-parts`", at[0], at[1], at[2]
    )]
    SeveralParts {
        /// Parts.
        parts: usize,
        /// A point of the second in mm.
        at: [f64; 3],
    },
    /// A lumen without a way through.
    #[error(
        "{found} ends were found, two are needed; have rounded ends cut (option cut), with points near them where they \
         are not found by themselves"
    )]
    TooFewEnds {
        /// Ends found.
        found: usize,
    },
    /// An inlet that does not exist.
    #[error("there is no end {number}: the lumen has ends 1 to {ends}, the largest first")]
    NoSuchEnd {
        /// The number asked for.
        number: usize,
        /// Ends found.
        ends: usize,
    },
    /// A cut that would take another end away, wholly or in part.
    #[error(
        "the cut at ({:.2}, {:.2}, {:.2}) mm would go through the end made as number {end}; cut nearer to the tip, or close \
         or cut the ends so that they are apart", at[0], at[1], at[2]
    )]
    CutTakesEnd {
        /// A point of the plane in mm.
        at: [f64; 3],
        /// The end, in the order in which they were made.
        end: usize,
    },
    /// No wall far enough from the parent vessel.
    #[error(
        "no sac: the wall at ({:.2}, {:.2}, {:.2}) mm is {ratio:.2} parent radii from the parent's centreline, and a sac \
         begins at {factor:.2}; give a point on the dome or a smaller factor", at[0], at[1], at[2]
    )]
    NoSac {
        /// The farthest wall, or the point asked for, in mm.
        at: [f64; 3],
        /// Its distance in parent radii.
        ratio: f64,
        /// Where a sac begins.
        factor: f64,
    },
    /// A sac with several wide openings.
    #[error(
        "which opening of the sac is its neck cannot be told: {openings} are wide, the second at ({:.2}, {:.2}, {:.2}) mm with \
         {around_mm:.2} mm around; vessels may touch the dome in this surface (segment it apart), or give a point on the dome, \
         another factor, or a surface whose branches all have ends", at[0], at[1], at[2]
    )]
    SeveralNecks {
        /// Wide openings.
        openings: usize,
        /// The middle of the second in mm.
        at: [f64; 3],
        /// Its length in mm.
        around_mm: f64,
    },
    /// A sac that was cut by an end of the lumen.
    #[error(
        "the sac reaches the end {end} at ({:.2}, {:.2}, {:.2}) mm; take a larger piece of \
         the vessel, a larger factor, or give a point on another dome",
        at[0], at[1], at[2]
    )]
    SacAtEnd {
        /// Name of the end.
        end: String,
        /// Where, in mm.
        at: [f64; 3],
    },
    /// An axis that bends within the tube around it.
    #[error(
        "the axis bends with a radius of {curvature_radius_mm:.4} mm at ({:.2}, {:.2}, {:.2}) mm, where the tube has a radius of \
         {radius_mm:.4} mm: its sections would cross; smooth the axis or narrow the tube", at[0], at[1], at[2]
    )]
    TubeTooTight {
        /// Where, in mm.
        at: [f64; 3],
        /// Radius of curvature in mm.
        curvature_radius_mm: f64,
        /// Outer radius in mm.
        radius_mm: f64,
    },
    /// A tube that runs through itself.
    #[error(
        "the tube runs through another part of itself at ({:.2}, {:.2}, {:.2}) mm; narrow it or take a shorter part of its \
         axis", at[0], at[1], at[2]
    )]
    TubeMeetsItself {
        /// Where, in mm.
        at: [f64; 3],
    },
    /// A radius that is none, or not larger than the one inside it.
    #[error(
        "the radius is {radius_mm:.4} mm after {along_mm:.4} mm of the tube, at ({:.2}, {:.2}, {:.2}) mm; it must be \
         more than {inner_mm:.4} mm", at[0], at[1], at[2]
    )]
    TubeRadius {
        /// Where, in mm.
        at: [f64; 3],
        /// Distance from the beginning in mm.
        along_mm: f64,
        /// The radius in mm.
        radius_mm: f64,
        /// The radius inside it in mm.
        inner_mm: f64,
    },
    /// Rings that would have to become thinner away from the wall.
    #[error(
        "{layers} rings from a first height of {first_mm:.4} mm on do not fit into the {gap_mm:.4} mm between core and wall at \
         ({:.2}, {:.2}, {:.2}) mm; choose a smaller first height or fewer rings", at[0], at[1], at[2]
    )]
    FirstHeightTooLarge {
        /// Where, in mm.
        at: [f64; 3],
        /// The first height in mm.
        first_mm: f64,
        /// Rings.
        layers: usize,
        /// Room for them in mm.
        gap_mm: f64,
    },
    /// A region that the surface does not have.
    #[error("the surface has no region \"{name}\"; it has {known}")]
    NoSuchRegion {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A body that no other touches.
    #[error("\"{name}\" lies outside all other bodies; move it to where it belongs, or check its unit and frame")]
    BodyApart {
        /// Name of the body.
        name: String,
    },
    /// A body of which nothing is left.
    #[error(
        "nothing is left of \"{name}\": the bodies before it fill it altogether; check their order, units and places"
    )]
    BodyHidden {
        /// Name of the body.
        name: String,
    },
    /// Sizes that differ as units do.
    #[error(
        "\"{name}\" is {size_mm:.4} mm large and the bone {other_mm:.4} mm; such a difference is one of units: state the \
         unit of the file"
    )]
    UnlikelySize {
        /// Name of the body.
        name: String,
        /// Diagonal of its box in mm.
        size_mm: f64,
        /// Diagonal of the last body's box in mm.
        other_mm: f64,
    },
    /// Surfaces that touch in too many places.
    #[error(
        "\"{name}\" touches another body without a clear crossing at ({:.2}, {:.2}, {:.2}) mm; move it a little, or remove \
         flat and folded triangles with `vesalius repair`", at[0], at[1], at[2]
    )]
    BodiesTouch {
        /// Name of the body.
        name: String,
        /// Where, in mm.
        at: [f64; 3],
    },
}
