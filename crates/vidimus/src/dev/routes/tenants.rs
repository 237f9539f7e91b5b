//! `/__sandbox/tenants` and `/__sandbox/reset`: a tenant for each test, and back to the seeds.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Shared, answer, order, refuse};
use crate::dev::orders::{Order, Refusal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Like {
    like: String,
    id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    tenant: Option<String>,
}

pub async fn list(State(shared): State<Shared>) -> Response {
    told(shared.orders.give(Order::List).await, StatusCode::OK)
}

pub async fn clone(State(shared): State<Shared>, body: Bytes) -> Response {
    let Like { like, id } = match order(&body, "{'like': TENANT, 'id': NEW TENANT}") {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    told(shared.orders.give(Order::Clone { like, id }).await, StatusCode::CREATED)
}

pub async fn remove(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    told(shared.orders.give(Order::Delete(id)).await, StatusCode::OK)
}

pub async fn reset(State(shared): State<Shared>, body: Bytes) -> Response {
    let whose = if body.trim_ascii().is_empty() {
        Ok(Whose::default())
    } else {
        order(&body, "{'tenant': ID}, or nothing for all")
    };
    match whose {
        Ok(Whose { tenant }) => {
            told(shared.orders.give(Order::Reset(tenant)).await, StatusCode::OK)
        }
        Err(refusal) => *refusal,
    }
}

fn told(result: Result<Value, Refusal>, status: StatusCode) -> Response {
    match result {
        Ok(value) => answer(status, &value),
        Err(Refusal::Unknown(what)) => refuse(StatusCode::NOT_FOUND, &what),
        Err(Refusal::Wrong(what)) => refuse(StatusCode::BAD_REQUEST, &what),
        Err(Refusal::Failed(why)) => {
            tracing::error!(why, "the sandbox could not do that");
            let body = json!({"error": "server_error", "error_description": why});
            answer(StatusCode::INTERNAL_SERVER_ERROR, &body)
        }
    }
}
