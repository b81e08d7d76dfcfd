use crate::tasks::Problem;
use std::path::Path;
use std::process::{Command, Stdio};

/// Shows a file or folder with the system's own program. The program is not waited for.
pub(crate) fn show_outside(path: &Path) -> Result<(), Problem> {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else {
        "xdg-open"
    };
    let spawned =
        Command::new(opener).arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = spawned.map_err(|error| Problem {
        title: "The system's viewer could not be started".to_owned(),
        text: format!("{opener}: {error}; open {} yourself", path.display()),
        cancelled: false,
    })?;
    // Nobody reads the exit code, but someone must collect it, or a dead process stays in the system's table.
    std::thread::spawn(move || child.wait());
    Ok(())
}
