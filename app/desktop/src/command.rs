//! Everything a user can do, as data: menus, buttons, shortcuts and tests all go through [`Command`].

use crate::image::ImageCommand;
use crate::model::{CutAt, Streamlines, Workspace};
use egui::{Key, KeyboardShortcut, Modifiers};
use scene::View;
use std::path::PathBuf;

/// One thing the user asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask for a study or mesh file.
    Open,
    /// Open this study, or import this mesh, by its file name.
    OpenPath(PathBuf),
    /// Read the open mesh again with this unit and frame of the file; `None` takes the file's statement or a guess.
    ImportAs(mesh_io::JudgeOptions),
    /// Ask for an image.
    OpenImage,
    /// Ask for a folder of DICOM slices.
    OpenImageFolder,
    /// Open this file, or folder of slices, as an image.
    OpenImagePath(PathBuf),
    /// Do something with the open image.
    Image(ImageCommand),
    /// Show the study or the image.
    Show(Workspace),
    /// Close what is shown.
    Close,
    /// Leave the program.
    Quit,
    /// Compute the study.
    Run,
    /// Compute the study and write its dossier.
    RunDossier,
    /// Stop the running job.
    Cancel,
    /// Show the dossier in the system's PDF viewer.
    OpenDossier,
    /// Show the results folder in the system's file manager.
    OpenFolder,
    /// Put the headless command for what is shown on the clipboard.
    CopyCommandLine,
    /// Put the results table on the clipboard.
    CopyResults,
    /// Show everything.
    Fit,
    /// Look from a named side.
    LookFrom(View),
    /// Element edges on or off.
    ToggleEdges,
    /// Deformed shape on or off.
    ToggleDeformed,
    /// Cutting plane on or off.
    ToggleCut,
    /// Slice inside the transparent body on or off.
    ToggleSlice,
    /// Streamlines on or off.
    ToggleStreamlines,
    /// Follow these streamlines.
    SetStreamlines(Streamlines),
    /// Show the fields of another load case, or of a flow those of its whole cycle.
    ShowLoadCase(usize),
    /// Show this moment of a flow.
    ShowMoment(usize),
    /// Show the moment behind the one that is shown.
    NextMoment,
    /// Show the moment before the one that is shown.
    PreviousMoment,
    /// Show one moment after the other, or stop that.
    TogglePlay,
    /// Colours of each moment of a flow, or of its whole cycle.
    ToggleColoursPerMoment,
    /// Show another field.
    ShowField(Option<usize>),
    /// Multiply displacements by this factor.
    SetDeformation(f64),
    /// Put the cutting plane there.
    SetCut(CutAt),
    /// Forget the probed point.
    ClearProbe,
    /// Show another page in the lower panel.
    ShowPage(Page),
    /// Lower panel on or off.
    ToggleLowerPanel,
    /// Left panel on or off.
    ToggleTree,
    /// Right panel on or off.
    ToggleDisplay,
    /// Panels as they were on the first start.
    ResetLayout,
    /// Light, dark, or as the system says, in turn.
    NextTheme,
    /// List of the shortcuts.
    ShowShortcuts,
    /// Put the message away.
    DismissNotice,
}

/// Pages of the lower panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Page {
    /// Quantities with their intervals.
    #[default]
    Results,
    /// What the judge of an imported mesh says.
    Findings,
    /// What happened when.
    Log,
}

impl Page {
    /// Every page in order.
    pub const ALL: [Self; 3] = [Self::Results, Self::Findings, Self::Log];

    /// Its tab.
    pub fn text(self) -> &'static str {
        match self {
            Self::Results => "Results",
            Self::Findings => "Findings",
            Self::Log => "Log",
        }
    }
}

/// The sides to look from, with their keys.
pub const SIDES: [(View, Key); 6] = [
    (View::Anterior, Key::Num1),
    (View::Posterior, Key::Num2),
    (View::Left, Key::Num3),
    (View::Right, Key::Num4),
    (View::Superior, Key::Num5),
    (View::Inferior, Key::Num6),
];

