//! Which places a change changes, as far as the change itself names them. What is new was never kept,
//! but for the lists that it is now in.

use vidimus_core::{
    model::Object,
    outcome::{Change, Write},
    row_key::RowKey,
};

use crate::{
    codec::names,
    sqlite::{cache::Place, stripes::Touched},
};

pub fn touch(write: &Write, touched: &mut Touched<'_>) {
    let tenant = write.tenant;
    match &write.change {
        Change::Create(object) | Change::Replace(object) => touch_object(object, touched),
        Change::Delete { key, .. } => touched.touch(&Place::Object(tenant, *key)),
        Change::RevokeToken { key, .. } | Change::DeleteToken { key } => {
            touched.touch(&Place::Token(tenant, *key));
        }
        // Tokens of it may have been there before it.
        Change::InsertFamily(family) => touched.touch(&Place::Family(tenant, family.key)),
        Change::RevokeFamily { key, .. } | Change::CutFamily { key, .. } => {
            touched.touch(&Place::Family(tenant, *key));
        }
        Change::ReachAtRoot { client_id } | Change::LeaveRoot { client_id } => {
            touched.touch(&Place::Root);
            touched.touch(&Place::RootClient(client_id));
        }
        // The statement tells which.
        Change::CutFamiliesOf { .. } => {}
        // Not kept.
        Change::InsertToken(_)
        | Change::Locate { .. }
        | Change::InsertTicket(_)
        | Change::ReplaceTicket(_)
        | Change::DeleteTicket { .. }
        | Change::HoldObject { .. }
        | Change::HoldTicket { .. }
        | Change::HoldAtRoot { .. }
        | Change::Room { .. }
        | Change::Link { .. }
        | Change::Used { .. }
        | Change::Once { .. } => {}
    }
}

fn touch_object(object: &Object, touched: &mut Touched<'_>) {
    touched.touch(&Place::Object(object.tenant, object.key));
    for (space, name) in names(object) {
        touch_name(object.tenant, space as i16, &name, touched);
    }
}

pub fn touch_name(tenant: RowKey, space: i16, name: &str, touched: &mut Touched<'_>) {
    touched.touch(&Place::Name(tenant, space, name));
    touched.touch(&Place::Whole(tenant, space));
}
