//! The independent checker of a finished plan.
