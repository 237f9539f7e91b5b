//! `/__sandbox/clock`: shown and moved.

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};
use vidimus_http::clock::Clock as _;

use super::{Shared, answer, order, refuse};

const EXPECTED: &str = "{'advance_seconds': NUMBER} (a negative one goes back), \
                        {'offset_seconds': NUMBER} from the machine's clock, \
                        or {'now': SECONDS SINCE 1970}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance_seconds: Option<i64>,
    offset_seconds: Option<i64>,
    now: Option<i64>,
}

pub async fn show(State(shared): State<Shared>) -> Response {
    answer(StatusCode::OK, &told(&shared))
}

pub async fn set(State(shared): State<Shared>, body: Bytes) -> Response {
    let order: Move = match order(&body, EXPECTED) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let moved = match (order.advance_seconds, order.offset_seconds, order.now) {
        (Some(seconds), None, None) => shared.clock.advance(seconds),
        (None, Some(seconds), None) => shared.clock.set_offset(seconds),
        (None, None, Some(seconds)) => shared.clock.set(seconds),
        _ => return refuse(StatusCode::BAD_REQUEST, &format!("Expected one of {EXPECTED}.")),
    };
    match moved {
        Some(_) => answer(StatusCode::OK, &told(&shared)),
        None => refuse(StatusCode::BAD_REQUEST, "The clock moves within a century."),
    }
}

fn told(shared: &Shared) -> Value {
    json!({"now": shared.clock.now().seconds(), "offset_seconds": shared.clock.offset_seconds()})
}
