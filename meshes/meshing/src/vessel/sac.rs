//! The sac of an aneurysm, told from its parent vessel.

use super::ends::{mean_of_loop, nearest_vertex};
use super::lumen::Lumen;
use super::neck::film;
use super::options::SacOptions;
use super::parent::Parent;
use super::split::{positive_part, split};
use crate::MeshingError;
use crate::centreline::{Centreline, centrelines};
use crate::features::grow;
use crate::parallel::parallel_map;
use crate::repair::Repair;
use crate::repair::draft::Draft;
use crate::repair::triangulate::newell;
use control::RunControl;
use mesh::topology::{EdgeTable, SurfaceTopology};
use mesh::{Point3, SurfaceMesh};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The region of the sac's wall.
const SAC: &str = "sac";
/// Averages over neighbours that take the roughness of the wall out of the border.
const AVERAGES: usize = 8;

/// Aspect ratio below which a sac is called shallow.
const SHALLOW: f64 = 0.3;

/// The size of a sac, after Dhar et al., Neurosurgery 63:185 (2008).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SacMeasures {
    /// Volume closed by the neck in mm³.
    pub volume_mm3: f64,
    /// Area of the sac's wall in mm².
    pub wall_area_mm2: f64,
    /// Area of the neck surface in mm².
    pub neck_area_mm2: f64,
    /// Largest distance between two points of the neck's border in mm.
    pub neck_diameter_mm: f64,
    /// Twice the mean distance of the neck's border from its centre in mm.
    pub neck_mean_diameter_mm: f64,
    /// 2 √(neck area / π) in mm.
    pub neck_equivalent_diameter_mm: f64,
    /// Mean point of the neck's border in mm.
    pub neck_centre_mm: [f64; 3],
    /// Unit normal of the neck's best plane, towards the dome.
    pub neck_normal: [f64; 3],
    /// Largest height of the sac over that plane in mm.
    pub dome_height_mm: f64,
    /// Largest distance of the sac from the neck's centre in mm.
    pub dome_distance_mm: f64,
    /// Mean diameter of the healthy parent beside the neck, of inscribed spheres, in mm.
    pub parent_diameter_mm: f64,
    /// Dome height over the mean neck diameter.
    pub aspect_ratio: f64,
    /// Dome distance over parent diameter.
    pub size_ratio: f64,
}

/// A sac, its neck and its measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Sac {
    /// The lumen with the region `sac` taken out of `wall`; the border lies on edges.
    pub surface: SurfaceMesh,
    /// The surface that closes the sac at its neck; normals point out of the sac.
    pub neck: SurfaceMesh,
    /// Volume, areas, diameters, ratios.
    pub measures: SacMeasures,
    /// What else is to be known: other openings of the sac that were closed to measure it, a shallow sac.
    pub changes: Vec<Repair>,
    /// The centrelines from the inlet to every outlet that tell the parent vessel.
    pub lines: Vec<Centreline>,
}

/// Isolates the sac of an aneurysm on a prepared lumen (mm).
///
/// Wall belongs to the sac where f = distance from the parent's centreline / healthy radius of the parent exceeds the
/// factor of the options, in the part connected with the dome. The healthy radius is the inscribed one with bulges taken
/// out by an opening along the line; where a bulge drew the line into it, a cubic bridges it. The border is the line
/// f = factor through the triangles, after f was averaged over neighbours; the neck is a nearly minimal surface in it.
///
/// # Errors
/// [`MeshingError::NoSac`] where no wall, or not the point of the options, is that far from the parent,
/// [`MeshingError::SeveralNecks`] where more than one opening may be the neck, [`MeshingError::SacAtEnd`] where the sac
/// reaches an end of the lumen, [`MeshingError::TooFewEnds`], the errors of [`centrelines`], [`MeshingError::BadOption`],
/// [`MeshingError::Mesh`], cancellation.
///
/// Where the paths of the centrelines lead through the sac itself, because vessels touch it, they are taken for parent
/// there and the sac has several openings: narrow ones are closed and listed, wide ones refused. Cost: the centrelines (a minute for thin branches of
/// 50 000 triangles), and triangles × points of the lines × some ns.
pub fn isolate_sac(lumen: &Lumen, options: &SacOptions, control: &RunControl) -> Result<Sac, MeshingError> {
    options.validate()?;
    lumen.surface.validate()?;
    let lines = parent_lines(lumen, &control.stage("centrelines", 0.0, 0.6))?;
    let stage = control.stage("sac", 0.6, 0.9);
    let parent = Parent::of(&lines);
    let mut draft = labelled(lumen);
    let edges = EdgeTable::new(&draft.surface.triangles);
    let found = parallel_map(&draft.surface.points, &stage, |p| parent.ratio(p).0 - options.factor)?;
    let mut values = averaged(&found, &edges);
    let seed = match options.dome {
        Some(dome) => seed_at(&draft, &values, options.factor, dome)?,
        None => largest_bulge(&draft, &edges, &values, options.factor, &stage)?,
    };
    let part = positive_part(&draft.surface.triangles, &edges, &values, [seed]);
    refuse_at_end(&draft, lumen, &part)?;
    stage.check()?;
    let mut in_sac = split(&mut draft, &edges, &mut values, &part);
    take_islands(&draft, &mut in_sac);
    let control = control.stage("neck", 0.9, 1.0);
    let closed = Closed::of(&mut draft, &in_sac, &control)?;
    let measures = closed.measures(&parent)?;
    if measures.aspect_ratio < SHALLOW {
        let message = format!(
            "the sac is shallow (aspect ratio {:.2}): it may be the shoulder of a branching rather than an aneurysm",
            measures.aspect_ratio
        );
        draft.record("shallow-sac", measures.neck_centre_mm.into(), measures.dome_height_mm, 1, message);
    }
    for (label, inside) in draft.labels.iter_mut().zip(&in_sac) {
        *label = if *inside { u32::MAX } else { *label };
    }
    let surface = named(&draft, lumen);
    Ok(Sac { surface, neck: closed.neck, measures, changes: draft.repairs, lines })
}

