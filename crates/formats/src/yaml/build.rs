//! From the parser's events to the tree.

use std::collections::BTreeMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{Id, Item, Step, Tree, Value};
use crate::Place;
use crate::error::FormatError;

/// Values in one another.
const DEPTH_MAX: usize = 64;
/// Values that are written: more than the largest lab has.
const ITEMS_MAX: usize = 1_000_000;
/// Values with every alias laid out.
const WEIGHT_MAX: u64 = 2_000_000;

/// For each line of a text, the line of the file it came from; empty when they are the same.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LineMap(pub Vec<u32>);

impl LineMap {
    fn of(&self, line: usize) -> usize {
        let mapped = line.checked_sub(1).and_then(|n| self.0.get(n));
        mapped.map_or(line, |line| usize::try_from(*line).unwrap_or(usize::MAX))
    }
}

/// A tree, and the place of a second document, which nobody reads.
pub fn parse(text: &str, lines: &LineMap) -> Result<(Tree, Option<Place>), FormatError> {
    let options = granit_parser::options! {
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
        emit_comments: false,
    };
    let mut builder = Builder::new(lines);
    let mut second = None;
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| builder.scan_error(&error))?;
        let place = builder.place(&span.start);
        match event {
            Event::DocumentStart(..) if builder.root.is_some() => {
                second = Some(place);
                break;
            }
            event => builder.take(event, place)?,
        }
    }
    Ok((builder.finish()?, second))
}

struct Builder<'l> {
    lines: &'l LineMap,
    items: Vec<Item>,
    /// How many values each is, with its aliases laid out.
    weights: Vec<u64>,
    open: Vec<Frame>,
    /// Of each anchor its value, and whether that is whole.
    anchors: BTreeMap<usize, (Id, bool)>,
    root: Option<Id>,
}

/// A list or a map that is being read.
struct Frame {
    id: Id,
    anchor: usize,
    is_map: bool,
    key: Option<(Box<str>, Place, bool)>,
    children: Vec<Id>,
    merges: Vec<Id>,
}

