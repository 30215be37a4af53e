//! Holds a file against its shape.

use super::Shape;
use crate::containerlab::ledger::Ledger;
use crate::yaml::{Node, is_same_key};

pub fn check(node: Node<'_>, shape: &Shape, ledger: &mut Ledger) {
    if node.is_null() {
        return;
    }
    match shape {
        Shape::Free => {}
        Shape::Word if node.is_scalar() => {}
        Shape::Word => {
            let message = format!("{} must be one word or number", named(node));
            ledger.wrong(node, "wrong_type", message);
        }
        Shape::List(inner) if node.is_list() => {
            node.children()
                .for_each(|child| check(child, inner, ledger));
        }
        Shape::List(_) => {
            let message = format!("{} must be a list; begin each line with `- `", named(node));
            ledger.wrong(node, "wrong_type", message);
        }
        Shape::Map(inner) if node.is_map() => {
            node.children()
                .for_each(|child| check(child, inner, ledger));
        }
        Shape::Object(keys) if node.is_map() => check_keys(node, keys, ledger),
        Shape::Map(_) | Shape::Object(_) => {
            let message = format!("{} must be keys with values", named(node));
            ledger.wrong(node, "wrong_type", message);
        }
        Shape::Either(shapes) => check(node, fitting(node, shapes), ledger),
    }
}

fn named(node: Node<'_>) -> String {
    match node.key() {
        "" => "this value".into(),
        key => format!("the value of {key:?}"),
    }
}

/// The first that is of the value's kind; else the first, which will say what is wrong.
fn fitting<'s>(node: Node<'_>, shapes: &'s [Shape]) -> &'s Shape {
    let fits = |shape: &&Shape| match shape {
        Shape::Free | Shape::Either(_) => true,
        Shape::Word => node.is_scalar(),
        Shape::List(_) => node.is_list(),
        Shape::Map(_) | Shape::Object(_) => node.is_map(),
    };
    shapes.iter().find(fits).unwrap_or(&shapes[0])
}

fn check_keys(node: Node<'_>, keys: &[(&str, Shape)], ledger: &mut Ledger) {
    for child in node.children() {
        let known = keys.iter().find(|(key, _)| is_same_key(child.key(), key));
        match known {
            Some((_, shape)) => check(child, shape, ledger),
            None => ledger.lose(
                child,
                "containerlab knows no such key here",
                cure(child.key(), keys),
            ),
        }
    }
}

/// A key that is meant may be two letters away.
fn cure(written: &str, keys: &[(&str, Shape)]) -> String {
    let nearest = keys
        .iter()
        .map(|(key, _)| *key)
        .min_by_key(|key| strsim::osa_distance(key, written));
    let near = nearest.filter(|key| {
        let most = if key.len() > 4 { 2 } else { 1 };
        strsim::osa_distance(key, written) <= most
    });
    match near {
        Some(key) => format!("did you mean {key}?"),
        None => "take it away, or put what it means into a key that is known".into(),
    }
}
