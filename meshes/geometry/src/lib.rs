//! Points, boxes, bounding volume hierarchy and its queries
