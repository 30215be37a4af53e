//! Keys of JSON objects are texts, also where a map is keyed by numbers.

use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// Below this schema, says of every map keyed by whole numbers that its keys are their digits.
pub(super) fn are_digits(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else {
        return;
    };
    match schema {
        Schema::Object(object) => are_digits_in(object),
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                are_digits(items);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(are_digits),
        Schema::AllOf(all) => all.items.iter_mut().for_each(are_digits),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(are_digits),
        _ => {}
    }
}

fn are_digits_in(object: &mut Object) {
    object.properties.values_mut().for_each(are_digits);
    if let Some(AdditionalProperties::RefOr(value)) = object.additional_properties.as_deref_mut() {
        are_digits(value);
    }
    let Some(Schema::Object(key)) = object.property_names.as_deref_mut() else {
        return;
    };
    if matches!(key.schema_type, SchemaType::Type(Type::Integer)) {
        key.schema_type = SchemaType::Type(Type::String);
        key.pattern = Some("^[0-9]+$".into());
        (key.format, key.minimum, key.maximum) = (None, None, None);
    }
}
