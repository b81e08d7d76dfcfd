//! The GPU side: uploads triangles, draws them into an own multisampled picture and copies that to the window.
//!
//! Drawing into an own picture makes the result independent of the depth buffer and the multisampling that the window
//! happens to have; requesting those from the window fails on remote displays and virtual machines.

use crate::picture::{Facets, Look, Part, Picture};
use nalgebra::Matrix4;
use scene::light;
use std::sync::Arc;
use three_d::{
    AxisAlignedBoundingBox, Blend, ClearState, ColorMapping, ColorTexture, Context, CopyEffect, CpuTexture, DepthTest,
    EffectMaterialId, Geometry, GeometryId, HasContext, Interpolation, Light, Mat4, Material, MaterialType, Program,
    RenderStates, RenderTarget, RenderTargetMultisample, ScissorBox, Texture2D, TextureData, ToneMapping, Vec2, Vec3,
    Vec4, VertexBuffer, Viewer, Viewport, Wrapping, WriteMask,
};

/// Why the graphics driver could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewportError {
    /// The driver lacks what the 3D view needs.
    #[error("the graphics driver cannot draw the 3D view ({0}); install a driver with OpenGL 3.3 or OpenGL ES 3.0")]
    Driver(String),
}

/// What may change from frame to frame without laying the scene out again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    /// View and projection, relative to the picture's centre.
    pub(crate) view: Matrix4<f64>,
    pub(crate) projection: Matrix4<f64>,
    /// Size in pixels.
    pub(crate) size: [u32; 2],
    pub(crate) background: [f32; 3],
    /// Places with `normal · place > offset` relative to the centre are cut away.
    pub(crate) cut: [f32; 4],
    pub(crate) edges: [f32; 4],
}

/// One surface on the GPU.
struct Upload {
    count: u32,
    position: VertexBuffer<Vec3>,
    normal: VertexBuffer<Vec3>,
    value: VertexBuffer<Vec2>,
    corner: VertexBuffer<Vec3>,
    look: Look,
}

/// Draws pictures with one GL context; drop it while that context is current.
pub(crate) struct Renderer {
    context: Context,
    samples: u32,
    /// The parts on the card and where they came from.
    shown: Option<(Arc<[Part]>, Vec<Upload>)>,
    colours: Option<Texture2D>,
    target: Option<Target>,
    /// What the own picture shows, so that an unchanged one is only copied.
    drawn: Option<Frame>,
}

/// The own picture and its copy without multisampling.
struct Target {
    drawn: RenderTargetMultisample<[u8; 4], f32>,
    resolved: Texture2D,
}

impl Renderer {
    /// Prepares drawing with `gl`, which must be current on this thread.
    pub(crate) fn new(gl: &Arc<glow::Context>) -> Result<Self, ViewportError> {
        let context =
            Context::from_gl_context(Arc::clone(gl)).map_err(|error| ViewportError::Driver(error.to_string()))?;
        Ok(Self { samples: samples(&context), context, shown: None, colours: None, target: None, drawn: None })
    }

    /// Draws into the own picture; parts that are already on the card are not sent again.
    pub(crate) fn draw(&mut self, picture: &Picture, frame: &Frame) -> Result<(), ViewportError> {
        if !self.upload(picture) && self.drawn.as_ref() == Some(frame) {
            return Ok(());
        }
        self.drawn = Some(*frame);
        let size = frame.size.map(|pixels| pixels.max(1));
        if self.target.as_ref().is_none_or(|t| [t.drawn.width(), t.drawn.height()] != size) {
            self.target = Some(Target::new(&self.context, size, self.samples));
        }
        let Some(target) = &self.target else { return Ok(()) };
        let [red, green, blue] = frame.background;
        target.drawn.clear(ClearState::color_and_depth(red, green, blue, 1.0, 1.0));
        let viewport = Viewport::new_at_origo(size[0], size[1]);
        let camera = Camera { view: to_gl(&frame.view), projection: to_gl(&frame.projection), viewport };
        if let (Some((_, uploads)), Some(colours)) = (&self.shown, &self.colours) {
            let opaque = |upload: &&Upload| upload.look.plain[3] >= 1.0;
            let order = uploads.iter().filter(opaque).chain(uploads.iter().filter(|upload| !opaque(upload)));
            let drawing = target.drawn.write::<three_d::RendererError>(|| {
                for upload in order.filter(|upload| upload.count > 0) {
                    let paint = Paint { look: &upload.look, colours, frame };
                    three_d::render_with_material(&self.context, &camera, upload, &paint, &[])?;
                }
                Ok(())
            });
            drawing.map_err(|error| ViewportError::Driver(error.to_string()))?;
        }
        target.drawn.resolve_color_to(&target.resolved.as_color_target(None));
        Ok(())
    }

