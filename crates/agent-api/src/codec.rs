//! Frames: a big-endian u32 of length, then the payload.