/// Centrelines from the inlet to every outlet.
fn parent_lines(lumen: &Lumen, control: &RunControl) -> Result<Vec<Centreline>, MeshingError> {
    let centres: Vec<Point3<f64>> = lumen.report.ends.iter().map(|end| Point3::from(end.centre_mm)).collect();
    match &centres[..] {
        [inlet, outlets @ ..] if !outlets.is_empty() => centrelines(&lumen.surface, inlet, outlets, control),
        found => Err(MeshingError::TooFewEnds { found: found.len() }),
    }
}

/// The lumen with the place of the end in the report, from 1 on, as the label of its triangles.
fn labelled(lumen: &Lumen) -> Draft {
    let mut labels = vec![0; lumen.surface.triangles.len()];
    for (label, end) in (1u32..).zip(&lumen.report.ends) {
        for &t in lumen.surface.regions.get(&end.name).into_iter().flatten() {
            labels[t as usize] = label;
        }
    }
    let surface = SurfaceMesh::new(lumen.surface.points.clone(), lumen.surface.triangles.clone());
    Draft { surface, labels, repairs: Vec::new() }
}

fn named(draft: &Draft, lumen: &Lumen) -> SurfaceMesh {
    let mut surface = draft.surface.clone();
    let with = |wanted: u32| (0u32..).zip(&draft.labels).filter(|(_, l)| **l == wanted).map(|(t, _)| t).collect();
    surface.regions.insert("wall".to_owned(), with(0));
    surface.regions.insert(SAC.to_owned(), with(u32::MAX));
    for (label, end) in (1u32..).zip(&lumen.report.ends) {
        surface.regions.insert(end.name.clone(), with(label));
    }
    surface
}

/// Half of every value and half of the mean of its neighbours, again and again.
fn averaged(values: &[f64], edges: &EdgeTable) -> Vec<f64> {
    let mut values = values.to_vec();
    for _ in 0..AVERAGES {
        let mut sums = vec![(0.0, 0.0); values.len()];
        for &[a, b] in edges.edges() {
            let (p, q) = (values[a as usize], values[b as usize]);
            sums[a as usize] = (sums[a as usize].0 + q, sums[a as usize].1 + 1.0);
            sums[b as usize] = (sums[b as usize].0 + p, sums[b as usize].1 + 1.0);
        }
        for (value, (sum, count)) in values.iter_mut().zip(sums).filter(|(_, (_, count))| *count > 0.0) {
            *value = 0.5 * (*value + sum / count);
        }
    }
    values
}

/// A triangle at the vertex nearest to the dome point, which must lie on the sac.
fn seed_at(draft: &Draft, values: &[f64], factor: f64, dome: [f64; 3]) -> Result<u32, MeshingError> {
    let vertex = nearest_vertex(&draft.surface, &Point3::from(dome)).ok_or(MeshingError::EmptySurface)?;
    let found = values[vertex as usize];
    let at = draft.surface.points[vertex as usize].into();
    let triangle = draft.surface.triangles.iter().position(|t| t.contains(&vertex));
    match triangle {
        Some(t) if found > 0.0 => Ok(t as u32),
        _ => Err(MeshingError::NoSac { at, ratio: found + factor, factor }),
    }
}