    /// Sends a picture to the card unless it is there already; says whether anything changed.
    fn upload(&mut self, picture: &Picture) -> bool {
        if self.shown.as_ref().is_some_and(|(parts, _)| Arc::ptr_eq(parts, &picture.parts)) {
            return false;
        }
        self.shown = None; // free the memory of the card first
        let uploads = picture.parts.iter().map(|part| Upload::new(&self.context, part)).collect();
        self.shown = Some((Arc::clone(&picture.parts), uploads));
        self.colours = Some(colour_texture(&self.context, &picture.texture));
        true
    }

    /// Copies the picture into the place of the paint callback in the framebuffer that egui draws to.
    pub(crate) fn copy_to(&self, framebuffer: Option<three_d::context::Framebuffer>, info: &egui::PaintCallbackInfo) {
        let Some(source) = &self.target else { return };
        let pixels = |number: i32| u32::try_from(number).unwrap_or(0);
        let (place, clip) = (info.viewport_in_pixels(), info.clip_rect_in_pixels());
        let viewport = Viewport {
            x: place.left_px,
            y: place.from_bottom_px,
            width: pixels(place.width_px),
            height: pixels(place.height_px),
        };
        let scissor = ScissorBox {
            x: clip.left_px,
            y: clip.from_bottom_px,
            width: pixels(clip.width_px),
            height: pixels(clip.height_px),
        };
        let [width, height] = info.screen_size_px;
        let target = match framebuffer {
            Some(id) => RenderTarget::from_framebuffer(&self.context, width, height, id),
            None => RenderTarget::screen(&self.context, width, height),
        };
        let effect = CopyEffect { write_mask: WriteMask::COLOR, blend: Blend::Disabled };
        let identity = to_gl(&Matrix4::identity());
        let flat = Camera { view: identity, projection: identity, viewport };
        let colours = ColorTexture::Single(&source.resolved);
        target.apply_screen_effect_partially(scissor, &effect, &flat, &[], Some(colours), None);
        target.into_framebuffer(); // gives egui's framebuffer back instead of deleting it
    }

    /// The pixels of the picture, top row first, as RGBA.
    #[cfg(feature = "offscreen")]
    pub(crate) fn pixels(&mut self) -> Vec<[u8; 4]> {
        self.target.as_mut().map_or_else(Vec::new, |target| target.resolved.as_color_target(None).read())
    }
}

/// Four samples a pixel where the driver has them.
#[expect(unsafe_code, reason = "asks the driver for a limit; three-d panics in debug builds when it is exceeded")]
fn samples(context: &Context) -> u32 {
    // SAFETY: reads an integer of a context that is current on this thread.
    let limit = unsafe { context.get_parameter_i32(three_d::context::MAX_SAMPLES) };
    if limit >= 4 { 4 } else { 1 }
}

impl Target {
    fn new(context: &Context, [width, height]: [u32; 2], samples: u32) -> Self {
        let resolved = Texture2D::new_empty::<[u8; 4]>(
            context,
            width,
            height,
            Interpolation::Nearest,
            Interpolation::Nearest,
            None,
            Wrapping::ClampToEdge,
            Wrapping::ClampToEdge,
        );
        Self { drawn: RenderTargetMultisample::new(context, width, height, samples), resolved }
    }
}

/// A 256 × 1 texture that never repeats: a scalar at the end of its range must not take the colour of the other end.
fn colour_texture(context: &Context, colours: &[[u8; 3]]) -> Texture2D {
    let data = colours.iter().map(|&[r, g, b]| [r, g, b, 255]).collect();
    let texture = CpuTexture {
        name: "colour map".to_owned(),
        data: TextureData::RgbaU8(data),
        width: u32::try_from(colours.len()).unwrap_or(0),
        height: 1,
        min_filter: Interpolation::Nearest,
        mag_filter: Interpolation::Nearest,
        mipmap: None,
        wrap_s: Wrapping::ClampToEdge,
        wrap_t: Wrapping::ClampToEdge,
    };
    Texture2D::new(context, &texture)
}

impl Upload {
    fn new(context: &Context, part: &Part) -> Self {
        let Facets { positions, normals, values, corners } = &part.facets;
        let vec3 = |list: &[[f32; 3]]| list.iter().map(|&v| Vec3::from(v)).collect::<Vec<_>>();
        let values: Vec<Vec2> = values.iter().map(|&v| Vec2::from(v)).collect();
        Self {
            count: u32::try_from(positions.len()).unwrap_or(0),
            position: VertexBuffer::new_with_data(context, &vec3(positions)),
            normal: VertexBuffer::new_with_data(context, &vec3(normals)),
            value: VertexBuffer::new_with_data(context, &values),
            corner: VertexBuffer::new_with_data(context, &vec3(corners)),
            look: part.look,
        }
    }
}

// Numbers that three-d leaves to its users.
const GEOMETRY_ID: u16 = 0x0051;
const MATERIAL_ID: u16 = 0x0051;

/// How far hatched zones are brought forward, in units of the depth range: enough for a 24-bit depth buffer, too little
/// to shine through a wall of a hundredth of the model.
const NEARER: f32 = 2e-4;