impl<'l> Builder<'l> {
    fn new(lines: &'l LineMap) -> Self {
        Self {
            lines,
            items: Vec::new(),
            weights: Vec::new(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
        }
    }

    /// Columns of the parser begin at 0.
    fn place(&self, mark: &Marker) -> Place {
        Place {
            line: self.lines.of(mark.line()),
            column: mark.col() + 1,
        }
    }

    fn scan_error(&self, error: &granit_parser::ScanError) -> FormatError {
        let Place { line, column } = self.place(error.marker());
        let what = error.info();
        let what = if what.contains("tab") || what.contains('\t') {
            format!("{what}; YAML is indented with spaces")
        } else {
            what
        };
        FormatError::Syntax { line, column, what }
    }

    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), FormatError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_deref(), place)?;
                let plain = style == ScalarStyle::Plain;
                self.scalar(&text, plain, anchor, place)
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), place)?;
                self.start(false, anchor, place)
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), place)?;
                self.start(true, anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            // Where the stream and its documents begin and end.
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        plain: bool,
        anchor: usize,
        place: Place,
    ) -> Result<(), FormatError> {
        if let Some(frame) = self.open.last_mut()
            && frame.is_map
            && frame.key.is_none()
        {
            frame.key = Some((text.into(), place, plain && text == "<<"));
            return Ok(());
        }
        let text = text.into();
        let id = self.add(Value::Scalar { text, plain }, place, 1)?;
        self.name(anchor, id, true);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), FormatError> {
        self.refuse_as_key("an alias", place)?;
        let Some((target, true)) = self.anchors.get(&anchor).copied() else {
            return Err(wrong(
                place,
                "the anchor contains itself; write its value out",
            ));
        };
        let weight = self.weights[target.index()];
        self.add(Value::Alias(target), place, weight)?;
        Ok(())
    }

    fn start(&mut self, is_map: bool, anchor: usize, place: Place) -> Result<(), FormatError> {
        self.refuse_as_key("a list or a map", place)?;
        let empty = if is_map {
            Value::Map(Vec::new())
        } else {
            Value::List(Vec::new())
        };
        let id = self.add(empty, place, 1)?;
        self.name(anchor, id, false);
        self.open.push(Frame {
            id,
            anchor,
            is_map,
            key: None,
            children: Vec::new(),
            merges: Vec::new(),
        });
        Ok(())
    }

    fn refuse_as_key(&self, what: &str, place: Place) -> Result<(), FormatError> {
        let is_key = |frame: &Frame| frame.is_map && frame.key.is_none();
        if self.open.last().is_some_and(is_key) {
            return Err(wrong(
                place,
                format!("{what} cannot be a key; write a word"),
            ));
        }
        Ok(())
    }

    /// Puts a value into what is being read.
    fn add(&mut self, value: Value, place: Place, weight: u64) -> Result<Id, FormatError> {
        if self.items.len() >= ITEMS_MAX {
            let what = format!("the file has more than {ITEMS_MAX} values; no lab has");
            return Err(wrong(place, what));
        }
        let id = Id(u32::try_from(self.items.len()).expect("fewer than a million"));
        let mut item = Item {
            place,
            parent: None,
            step: Step::Root,
            value,
        };
        match self.open.last_mut() {
            None => self.root = Some(id),
            Some(frame) => {
                item.parent = Some(frame.id);
                let mut is_merge = false;
                item.step = Step::Index(frame.children.len());
                if let Some((key, at, merges)) = frame.key.take() {
                    item.place = at;
                    item.step = Step::Key(key);
                    is_merge = merges;
                }
                let ids = if is_merge {
                    &mut frame.merges
                } else {
                    &mut frame.children
                };
                ids.push(id);
            }
        }
        self.items.push(item);
        self.weights.push(weight);
        Ok(id)
    }

    fn name(&mut self, anchor: usize, id: Id, whole: bool) {
        if anchor != 0 {
            self.anchors.insert(anchor, (id, whole));
        }
    }

    fn end(&mut self) -> Result<(), FormatError> {
        let Some(mut frame) = self.open.pop() else {
            return Ok(());
        };
        if frame.is_map {
            self.check_twice(&frame)?;
            self.merge(&mut frame)?;
        }
        let of = |id: &Id| self.weights[id.index()];
        let weight = frame.children.iter().map(of).fold(1, u64::saturating_add);
        let item = &mut self.items[frame.id.index()];
        if weight > WEIGHT_MAX {
            let what = format!("with its aliases laid out this has more than {WEIGHT_MAX} values");
            return Err(wrong(item.place, what));
        }
        item.value = if frame.is_map {
            Value::Map(frame.children)
        } else {
            Value::List(frame.children)
        };
        self.weights[frame.id.index()] = weight;
        self.name(frame.anchor, frame.id, true);
        Ok(())
    }

    fn key_of(&self, id: Id) -> &str {
        match &self.items[id.index()].step {
            Step::Key(key) => key,
            Step::Root | Step::Index(_) => "",
        }
    }

    /// YAML forbids it, and one of the two would be lost.
    fn check_twice(&self, frame: &Frame) -> Result<(), FormatError> {
        let mut keys: Vec<(&str, Id)> = frame
            .children
            .iter()
            .map(|id| (self.key_of(*id), *id))
            .collect();
        keys.sort_unstable();
        let twice = keys.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        let first = twice.map(|pair| pair[1]).min_by_key(|(_, id)| *id);
        let Some((key, id)) = first else {
            return Ok(());
        };
        let what = format!("the key {key:?} is there twice; keep one");
        Err(wrong(self.items[id.index()].place, what))
    }

    /// `<<`: what is written out wins over what is merged, and the first merged over the next.
    fn merge(&mut self, frame: &mut Frame) -> Result<(), FormatError> {
        for source in std::mem::take(&mut frame.merges) {
            let place = self.items[source.index()].place;
            for map in self.maps_of(source, place)? {
                let mut known: std::collections::BTreeSet<&str> =
                    frame.children.iter().map(|id| self.key_of(*id)).collect();
                let Value::Map(children) = self.followed(map) else {
                    continue;
                };
                let news = children.iter().filter(|id| known.insert(self.key_of(**id)));
                let news: Vec<Id> = news.copied().collect();
                frame.children.extend(news);
            }
        }
        Ok(())
    }

    fn followed(&self, id: Id) -> &Value {
        let mut value = &self.items[id.index()].value;
        while let Value::Alias(target) = value {
            value = &self.items[target.index()].value;
        }
        value
    }

    fn maps_of(&self, source: Id, place: Place) -> Result<Vec<Id>, FormatError> {
        let maps = match self.followed(source) {
            Value::Map(_) => vec![source],
            Value::List(ids) => ids.clone(),
            Value::Scalar { .. } | Value::Alias(_) => Vec::new(),
        };
        let is_map = |id: &Id| matches!(self.followed(*id), Value::Map(_));
        if maps.is_empty() || !maps.iter().all(is_map) {
            return Err(wrong(place, "<< merges a map or a list of maps"));
        }
        Ok(maps)
    }

    fn finish(self) -> Result<Tree, FormatError> {
        let Some(root) = self.root else {
            let place = Place { line: 1, column: 1 };
            return Err(wrong(place, "the file is empty"));
        };
        Ok(Tree {
            items: self.items,
            root,
        })
    }
}

fn wrong(Place { line, column }: Place, what: impl Into<String>) -> FormatError {
    let what = what.into();
    FormatError::Syntax { line, column, what }
}

/// Tags of YAML itself say what the reader of each key knows better; others mean something to another program.
fn check_tag(tag: Option<&Tag>, place: Place) -> Result<(), FormatError> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            let what = format!(
                "the tag {} means nothing here; take it away",
                tag.original()
            );
            Err(wrong(place, what))
        }
        Some(_) | None => Ok(()),
    }
}
