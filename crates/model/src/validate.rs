//! Everything wrong with a lab, at once.

use crate::lab::Lab;
use crate::problem::Problem;

/// All problems of the lab; empty means it can be saved and started.
pub fn validate(_lab: &Lab) -> Vec<Problem> {
    Vec::new()
}
