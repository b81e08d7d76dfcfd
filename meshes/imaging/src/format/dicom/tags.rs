//! The attributes that are read, by number and keyword (DICOM PS3.6).

use std::fmt;

/// The number of an attribute: group and element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag(pub(super) u16, pub(super) u16);

impl Tag {
    /// Whether the attribute is a manufacturer's own.
    pub(super) const fn is_private(self) -> bool {
        self.0 % 2 == 1
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match KEYWORDS.iter().find(|(tag, _)| tag == self) {
            Some((_, keyword)) => formatter.write_str(keyword),
            None => write!(formatter, "({:04X},{:04X})", self.0, self.1),
        }
    }
}

macro_rules! tags {
    ($($name:ident = $group:literal, $element:literal, $keyword:literal;)*) => {
        $(pub(super) const $name: Tag = Tag($group, $element);)*
        const KEYWORDS: &[(Tag, &str)] = &[$(($name, $keyword)),*];
    };
}

tags! {
    TRANSFER_SYNTAX = 0x0002, 0x0010, "TransferSyntaxUID";
    DIRECTORY = 0x0004, 0x1220, "DirectoryRecordSequence";
    SOP_CLASS = 0x0008, 0x0016, "SOPClassUID";
    MODALITY = 0x0008, 0x0060, "Modality";
    SLICE_THICKNESS = 0x0018, 0x0050, "SliceThickness";
    SLICE_STEP = 0x0018, 0x0088, "SpacingBetweenSlices";
    SERIES = 0x0020, 0x000E, "SeriesInstanceUID";
    INSTANCE_NUMBER = 0x0020, 0x0013, "InstanceNumber";
    POSITION = 0x0020, 0x0032, "ImagePositionPatient";
    ORIENTATION = 0x0020, 0x0037, "ImageOrientationPatient";
    PLANE_POSITIONS = 0x0020, 0x9113, "PlanePositionSequence";
    PLANE_ORIENTATIONS = 0x0020, 0x9116, "PlaneOrientationSequence";
    SAMPLES = 0x0028, 0x0002, "SamplesPerPixel";
    PHOTOMETRIC = 0x0028, 0x0004, "PhotometricInterpretation";
    FRAMES = 0x0028, 0x0008, "NumberOfFrames";
    ROWS = 0x0028, 0x0010, "Rows";
    COLUMNS = 0x0028, 0x0011, "Columns";
    PIXEL_SPACING = 0x0028, 0x0030, "PixelSpacing";
    BITS_ALLOCATED = 0x0028, 0x0100, "BitsAllocated";
    BITS_STORED = 0x0028, 0x0101, "BitsStored";
    HIGH_BIT = 0x0028, 0x0102, "HighBit";
    REPRESENTATION = 0x0028, 0x0103, "PixelRepresentation";
    PADDING = 0x0028, 0x0120, "PixelPaddingValue";
    INTERCEPT = 0x0028, 0x1052, "RescaleIntercept";
    SLOPE = 0x0028, 0x1053, "RescaleSlope";
    RESCALE_TYPE = 0x0028, 0x1054, "RescaleType";
    MODALITY_TABLE = 0x0028, 0x3000, "ModalityLUTSequence";
    PIXEL_MEASURES = 0x0028, 0x9110, "PixelMeasuresSequence";
    PIXEL_VALUES = 0x0028, 0x9145, "PixelValueTransformationSequence";
    SEGMENTATION_TYPE = 0x0062, 0x0001, "SegmentationType";
    SEGMENTS = 0x0062, 0x0002, "SegmentSequence";
    SEGMENT_NUMBER = 0x0062, 0x0004, "SegmentNumber";
    SEGMENT_LABEL = 0x0062, 0x0005, "SegmentLabel";
    SEGMENT_OF_FRAME = 0x0062, 0x000A, "SegmentIdentificationSequence";
    REFERENCED_SEGMENT = 0x0062, 0x000B, "ReferencedSegmentNumber";
    MOST_FRACTION = 0x0062, 0x000E, "MaximumFractionalValue";
    SHARED_GROUPS = 0x5200, 0x9229, "SharedFunctionalGroupsSequence";
    FRAME_GROUPS = 0x5200, 0x9230, "PerFrameFunctionalGroupsSequence";
    FLOAT_PIXELS = 0x7FE0, 0x0008, "FloatPixelData";
    DOUBLE_PIXELS = 0x7FE0, 0x0009, "DoubleFloatPixelData";
    PIXELS = 0x7FE0, 0x0010, "PixelData";
    ITEM = 0xFFFE, 0xE000, "Item";
    ITEM_END = 0xFFFE, 0xE00D, "ItemDelimitationItem";
    SEQUENCE_END = 0xFFFE, 0xE0DD, "SequenceDelimitationItem";
}
