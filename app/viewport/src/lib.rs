//! Scenes drawn with three-d inside egui
