//! Places for nodes of a file that knows none: on an ellipse, in the order of their numbers.

use std::f64::consts::TAU;

use model::{Lab, Position};

/// Gives every thing that lies at the sheet's corner a place of its own.
pub fn place(lab: &mut Lab) {
    let nodes = lab.nodes.values_mut().map(|node| &mut node.position);
    let networks = lab
        .networks
        .values_mut()
        .map(|network| &mut network.position);
    let unplaced = nodes
        .chain(networks)
        .filter(|position| **position == Position::default());
    let positions: Vec<&mut Position> = unplaced.collect();
    let count = positions.len();
    for (n, position) in positions.into_iter().enumerate() {
        *position = on_ellipse(n, count);
    }
}

/// Wide enough that neighbours are a card apart; two things lie side by side.
fn on_ellipse(n: usize, count: usize) -> Position {
    let (n, count) = (as_f64(n), as_f64(count));
    let height = (count * 36.0).max(140.0);
    let width = height * 1.6;
    let angle = TAU * (n / count - 0.5);
    let round = |v: f64| (v / 20.0).round() * 20.0;
    Position {
        x: round(width + width * angle.cos() + 60.0),
        y: round(height + height * angle.sin() + 60.0),
    }
}

fn as_f64(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}
