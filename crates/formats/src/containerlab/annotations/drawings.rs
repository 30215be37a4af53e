//! Texts, shapes and groups. Shapes and groups lie by their middle there, by their corner here.

use model::lab::{Drawing, Lab};
use model::{Position, limits};
use serde_json::{Value, json};

use super::position;

pub fn add(section: &str, list: &[Value], lab: &mut Lab) {
    for annotation in list {
        let room = lab.drawings.len() < limits::DRAWINGS_MAX;
        if let Some(drawing) = drawing(section, annotation, lab.next_drawing_id()).filter(|_| room)
        {
            lab.drawings.push(drawing);
        }
    }
}

fn drawing(section: &str, annotation: &Value, id: u32) -> Option<Drawing> {
    let middle = position(annotation)?;
    let (kind, text) = kind_and_text(section, annotation);
    let size = |key: &str| {
        let size = annotation.get(key).and_then(Value::as_f64);
        size.filter(|size| (0.0..1e5).contains(size))
    };
    let (width, height) = (size("width"), size("height"));
    let sizes = [("width", width), ("height", height)].into_iter();
    let extra = sizes.filter_map(|(key, size)| Some((key.to_owned(), json!(size?))));
    let corner = |middle: f64, size: Option<f64>| round(middle - size.unwrap_or_default() / 2.0);
    let position = match kind {
        "text" => middle,
        _ => Position {
            x: corner(middle.x, width),
            y: corner(middle.y, height),
        },
    };
    Some(Drawing {
        id,
        kind: kind.into(),
        position,
        text,
        extra: extra.collect(),
    })
}

fn kind_and_text(section: &str, annotation: &Value) -> (&'static str, String) {
    let word = |key: &str| annotation.get(key).and_then(Value::as_str);
    let (kind, text) = match section {
        "freeTextAnnotations" => ("text", word("text")),
        "groupStyleAnnotations" => ("group", word("name")),
        _ => match word("shapeType") {
            Some("circle") => ("ellipse", word("text")),
            Some("line") => ("line", word("text")),
            Some(_) | None => ("rect", word("text")),
        },
    };
    let text = text.unwrap_or_default().chars();
    let plain = text.filter(|c| !model::words::acts(*c) || *c == '\n');
    (
        kind,
        plain.take(limits::DRAWING_TEXT_MAX_BYTES / 4).collect(),
    )
}

/// To a hundredth of a pixel, so that going out and coming back ends where it began.
fn round(v: f64) -> f64 {
    (v * 100.0).round() / 100.0
}

/// The section and the annotation of a drawing; `None` for what they cannot draw.
pub fn annotation(drawing: &Drawing) -> Option<(&'static str, Value)> {
    let size = |key: &str| drawing.extra.get(key).and_then(Value::as_f64);
    let (width, height) = (size("width"), size("height"));
    let (section, kind, name) = match drawing.kind.as_str() {
        "text" | "note" => ("freeTextAnnotations", "", "text"),
        "group" => ("groupStyleAnnotations", "", "name"),
        "rect" => ("freeShapeAnnotations", "rectangle", "text"),
        "ellipse" => ("freeShapeAnnotations", "circle", "text"),
        "line" => ("freeShapeAnnotations", "line", "text"),
        _ => return None,
    };
    let middle = |corner: f64, size: Option<f64>| corner + size.unwrap_or_default() / 2.0;
    let at = match section {
        "freeTextAnnotations" => drawing.position,
        _ => Position {
            x: middle(drawing.position.x, width),
            y: middle(drawing.position.y, height),
        },
    };
    let mut written = json!({
        "id": format!("nova-ve-{}", drawing.id),
        "position": {"x": at.x, "y": at.y},
        name: drawing.text,
    });
    if let Value::Object(keys) = &mut written {
        for (key, size) in [("width", width), ("height", height)] {
            if let Some(size) = size {
                keys.insert(key.into(), json!(size));
            }
        }
        if !kind.is_empty() {
            keys.insert("shapeType".into(), json!(kind));
        }
    }
    Some((section, written))
}