/// The menus and their commands; `None` is a separator.
pub fn menus() -> [(&'static str, Vec<Option<Command>>); 5] {
    use Command as C;
    let mut view = vec![Some(C::Fit)];
    view.extend(SIDES.map(|(side, _)| Some(C::LookFrom(side))));
    view.extend([None, Some(C::ToggleEdges), Some(C::ToggleDeformed), Some(C::ToggleCut), None]);
    view.extend([C::ToggleSlice, C::ToggleStreamlines, C::TogglePlay, C::PreviousMoment, C::NextMoment].map(Some));
    view.push(None);
    view.extend([C::ToggleTree, C::ToggleDisplay, C::ToggleLowerPanel, C::ResetLayout, C::NextTheme].map(Some));
    let study = [C::Run, C::RunDossier, C::Cancel].map(Some).into_iter();
    let results = [C::OpenDossier, C::OpenFolder, C::CopyResults, C::CopyCommandLine].map(Some);
    [
        (
            "File",
            [C::Open, C::OpenImage, C::OpenImageFolder, C::Close]
                .map(Some)
                .into_iter()
                .chain([None, Some(C::Quit)])
                .collect(),
        ),
        ("Study", study.chain([None]).chain(results).collect()),
        ("Image", image_menu()),
        ("View", view),
        ("Help", vec![Some(C::ShowShortcuts)]),
    ]
}

fn image_menu() -> Vec<Option<Command>> {
    use ImageCommand as I;
    let image = |command: I| Some(Command::Image(command));
    let mut menu = vec![image(I::Undo), None, image(I::AutomaticWindow), image(I::FitPlanes), None];
    menu.extend([I::OpenLabels, I::RemoveLabels].map(image));
    menu.push(None);
    menu.extend([I::ToggleThreshold, I::ToggleLargest, I::MakeSurface, I::SaveSurface, I::SaveMask].map(image));
    menu.push(None);
    menu.extend([Workspace::Study, Workspace::Image].map(|workspace| Some(Command::Show(workspace))));
    menu
}

impl Command {
    /// The label in menus and on buttons.
    pub fn text(&self) -> String {
        let text = match self {
            Self::Open => "Open…",
            Self::OpenPath(path) => return format!("Open {}", path.display()),
            Self::ImportAs(_) => "Import again",
            Self::OpenImage => "Open image…",
            Self::OpenImageFolder => "Open DICOM folder…",
            Self::OpenImagePath(path) => return format!("Open image {}", path.display()),
            Self::Image(command) => command.text(),
            Self::Show(Workspace::Study) => "Study view",
            Self::Show(Workspace::Image) => "Image view",
            Self::Close => "Close",
            Self::Quit => "Quit",
            Self::Run => "Run",
            Self::RunDossier => "Run and write dossier",
            Self::Cancel => "Cancel",
            Self::OpenDossier => "Open dossier",
            Self::OpenFolder => "Open results folder",
            Self::CopyCommandLine => "Copy as command line",
            Self::CopyResults => "Copy results table",
            Self::Fit => "Fit to view",
            Self::LookFrom(side) => return capitalised(side.name()),
            Self::ToggleEdges => "Element edges",
            Self::ToggleDeformed => "Deformed shape",
            Self::ToggleCut => "Cutting plane",
            Self::ToggleSlice => "Slice",
            Self::ToggleStreamlines => "Streamlines",
            Self::SetStreamlines(_) => "Change streamlines",
            Self::ShowLoadCase(_) => "Load case",
            Self::ShowMoment(_) => "Show moment",
            Self::NextMoment => "Next moment",
            Self::PreviousMoment => "Previous moment",
            Self::TogglePlay => "Play or pause the cycle",
            Self::ToggleColoursPerMoment => "Colours of each moment",
            Self::ShowField(_) => "Field",
            Self::SetDeformation(_) => "Deformation scale",
            Self::SetCut(_) => "Move cutting plane",
            Self::ClearProbe => "Clear probe",
            Self::ShowPage(page) => page.text(),
            Self::ToggleLowerPanel => "Lower panel",
            Self::ToggleTree => "Study panel",
            Self::ToggleDisplay => "Display panel",
            Self::ResetLayout => "Reset layout",
            Self::NextTheme => "Switch theme",
            Self::ShowShortcuts => "Keyboard shortcuts",
            Self::DismissNotice => "Dismiss",
        };
        text.to_owned()
    }

    /// What it does, for the tooltip.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Open => "Open a study (.toml), check a surface or volume mesh, or look at an image",
            Self::OpenImage => "Open a NIfTI, NRRD, MetaImage, VTI or DICOM image",
            Self::OpenImageFolder => "Open the DICOM slices of one series",
            Self::Image(command) => command.hint(),
            Self::Run => "Mesh, solve and evaluate the study; results already computed are reused",
            Self::RunDossier => "Run the study and the verification suite, then write the credibility dossier (PDF)",
            Self::Cancel => "Stop the running job and keep what is finished",
            Self::CopyCommandLine => "Copy the command that does the same without this program's window",
            Self::CopyResults => "Copy the results as tab-separated text",
            Self::Fit => "Show everything",
            Self::ToggleEdges => "Draw the edges of the elements",
            Self::ToggleDeformed => "Draw the displaced shape",
            Self::ToggleCut => "Cut the model open",
            Self::ToggleSlice => "Show the field on a plane inside the transparent body",
            Self::ToggleStreamlines => "Draw paths along the velocity of the moment shown",
            Self::ToggleColoursPerMoment => {
                "Spread the colours over the values of each moment; otherwise they mean the same over the whole cycle"
            }
            _ => "",
        }
    }

    /// The keys that trigger it.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let command = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        match self {
            Self::Open => command(Key::O),
            Self::OpenImage => command(Key::I),
            Self::Image(ImageCommand::Undo) => command(Key::Z),
            Self::Image(ImageCommand::ToggleThreshold) => plain(Key::T),
            Self::Show(Workspace::Study) => command(Key::Num1),
            Self::Show(Workspace::Image) => command(Key::Num2),
            Self::Close => command(Key::W),
            Self::Quit => command(Key::Q),
            Self::Run => command(Key::R),
            Self::RunDossier => command(Key::D),
            Self::Cancel => plain(Key::Escape),
            Self::CopyCommandLine => Some(KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::C)),
            Self::Fit => plain(Key::F),
            Self::LookFrom(side) => SIDES.iter().find(|(other, _)| other == side).and_then(|&(_, key)| plain(key)),
            Self::ToggleEdges => plain(Key::E),
            Self::ToggleDeformed => plain(Key::D),
            Self::ToggleCut => plain(Key::C),
            Self::ToggleSlice => plain(Key::S),
            Self::ToggleStreamlines => plain(Key::L),
            Self::TogglePlay => plain(Key::P),
            Self::PreviousMoment => plain(Key::Comma),
            Self::NextMoment => plain(Key::Period),
            Self::ToggleLowerPanel => command(Key::J),
            Self::ToggleTree => command(Key::B),
            Self::NextTheme => command(Key::T),
            Self::ShowShortcuts => plain(Key::F1),
            _ => None,
        }
    }

    /// Every command that has keys, in menu order.
    pub fn with_shortcuts() -> Vec<(Self, KeyboardShortcut)> {
        let all = menus().into_iter().flat_map(|(_, commands)| commands.into_iter().flatten());
        all.filter_map(|command| command.shortcut().map(|keys| (command, keys))).collect()
    }
}

/// The text with a capital first letter.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_their_keys_or_their_label() {
        let all: Vec<Command> = menus().into_iter().flat_map(|(_, commands)| commands.into_iter().flatten()).collect();
        for (index, first) in all.iter().enumerate() {
            for second in &all[index + 1..] {
                assert_ne!(first.text(), second.text());
                let (a, b) = (first.shortcut(), second.shortcut());
                assert!(a.is_none() || a != b, "{first:?} and {second:?}");
            }
        }
    }
}
