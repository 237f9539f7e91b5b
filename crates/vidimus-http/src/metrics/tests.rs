//! What is counted is told, under the names that were given.

use vidimus_core::introspect::{Level, Reason};

use super::*;

impl Metrics {
    pub fn testing() -> Self {
        Self::of(About { version: "0.0.0", store: "memory", schema: 0 })
    }
}

#[test]
fn every_reason_is_counted_under_its_name() {
    let metrics = Metrics::testing();
    for reason in [
        Reason::Malformed,
        Reason::Expired { at: Time(0) },
        Reason::Locked,
        Reason::Disabled { level: Level::Tenant },
        Reason::Deleted { level: Level::Family },
        Reason::WrongAudience,
    ] {
        metrics.introspected("default", "api", Some(reason.label()));
        let line = format!(
            "vidimus_introspections_total{{result=\"inactive\",reason=\"{}\"}} 1",
            reason.label()
        );
        assert!(metrics.render().contains(&line), "{line}");
    }
    assert!(metrics.render().contains(r#"result="active",reason=""} 0"#));
}

#[test]
fn requests_are_counted_and_timed() {
    let metrics = Metrics::testing();
    metrics.answered(Label::Token, StatusCode::OK, Duration::from_micros(300));
    metrics.answered(Label::Token, StatusCode::IM_A_TEAPOT, Duration::from_micros(300));
    let text = metrics.render();
    for line in [
        r#"vidimus_http_requests_total{endpoint="token",status="200"} 1"#,
        r#"vidimus_http_requests_total{endpoint="token",status="other"} 1"#,
        r#"vidimus_http_request_duration_seconds_bucket{endpoint="token",le="0.0005"} 2"#,
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn a_client_in_two_tenants_is_counted_in_each() {
    let metrics = Metrics::testing();
    metrics.issued("a", "app", "client_credentials");
    metrics.issued("b", "app", "refresh_token");
    metrics.introspected("a", "api", None);
    metrics.asked_of("a");
    let text = metrics.render();
    let issued = "vidimus_client_tokens_issued_total";
    for line in [
        format!(r#"{issued}{{tenant="a",client="app",grant="client_credentials"}} 1"#),
        format!(r#"{issued}{{tenant="b",client="app",grant="refresh_token"}} 1"#),
        r#"vidimus_tokens_issued_total{grant="refresh_token"} 1"#.to_owned(),
        r#"vidimus_tenant_tokens_issued_total{tenant="a"} 1"#.to_owned(),
        r#"vidimus_tenant_introspections_total{tenant="a",result="active"} 1"#.to_owned(),
        r#"vidimus_tenant_requests_total{tenant="other"} 0"#.to_owned(),
    ] {
        assert!(text.contains(&line), "{line}\n{text}");
    }
}