impl Geometry for Upload {
    fn draw(&self, viewer: &dyn Viewer, program: &Program, render_states: RenderStates) {
        program.use_uniform("view_projection", viewer.projection() * viewer.view());
        program.use_uniform("view", viewer.view());
        program.use_uniform("nearer", if self.look.hatched { NEARER } else { 0.0 });
        program.use_vertex_attribute("position", &self.position);
        program.use_vertex_attribute("normal", &self.normal);
        program.use_vertex_attribute("value", &self.value);
        program.use_vertex_attribute("corner", &self.corner);
        program.draw_arrays(render_states, viewer.viewport(), self.count);
    }

    fn vertex_shader_source(&self) -> String {
        include_str!("shaders/surface.vert").to_owned()
    }

    fn id(&self) -> GeometryId {
        GeometryId(GEOMETRY_ID)
    }

    fn render_with_material(&self, _material: &dyn Material, _viewer: &dyn Viewer, _lights: &[&dyn Light]) {
        debug_assert!(false, "three_d::render_with_material reports errors; this method could only panic");
    }

    fn render_with_effect(
        &self,
        _effect: &dyn three_d::Effect,
        _viewer: &dyn Viewer,
        _lights: &[&dyn Light],
        _color: Option<ColorTexture<'_>>,
        _depth: Option<three_d::DepthTexture<'_>>,
    ) {
        debug_assert!(false, "surfaces are drawn without effects");
    }

    fn aabb(&self) -> AxisAlignedBoundingBox {
        AxisAlignedBoundingBox::INFINITE
    }
}

/// The material: the look of a part in one frame.
struct Paint<'a> {
    look: &'a Look,
    colours: &'a Texture2D,
    frame: &'a Frame,
}

impl Material for Paint<'_> {
    fn fragment_shader_source(&self, _lights: &[&dyn Light]) -> String {
        include_str!("shaders/surface.frag").to_owned()
    }

    fn id(&self) -> EffectMaterialId {
        EffectMaterialId(MATERIAL_ID)
    }

    fn use_uniforms(&self, program: &Program, _viewer: &dyn Viewer, _lights: &[&dyn Light]) {
        let number = |truth: bool| f32::from(u8::from(truth));
        let Self { look, frame, .. } = self;
        program.use_texture("colour_map", self.colours);
        program.use_uniform("plain", Vec4::from(look.plain));
        program.use_uniform("field_shown", number(look.field_shown));
        program.use_uniform("hatched", number(look.hatched));
        program.use_uniform("below", Vec4::from(look.below));
        program.use_uniform("above", Vec4::from(look.above));
        program.use_uniform("missing", Vec4::from(look.missing));
        program.use_uniform("cut", Vec4::from(if look.cut { frame.cut } else { NO_CUT }));
        program.use_uniform("edge_colour", Vec4::from(frame.edges));
        program.use_uniform("lamp", Vec3::from(light::LAMP.map(|component| component as f32)));
        program.use_uniform("light_terms", Vec2::from(look.light));
    }

    fn render_states(&self) -> RenderStates {
        let opaque = self.material_type() == MaterialType::Opaque;
        RenderStates {
            write_mask: if opaque { WriteMask::COLOR_AND_DEPTH } else { WriteMask::COLOR },
            blend: if opaque { Blend::Disabled } else { Blend::TRANSPARENCY },
            depth_test: DepthTest::LessOrEqual,
            ..RenderStates::default()
        }
    }

    fn material_type(&self) -> MaterialType {
        if self.look.plain[3] >= 1.0 { MaterialType::Opaque } else { MaterialType::Transparent }
    }
}

/// A plane that cuts nothing away.
pub(crate) const NO_CUT: [f32; 4] = [0.0, 0.0, 0.0, 1.0];

fn to_gl(matrix: &Matrix4<f64>) -> Mat4 {
    let m = matrix.map(|entry| entry as f32);
    let column = |j: usize| Vec4::new(m[(0, j)], m[(1, j)], m[(2, j)], m[(3, j)]);
    Mat4::from_cols(column(0), column(1), column(2), column(3))
}

/// What three-d needs to know of a camera; colours pass through unchanged.
struct Camera {
    view: Mat4,
    projection: Mat4,
    viewport: Viewport,
}

impl Viewer for Camera {
    fn position(&self) -> Vec3 {
        Vec3::new(0.0, 0.0, 0.0)
    }

    fn view(&self) -> Mat4 {
        self.view
    }

    fn projection(&self) -> Mat4 {
        self.projection
    }

    fn viewport(&self) -> Viewport {
        self.viewport
    }

    fn z_near(&self) -> f32 {
        -1.0
    }

    fn z_far(&self) -> f32 {
        1.0
    }

    fn color_mapping(&self) -> ColorMapping {
        ColorMapping::None
    }

    fn tone_mapping(&self) -> ToneMapping {
        ToneMapping::None
    }
}