/// A triangle of the part with the largest ∫ (f − factor) dA.
fn largest_bulge(
    draft: &Draft,
    edges: &EdgeTable,
    values: &[f64],
    factor: f64,
    control: &RunControl,
) -> Result<u32, MeshingError> {
    let triangles = &draft.surface.triangles;
    let is_high = |t: usize| triangles[t].iter().any(|&v| values[v as usize] > 0.0);
    let mut seen = vec![false; triangles.len()];
    let mut best: Option<(f64, u32)> = None;
    for t in 0..triangles.len() {
        if seen[t] || !is_high(t) {
            continue;
        }
        control.check()?;
        let part = positive_part(triangles, edges, values, [t as u32]);
        let mut bulk = 0.0;
        for s in (0..part.len()).filter(|&s| part[s]) {
            seen[s] = true;
            let mean = triangles[s].iter().map(|&v| values[v as usize].max(0.0)).sum::<f64>() / 3.0;
            bulk += 0.5 * draft.surface.area_vector2(s).norm() * mean;
        }
        if best.is_none_or(|(most, _)| bulk > most) {
            best = Some((bulk, t as u32));
        }
    }
    let highest = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0);
    let nothing = MeshingError::NoSac {
        at: draft.surface.points.get(highest).copied().unwrap_or_else(Point3::origin).into(),
        ratio: values.get(highest).copied().unwrap_or(0.0) + factor,
        factor,
    };
    best.map(|(_, t)| t).ok_or(nothing)
}

fn refuse_at_end(draft: &Draft, lumen: &Lumen, part: &[bool]) -> Result<(), MeshingError> {
    let touched = (0..part.len()).find(|&t| part[t] && draft.labels[t] > 0);
    let Some(t) = touched else { return Ok(()) };
    let end = lumen.report.ends.get(draft.labels[t] as usize - 1).map_or_else(String::new, |end| end.name.clone());
    Err(MeshingError::SacAtEnd { end, at: draft.centroid(t).into() })
}

/// Takes parts without an end, which the sac surrounds, into the sac.
fn take_islands(draft: &Draft, in_sac: &mut [bool]) {
    let edges = EdgeTable::new(&draft.surface.triangles);
    let mut seen = in_sac.to_vec();
    for seed in 0..in_sac.len() {
        if seen[seed] {
            continue;
        }
        let part = grow(&edges, seed as u32, &mut seen, |_, t| !in_sac[t as usize]);
        if part.iter().all(|&t| draft.labels[t as usize] == 0) {
            part.iter().for_each(|&t| in_sac[t as usize] = true);
        }
    }
}

/// An opening of the sac longer around than this part of the neck is no side branch, and which is the neck is unknown.
const SIDE_BRANCH: f64 = 0.4;

/// A sac closed by its neck.
struct Closed {
    /// The sac with everything that closes it.
    surface: SurfaceMesh,
    /// Area of the sac's own wall in mm².
    wall_area: f64,
    /// The longest border.
    border: Vec<Point3<f64>>,
    neck: SurfaceMesh,
}

impl Closed {
    /// Closes the marked triangles; the longest border is the neck, others are listed.
    fn of(draft: &mut Draft, in_sac: &[bool], control: &RunControl) -> Result<Self, MeshingError> {
        let own: Vec<[u32; 3]> = (0..in_sac.len()).filter(|&t| in_sac[t]).map(|t| draft.surface.triangles[t]).collect();
        let labels = vec![0; own.len()];
        let surface = SurfaceMesh::new(draft.surface.points.clone(), own);
        let mut sac = Draft { surface, labels, repairs: Vec::new() };
        sac.drop_unused_points();
        let wall_area = sac.surface.area();
        let topology = SurfaceTopology::new(&sac.surface);
        let place = |sac: &Draft, rim: &[u32]| rim.iter().map(|&v| sac.surface.points[v as usize]).collect::<Vec<_>>();
        let mut rims: Vec<(f64, &Vec<u32>)> =
            topology.boundary_loops.iter().map(|rim| (super::ends::perimeter(&place(&sac, rim)), rim)).collect();
        rims.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        if let [(longest, _), (next, rim), ..] = rims.as_slice()
            && *next > SIDE_BRANCH * longest
        {
            let at = mean_of_loop(&place(&sac, rim)).unwrap_or_else(Point3::origin).into();
            let wide = rims.iter().filter(|(length, _)| *length > SIDE_BRANCH * longest).count();
            return Err(MeshingError::SeveralNecks { openings: wide, at, around_mm: *next });
        }
        let mut neck = None;
        for (length, rim) in rims {
            // The film lies on the other side of the border, so it is wound the other way.
            let turned: Vec<u32> = rim.iter().rev().copied().collect();
            let points = place(&sac, &turned);
            let joined = |i: usize, j: usize| {
                let [a, b] = [turned[i], turned[j]];
                topology.edges.edges().binary_search(&[a.min(b), a.max(b)]).is_ok()
            };
            let patch = film(&points, &joined, control)?;
            let count = sac.add_patch(&patch, turned.clone(), 1);
            if neck.is_none() {
                neck = Some((points, patch.finish().0));
            } else {
                let centre = mean_of_loop(&points).unwrap_or_else(Point3::origin);
                let message = format!(
                    "another opening of the sac ({length:.2} mm around) was closed with {count} triangles to measure it"
                );
                draft.record("sac-opening", centre, length / PI, 1, message);
            }
        }
        let at = sac.surface.points.first().copied().unwrap_or_else(Point3::origin).into();
        let (border, neck) = neck.ok_or(MeshingError::NoSac { at, ratio: f64::NAN, factor: f64::NAN })?;
        Ok(Self { surface: sac.surface, wall_area, border, neck })
    }

