//! The few forms that JSON schemas are made of here.

use serde_json::Value;
use utoipa::openapi::{
    ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, Type,
    schema::{AdditionalProperties, SchemaType},
};

pub type Shape = RefOr<Schema>;

fn of(types: &[Type]) -> ObjectBuilder {
    let types: SchemaType = match types {
        [one] => SchemaType::new(one.clone()),
        several => several.iter().cloned().collect(),
    };
    ObjectBuilder::new().schema_type(types)
}

pub fn text() -> Shape {
    of(&[Type::String]).build().into()
}

/// Left out, or null, where there is none.
pub fn maybe_text() -> Shape {
    of(&[Type::String, Type::Null]).build().into()
}

pub fn short_text(chars_max: usize) -> Shape {
    of(&[Type::String]).min_length(Some(1)).max_length(Some(chars_max)).build().into()
}

pub fn text_like(pattern: &str) -> Shape {
    of(&[Type::String]).pattern(Some(pattern)).build().into()
}

pub fn flag() -> Shape {
    of(&[Type::Boolean]).build().into()
}

pub fn maybe_flag() -> Shape {
    of(&[Type::Boolean, Type::Null]).build().into()
}

pub fn whole() -> Shape {
    of(&[Type::Integer]).build().into()
}

pub fn maybe_whole() -> Shape {
    of(&[Type::Integer, Type::Null]).build().into()
}

pub fn number() -> Shape {
    of(&[Type::Number]).build().into()
}

pub fn whole_from(least: i64, most: i64) -> Shape {
    of(&[Type::Integer]).minimum(Some(least as isize)).maximum(Some(most as isize)).build().into()
}

pub fn word(words: &[&str]) -> Shape {
    of(&[Type::String]).enum_values(Some(words.iter().copied())).build().into()
}

pub fn maybe_word(words: &[&str]) -> Shape {
    let words = words.iter().map(|word| Value::from(*word)).chain([Value::Null]);
    of(&[Type::String, Type::Null]).enum_values(Some(words)).build().into()
}

pub fn list(items: Shape) -> Shape {
    RefOr::T(Schema::Array(ArrayBuilder::new().items(items).build()))
}

pub fn maybe_list(items: Shape) -> Shape {
    let types: SchemaType = [Type::Array, Type::Null].into_iter().collect();
    RefOr::T(Schema::Array(ArrayBuilder::new().schema_type(types).items(items).build()))
}

/// An object of whatever members.
pub fn open() -> Shape {
    of(&[Type::Object]).build().into()
}

pub fn maybe_open() -> Shape {
    of(&[Type::Object, Type::Null]).build().into()
}

/// Whether an object has members beside those that are named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum More {
    May,
    None,
}

pub type Members = Vec<(&'static str, Shape)>;

pub fn table(members: Members, required: &[&str], more: More) -> Shape {
    filled(of(&[Type::Object]), members, required, more)
}

pub fn maybe_table(members: Members, more: More) -> Shape {
    filled(of(&[Type::Object, Type::Null]), members, &[], more)
}

fn filled(table: ObjectBuilder, members: Members, required: &[&str], more: More) -> Shape {
    let table = members.into_iter().fold(table, |table, (name, of)| table.property(name, of));
    let table = required.iter().fold(table, |table, name| table.required(*name));
    let table = match more {
        More::May => table,
        More::None => table.additional_properties(Some(AdditionalProperties::FreeForm(false))),
    };
    table.build().into()
}

pub fn named(schema: &str) -> Shape {
    RefOr::Ref(Ref::from_schema_name(schema))
}
