use super::Basis;
use crate::Frame;
use serde::{Deserialize, Serialize};

/// The frame of a file's coordinates and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameDecision {
    /// The frame.
    pub frame: Frame,
    /// Who said so.
    pub basis: Basis,
    /// Why, in a sentence.
    pub reason: String,
}

/// Given before stated before assumed: nothing in bare coordinates tells left from right.
pub fn decide_frame(stated: Option<Frame>, given: Option<Frame>) -> FrameDecision {
    let (frame, basis, reason) = match (given, stated) {
        (Some(frame), _) => (frame, Basis::Given, "given by the user"),
        (None, Some(frame)) => (frame, Basis::Stated, "stated in the file"),
        (None, None) => {
            let reason = "the file does not say; LPS, the frame of DICOM, is assumed. \
                          In RAS the object would be turned by 180° about the long axis of the body";
            (Frame::Lps, Basis::Guessed, reason)
        }
    };
    FrameDecision { frame, basis, reason: reason.to_owned() }
}
