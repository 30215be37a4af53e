//! How a node's health is asked for.

use model::lab::Healthcheck;

use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

pub fn read(def: &Def<'_>, reading: &mut Reading<'_>) -> Option<Healthcheck> {
    let node = def.first("healthcheck", &mut reading.ledger)?;
    let test = node.get("test").into_iter().flat_map(Node::children);
    let test: Vec<String> = test.map(text).collect();
    if test.is_empty() {
        let why = "a check of health without a test asks nothing";
        let cure = "give it a test: [CMD-SHELL, COMMAND]";
        reading.ledger.lose_each(node, why, cure);
        return None;
    }
    let mut seconds = |key: &str| {
        let given = node.given(key);
        given
            .and_then(|node| reading.number(node, "a number of seconds"))
            .unwrap_or_default()
    };
    Some(Healthcheck {
        test,
        interval_s: seconds("interval"),
        timeout_s: seconds("timeout"),
        start_period_s: seconds("start-period"),
        retries: seconds("retries"),
    })
}
