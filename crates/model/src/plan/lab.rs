//! The planner of one lab.

use super::Plan;
use crate::names::Names;
use crate::seen::LabSeen;
use crate::spec::LabSpec;

/// What makes the host equal to `wanted`. Empty when it is.
pub fn plan_lab(_wanted: &LabSpec, _seen: &LabSeen, _names: &Names) -> Plan {
    Plan::default()
}

/// What removes the lab from the host: everything seen, data included.
pub fn plan_removal(_seen: &LabSeen) -> Plan {
    Plan::default()
}