    fn measures(&self, parent: &Parent) -> Result<SacMeasures, MeshingError> {
        let centre = mean_of_loop(&self.border).ok_or(MeshingError::EmptySurface)?;
        // The border as the film has it runs the other way around than the dome asks for.
        let normal = -newell(&self.border).try_normalize(0.0).ok_or(MeshingError::EmptySurface)?;
        let over = |measure: &dyn Fn(&Point3<f64>) -> f64| self.surface.points.iter().map(measure).fold(0.0, f64::max);
        let dome_height_mm = over(&|p| normal.dot(&(p - centre)));
        let dome_distance_mm = over(&|p| (p - centre).norm());
        let across = |p: &Point3<f64>| self.border.iter().map(|q| (p - q).norm()).fold(0.0, f64::max);
        let neck_diameter_mm = self.border.iter().map(across).fold(0.0, f64::max);
        let from_centre = self.border.iter().map(|p| (p - centre).norm()).sum::<f64>() / self.border.len() as f64;
        let neck_mean_diameter_mm = 2.0 * from_centre;
        let radii: f64 = self.border.iter().map(|p| parent.ratio(p).1).sum();
        let parent_diameter_mm = 2.0 * radii / self.border.len() as f64;
        let neck_area_mm2 = self.neck.area();
        Ok(SacMeasures {
            volume_mm3: self.surface.volume(),
            wall_area_mm2: self.wall_area,
            neck_area_mm2,
            neck_diameter_mm,
            neck_mean_diameter_mm,
            neck_equivalent_diameter_mm: 2.0 * (neck_area_mm2 / PI).sqrt(),
            neck_centre_mm: centre.into(),
            neck_normal: normal.into(),
            dome_height_mm,
            dome_distance_mm,
            parent_diameter_mm,
            aspect_ratio: dome_height_mm / neck_mean_diameter_mm,
            size_ratio: dome_distance_mm / parent_diameter_mm,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vessel::{LumenOptions, prepare_lumen};
    use crate::{RepairOptions, Resurface, repair};
    use mesh::primitives::{cylinder, icosphere};

    const PARENT: f64 = 2.0;
    const SPHERE: f64 = 4.0;
    /// Height of the sphere's centre over the vessel's axis.
    const OFF: f64 = 5.2;
    const FACTOR: f64 = 1.35;

    /// A sphere on a cylinder along x, one surface, its dome towards z.
    fn sphere_on_cylinder() -> SurfaceMesh {
        let mut all = icosphere(SPHERE, 5);
        all.points.iter_mut().for_each(|p| p.z += OFF);
        let tube = cylinder(PARENT, 40.0, 96, 120);
        let first = all.points.len() as u32;
        all.points.extend(tube.points.iter().map(|p| Point3::new(p.z - 20.0, p.x, p.y)));
        all.triangles.extend(tube.triangles.iter().map(|t| t.map(|v| v + first)));
        let options =
            RepairOptions { resurface: Resurface::Always, resurface_size: Some(0.3), ..RepairOptions::default() };
        repair(&all, &options, &RunControl::silent()).unwrap().surface
    }

    /// Volume of the sac, area of the neck and its largest diameter. The border is where the sphere meets the cylinder of
    /// radius ρ = factor × r about the axis. Over its projection D to the plane z = 0 the neck is nearly the harmonic
    /// a + b (x² − y²) with the border's heights (0.01 mm off at most), and V = sphere − ∫ over D of (neck − lower half).
    fn exact() -> [f64; 3] {
        let reach = FACTOR * PARENT;
        let height = |y: f64| (reach * reach - y * y).max(0.0).sqrt();
        let inside = |x: f64, y: f64| x * x + y * y + (height(y) - OFF).powi(2) < SPHERE * SPHERE;
        let edge = |angle: f64| {
            let (mut low, mut high) = (0.0, SPHERE);
            for _ in 0..60 {
                let middle: f64 = 0.5 * (low + high);
                let is_inside = inside(middle * angle.cos(), middle * angle.sin());
                (low, high) = if is_inside { (middle, high) } else { (low, middle) };
            }
            low
        };
        let n = 720;
        let angles = (0..n).map(|k| 2.0 * PI * (f64::from(k) + 0.5) / f64::from(n));
        let border: Vec<[f64; 3]> = angles.map(|a| (a, edge(a))).map(|(a, t)| [a, t, height(t * a.sin())]).collect();
        let mean = |value: &dyn Fn(&[f64; 3]) -> f64| border.iter().map(value).sum::<f64>() / f64::from(n);
        let saddle = |[a, t, _]: &[f64; 3]| t * t * (2.0 * a).cos();
        let (z, u) = (mean(&|p| p[2]), mean(&saddle));
        let b = mean(&|p| (p[2] - z) * (saddle(p) - u)) / mean(&|p| (saddle(p) - u).powi(2));
        let (mut below, mut area) = (0.0, 0.0);
        for &[angle, most, _] in &border {
            for step in 0..200 {
                let t = most * (f64::from(step) + 0.5) / 200.0;
                let cell = t * most / 200.0 * 2.0 * PI / f64::from(n);
                let neck = z + b * (saddle(&[angle, t, 0.0]) - u);
                below += cell * (neck - (OFF - (SPHERE * SPHERE - t * t).sqrt()));
                area += cell * (1.0 + 4.0 * b * b * t * t).sqrt();
            }
        }
        let widest = border.iter().map(|p| 2.0 * p[1]).fold(0.0, f64::max);
        [4.0 / 3.0 * PI * SPHERE.powi(3) - below, area, widest]
    }

    #[test]
    fn a_sphere_on_a_cylinder_has_the_volume_and_neck_of_its_geometry() {
        let control = RunControl::silent();
        let lumen = prepare_lumen(&sphere_on_cylinder(), &LumenOptions::default(), &control).unwrap();
        let options = SacOptions { factor: FACTOR, ..SacOptions::default() };
        let sac = isolate_sac(&lumen, &options, &control).unwrap();
        let topology = SurfaceTopology::new(&sac.surface);
        assert!(topology.is_watertight() && sac.changes.is_empty(), "{:?}", sac.changes);
        let covered: usize = sac.surface.regions.values().map(Vec::len).sum();
        assert_eq!(covered, sac.surface.triangles.len());
        let [volume, neck_area, widest] = exact();
        let found = &sac.measures;
        println!("{found:?}\nexact: volume {volume}, neck {neck_area}, diameter {widest}");
        let height = OFF + SPHERE - found.neck_centre_mm[2];
        let expected = [
            (found.volume_mm3, volume, 0.005),
            (found.neck_area_mm2, neck_area, 0.05),
            (found.neck_diameter_mm, widest, 0.03),
            (found.dome_height_mm, height, 0.01),
            (found.parent_diameter_mm, 2.0 * PARENT, 0.02),
            (found.aspect_ratio, height / found.neck_mean_diameter_mm, 0.01),
        ];
        for (value, exact, tolerance) in expected {
            assert!((value / exact - 1.0).abs() < tolerance, "{value} for {exact}");
        }
        assert!(found.neck_normal[2] > 0.99, "{:?}", found.neck_normal);
        let point = SacOptions { dome: Some([0.0, 0.0, OFF + SPHERE]), ..options };
        assert_eq!(isolate_sac(&lumen, &point, &control).unwrap().measures, sac.measures);
        let wall = SacOptions { dome: Some([15.0, 0.0, 2.0]), ..options };
        assert!(matches!(isolate_sac(&lumen, &wall, &control), Err(MeshingError::NoSac { .. })));
    }

    #[test]
    fn a_plain_vessel_has_no_sac() {
        let control = RunControl::silent();
        let lumen = prepare_lumen(&cylinder(2.0, 30.0, 32, 40), &LumenOptions::default(), &control).unwrap();
        let error = isolate_sac(&lumen, &SacOptions::default(), &control).unwrap_err();
        assert!(matches!(error, MeshingError::NoSac { ratio, .. } if ratio < 1.1), "{error}");
    }
}
