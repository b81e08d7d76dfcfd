//! The slices as textures: painted again only when something that is seen in them changed.

use crate::image::{ImageView, OpenImage, Overlay, Selection};
use egui::{ColorImage, Context, TextureFilter, TextureHandle, TextureOptions};
use scene::slice::{Pixels, Selected, SlicePlane, SliceStack, Window, grey, label_tints, overlay};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Colour of the chosen voxels, with alpha: a red that no grey and no label has.
pub(crate) const CHOSEN: [u8; 4] = [255, 64, 80, 120];

/// A picture on the graphics card.
pub(crate) struct Shown<K> {
    key: K,
    pub(crate) texture: TextureHandle,
    /// Width and height, mm.
    pub(crate) extent: [f64; 2],
}

/// The two pictures of a plane, one over the other: grey values are interpolated on the screen, labels are not.
#[derive(Default)]
pub(crate) struct PlanePictures {
    pub(crate) grey: Option<Shown<GreyKey>>,
    pub(crate) overlay: Option<Shown<OverlayKey>>,
}

/// What a grey picture was painted from.
pub(crate) struct GreyKey {
    open: Arc<OpenImage>,
    slice: usize,
    window: Window,
}

/// What an overlay was painted from.
pub(crate) struct OverlayKey {
    open: Arc<OpenImage>,
    slice: usize,
    labels: Option<(Arc<Overlay>, BTreeSet<u16>, f64)>,
    chosen: Option<Chosen>,
}

/// Voxels by their values, or those of the largest part once they are known.
#[derive(Clone)]
enum Chosen {
    Between([f64; 2]),
    Marked(Arc<Selection>),
}

impl GreyKey {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.open, &other.open) && self.slice == other.slice && self.window == other.window
    }
}

impl OverlayKey {
    fn same(&self, other: &Self) -> bool {
        let labels = match (&self.labels, &other.labels) {
            (Some((a, hidden, opacity)), Some((b, also, and))) => Arc::ptr_eq(a, b) && hidden == also && opacity == and,
            (None, None) => true,
            _ => false,
        };
        let chosen = match (&self.chosen, &other.chosen) {
            (Some(Chosen::Between(a)), Some(Chosen::Between(b))) => a == b,
            (Some(Chosen::Marked(a)), Some(Chosen::Marked(b))) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        Arc::ptr_eq(&self.open, &other.open) && self.slice == other.slice && labels && chosen
    }

    fn is_empty(&self) -> bool {
        self.labels.is_none() && self.chosen.is_none()
    }
}

/// The pictures of all three planes.
#[derive(Default)]
pub(crate) struct SlicePictures {
    planes: [PlanePictures; 3],
}

impl SlicePictures {
    /// The pictures of a plane.
    pub(crate) fn of(&self, plane: SlicePlane) -> &PlanePictures {
        &self.planes[plane as usize]
    }

    /// Paints what changed.
    pub(crate) fn update(&mut self, context: &Context, view: &ImageView) {
        let most = context.input(|input| input.max_texture_side);
        for plane in SlicePlane::ALL {
            let (stack, slice) = view.stack(plane);
            let pictures = &mut self.planes[plane as usize];
            update_grey(&mut pictures.grey, context, view, (stack, slice), most);
            update_overlay(&mut pictures.overlay, context, view, (stack, slice), most);
        }
    }
}

fn update_grey(
    shown: &mut Option<Shown<GreyKey>>,
    context: &Context,
    view: &ImageView,
    (stack, slice): (&SliceStack, usize),
    most: usize,
) {
    let key = GreyKey { open: Arc::clone(&view.open), slice, window: view.settings.window };
    if shown.as_ref().is_none_or(|shown| !shown.key.same(&key)) {
        let pixels = grey(stack, slice, &view.open.judged.image, key.window, most);
        put(shown, context, key, stack, &pixels, TextureFilter::Linear);
    }
}

fn update_overlay(
    shown: &mut Option<Shown<OverlayKey>>,
    context: &Context,
    view: &ImageView,
    (stack, slice): (&SliceStack, usize),
    most: usize,
) {
    let settings = &view.settings;
    let labels = settings.overlay.as_ref().map(|map| (Arc::clone(map), settings.hidden.clone(), settings.opacity));
    let marked = view.current_selection().filter(|selection| selection.largest);
    let chosen = settings.threshold.map(|threshold| match marked {
        Some(selection) => Chosen::Marked(Arc::clone(selection)),
        None => Chosen::Between(threshold),
    });
    let key = OverlayKey { open: Arc::clone(&view.open), slice, labels, chosen };
    if key.is_empty() {
        *shown = None;
    } else if shown.as_ref().is_none_or(|shown| !shown.key.same(&key)) {
        let pixels = overlay_pixels(&key, stack, most);
        put(shown, context, key, stack, &pixels, TextureFilter::Nearest);
    }
}

fn overlay_pixels(key: &OverlayKey, stack: &SliceStack, most: usize) -> Pixels {
    let tints = key.labels.as_ref().map(|(map, hidden, opacity)| {
        let labels = map.rows().iter().map(|row| (row.value, !hidden.contains(&row.value)));
        label_tints(labels, *opacity)
    });
    let labels = key.labels.as_ref().map(|(map, ..)| map.map.labels.as_slice()).zip(tints.as_deref());
    let chosen = key.chosen.as_ref().map(|chosen| match chosen {
        Chosen::Between([low, high]) => (Selected::Between(*low, *high), CHOSEN),
        Chosen::Marked(selection) => (Selected::Marked(&selection.marks), CHOSEN),
    });
    overlay(stack, key.slice, &key.open.judged.image, labels, chosen, most)
}

fn put<K>(
    shown: &mut Option<Shown<K>>,
    context: &Context,
    key: K,
    stack: &SliceStack,
    pixels: &Pixels,
    filter: TextureFilter,
) {
    let image = ColorImage::from_rgba_unmultiplied(pixels.size, &pixels.rgba);
    let options =
        TextureOptions { magnification: filter, minification: TextureFilter::Linear, ..TextureOptions::LINEAR };
    let pixel = stack.pixel();
    let extent = [0, 1].map(|side| pixel[side] * (pixels.size[side] * pixels.step) as f64);
    match shown {
        Some(shown) => {
            shown.texture.set(image, options);
            (shown.key, shown.extent) = (key, extent);
        }
        None => *shown = Some(Shown { key, texture: context.load_texture("slice", image, options), extent }),
    }
}
