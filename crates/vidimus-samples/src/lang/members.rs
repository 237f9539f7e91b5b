//! How a program goes through a reply: each member of the sample by its path, arrays by index.

use super::code::Code;
use crate::{call::Call, sample::Shape};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Name(String),
    /// The variable of the loop around it.
    Index(&'static str),
}

const INDEXES: [&str; 6] = ["i", "j", "k", "l", "m", "n"];

pub struct Reader {
    /// The statement that prints what is at the path.
    pub show: fn(&[Step]) -> String,
    /// What opens and closes a loop over the elements at the path.
    pub each: fn(&[Step], index: &'static str) -> (String, &'static str),
}

/// Those of the functions that read the call's reply: none counts elements where there is no array.
pub fn functions(all: &str, call: &Call) -> Option<String> {
    let has_array = has_array(call.shape()?);
    let wanted = |paragraph: &&str| has_array || !paragraph.contains("many elements");
    Some(all.split("\n\n").filter(wanted).collect::<Vec<_>>().join("\n\n"))
}

fn has_array(shape: &Shape) -> bool {
    match shape {
        Shape::Leaf => false,
        Shape::Array(_) => true,
        Shape::Object(members) => members.iter().any(|(_, shape)| has_array(shape)),
    }
}

pub fn write(code: &mut Code, shape: &Shape, reader: &Reader) {
    walk(code, shape, reader, &mut Vec::new(), &INDEXES);
}

fn walk(
    code: &mut Code,
    shape: &Shape,
    reader: &Reader,
    path: &mut Vec<Step>,
    indexes: &[&'static str],
) {
    match (shape, indexes.split_first()) {
        (Shape::Object(members), _) => {
            for (name, shape) in members {
                path.push(Step::Name(name.clone()));
                walk(code, shape, reader, path, indexes);
                path.pop();
            }
        }
        (Shape::Array(element), Some((index, rest))) => {
            let (open, close) = (reader.each)(path, index);
            code.open(open);
            path.push(Step::Index(index));
            walk(code, element, reader, path, rest);
            path.pop();
            if close.is_empty() { code.dedent() } else { code.close(close) }
        }
        // Deeper than any reply: as one text.
        (Shape::Leaf | Shape::Array(_), _) => code.line((reader.show)(path)),
    }
}

/// `, "a", i`, for a function that takes a path.
pub fn arguments(path: &[Step], literal: fn(&str) -> String, sigil: &str) -> String {
    let argument = |step: &Step| match step {
        Step::Name(name) => format!(", {}", literal(name)),
        Step::Index(index) => format!(", {sigil}{index}"),
    };
    path.iter().map(argument).collect()
}
