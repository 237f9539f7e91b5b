//! `/__sandbox/faults`: what the next requests are to meet.

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use serde_json::json;
use vidimus_http::faults::{ENDPOINTS, KINDS, Order};

use super::{Shared, answer, order, parameter, refuse, refused};

const EXPECTED: &str = "{'endpoint': NAME, 'kind': NAME, 'for': NUMBER OF REQUESTS, \
                        'tenant': ID, 'delay_ms': NUMBER, 'retry_after_seconds': NUMBER}";

pub async fn list(State(shared): State<Shared>) -> Response {
    let kinds = KINDS.iter().map(|kind| json!({"kind": kind.name, "what": kind.what}));
    let kinds: Vec<_> = kinds.collect();
    let body = json!({"faults": shared.faults.list(), "kinds": kinds, "endpoints": ENDPOINTS});
    answer(StatusCode::OK, &body)
}

pub async fn set(State(shared): State<Shared>, body: Bytes) -> Response {
    let order: Order = match order(&body, EXPECTED) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    match shared.faults.set(order) {
        Ok(rule) => answer(StatusCode::CREATED, &json!(rule)),
        Err(error) => refused(&error),
    }
}

pub async fn clear(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let tenant = parameter(query.as_deref(), "tenant");
    let cleared = shared.faults.clear(tenant.as_deref());
    answer(StatusCode::OK, &json!({"cleared": cleared}))
}

pub async fn remove(State(shared): State<Shared>, Path(id): Path<u64>) -> Response {
    if shared.faults.remove(id) {
        answer(StatusCode::OK, &json!({"cleared": 1}))
    } else {
        refuse(StatusCode::NOT_FOUND, "There is no such fault; it may have been shown already.")
    }
}
