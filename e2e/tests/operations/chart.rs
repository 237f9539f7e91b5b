//! The Helm chart: rendered with the template language that Helm has, and looked at as what a cluster
//! gets. Whether a cluster takes it is for a cluster to say.

use std::process::Command;

use serde_json::{Map, Value, json};
use vidimus_e2e::binary;
use yaml_rust2::{Yaml, YamlLoader};

use crate::metrics::read;

const CHART: &str = "packaging/helm/vidimus";

fn json_of(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(text) => json!(text.parse::<f64>().expect("a number")),
        Yaml::Integer(number) => json!(number),
        Yaml::String(text) => json!(text),
        Yaml::Boolean(is) => json!(is),
        Yaml::Array(list) => list.iter().map(json_of).collect(),
        Yaml::Hash(map) => {
            let key = |key: &Yaml| key.as_str().expect("a name").to_owned();
            Value::Object(map.iter().map(|(k, v)| (key(k), json_of(v))).collect::<Map<_, _>>())
        }
        Yaml::Null => Value::Null,
        other => panic!("{other:?}"),
    }
}

fn values(changes: &[(&str, Value)]) -> Value {
    let documents =
        YamlLoader::load_from_str(&read(&format!("{CHART}/values.yaml"))).expect("YAML");
    let mut values = json_of(&documents[0]);
    for (pointer, value) in changes {
        *values.pointer_mut(pointer).unwrap_or_else(|| panic!("no value {pointer}")) =
            value.clone();
    }
    values
}

/// `None` where nothing renders templates. `Err`: the chart refuses these values.
fn rendered(values: &Value) -> Option<Result<Vec<Value>, String>> {
    let output = Command::new("go")
        .args(["run", "e2e/charts/render.go", CHART, &values.to_string()])
        .current_dir(binary::workspace())
        .env("GO111MODULE", "off")
        .output()
        .ok()?;
    if !output.status.success() {
        return Some(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let documents = YamlLoader::load_from_str(&text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    Some(Ok(documents.iter().map(json_of).filter(|document| !document.is_null()).collect()))
}

fn of<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

macro_rules! or_say {
    ($rendered:expr) => {
        match $rendered {
            Some(rendered) => rendered,
            None => {
                eprintln!("not run: Go's templates are not here (Debian package `golang-go`)");
                return;
            }
        }
    };
}

const URL: (&str, &str) = ("/publicUrl", "https://auth.example.com");

#[test]
fn a_cluster_gets_hardened_pods_and_a_migration_before_them() {
    let wanted = [
        (URL.0, json!(URL.1)),
        ("/ingress/enabled", json!(true)),
        ("/ingress/tlsSecret", json!("tls")),
        ("/serviceMonitor/enabled", json!(true)),
        ("/prometheusRule/enabled", json!(true)),
        ("/env", json!({"VIDIMUS_PURGE__BATCH": "5000"})),
        ("/worldSecret", json!("world")),
    ];
    let objects = or_say!(rendered(&values(&wanted))).expect("rendered");
    for object in &objects {
        assert!(object["apiVersion"].is_string(), "{object}");
        assert_eq!(object["metadata"]["labels"]["app.kubernetes.io/name"], "vidimus", "{object}");
    }
    let set = of(&objects, "StatefulSet")[0];
    let spec = &set["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    let security = &container["securityContext"];
    assert_eq!(security["readOnlyRootFilesystem"], true);
    assert_eq!(security["runAsNonRoot"], true);
    assert_eq!(security["allowPrivilegeEscalation"], false);
    assert_eq!(security["capabilities"]["drop"], json!(["ALL"]));
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert_eq!(container["image"], "vidimus:0.1.0");
    assert_eq!(container["args"], json!(["serve", "--apply=/etc/vidimus/world.toml"]));
    let env = container["env"].as_array().expect("env");
    let value = |name: &str| env.iter().find(|one| one["name"] == name).expect(name);
    assert_eq!(value("VIDIMUS_SERVER__PUBLIC_URL")["value"], URL.1);
    assert_eq!(value("VIDIMUS_LOG__AUDIT")["value"], "stdout");
    assert_eq!(value("VIDIMUS_PURGE__BATCH")["value"], "5000");
    assert_eq!(value("VIDIMUS_STORE__URL")["valueFrom"]["secretKeyRef"]["key"], "store-url");
    let secret = &spec["volumes"][0]["secret"];
    assert_eq!(secret["defaultMode"], 0o440);
    let selector = &set["spec"]["selector"]["matchLabels"];
    for (name, wanted) in selector.as_object().expect("labels") {
        assert_eq!(&set["spec"]["template"]["metadata"]["labels"][name], wanted);
    }
    for service in of(&objects, "Service") {
        assert_eq!(&service["spec"]["selector"], selector);
    }
    let job = of(&objects, "Job")[0];
    assert_eq!(job["metadata"]["annotations"]["helm.sh/hook"], "pre-install,pre-upgrade");
    assert_eq!(job["spec"]["template"]["spec"]["containers"][0]["args"], json!(["doctor"]));
    assert_eq!(of(&objects, "Ingress")[0]["spec"]["rules"][0]["host"], "auth.example.com");
    assert_eq!(of(&objects, "PodDisruptionBudget").len(), 1);
    let policy = of(&objects, "NetworkPolicy")[0];
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
    let monitor = of(&objects, "ServiceMonitor")[0];
    assert_eq!(monitor["spec"]["jobLabel"], "app.kubernetes.io/name", "alerts ask for the job");
    let rules = of(&objects, "PrometheusRule")[0];
    let count = rules["spec"]["groups"][0]["rules"].as_array().map_or(0, Vec::len);
    assert!(count > 15, "{count} rules");
}

#[test]
fn one_file_has_one_server() {
    let one = [(URL.0, json!(URL.1)), ("/store/kind", json!("sqlite")), ("/replicas", json!(1))];
    let objects = or_say!(rendered(&values(&one))).expect("rendered");
    let set = of(&objects, "StatefulSet")[0];
    let claim = &set["spec"]["volumeClaimTemplates"][0]["spec"];
    assert_eq!(claim["accessModes"], json!(["ReadWriteOncePod"]));
    assert_eq!(claim["resources"]["requests"]["storage"], "10Gi");
    assert!(of(&objects, "Job").is_empty(), "nothing is to be migrated before");
    assert!(of(&objects, "PodDisruptionBudget").is_empty(), "it would block every drain");
    let two = [(URL.0, json!(URL.1)), ("/store/kind", json!("sqlite"))];
    let why = or_say!(rendered(&values(&two))).expect_err("two servers on one file");
    assert!(why.contains("belongs to one process"), "{why}");
    let why = or_say!(rendered(&values(&[]))).expect_err("no issuer");
    assert!(why.contains("publicUrl is the issuer"), "{why}");
}

#[test]
fn the_chart_s_alerts_are_the_alerts() {
    assert_eq!(read(&format!("{CHART}/alerts.yaml")), read("ops/alerts.yaml"));
}

/// There is nothing here to build it with: its lines are read, and what they name must be there.
#[test]
fn the_container_file_names_what_there_is() {
    let file = read("packaging/container/Containerfile");
    let joined = file.replace("\\\n", " ");
    let lines: Vec<&str> =
        joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let known = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "ENV",
        "VOLUME",
        "EXPOSE",
        "USER",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ];
    for line in &lines {
        let word = line.split_whitespace().next().expect("a word");
        assert!(known.contains(&word), "{line}");
    }
    let toolchain = read("rust-toolchain.toml");
    let version = toolchain.split("channel = \"").nth(1).and_then(|rest| rest.split('"').next());
    let version = version.expect("a channel");
    assert!(lines[0].contains(&format!("rust:{version}-")), "{} is not {version}", lines[0]);
    let last = |word: &str| lines.iter().rfind(|line| line.starts_with(word)).expect(word);
    assert!(last("USER").ends_with("65532:65532"), "it is not root's");
    // What is said as JSON must be JSON, and what it calls must be understood.
    let health = joined.lines().find(|line| line.starts_with("HEALTHCHECK")).expect("it");
    let list = |line: &str| -> Vec<String> {
        serde_json::from_str(&line[line.find('[').expect("a list")..]).expect("JSON")
    };
    let health = list(health);
    assert_eq!(health[0], "/usr/bin/vidimus");
    let mut probe = binary::command();
    let output = probe.args(&health[1..health.len() - 1]).arg("http://127.0.0.1:1/livez").output();
    let output = output.expect("it runs");
    assert_eq!(
        output.status.code(),
        Some(1),
        "nothing answers there, and that is no mistake in usage"
    );
    let serve = binary::command().args(list(last("CMD"))).arg("--help").output().expect("it runs");
    assert!(serve.status.success());
}

#[test]
fn a_probe_tells_whether_a_server_answers() {
    use vidimus_e2e::{
        server::Server,
        setup::{Setup, Store},
    };
    let server = Server::start(&Setup::new(Store::Memory));
    let ask = |path: &str| {
        let url = format!("{}{path}", server.base_url());
        let probe = binary::command().args(["doctor", "--probe", &url]).output().expect("it runs");
        probe.status.code()
    };
    assert_eq!((ask("/livez"), ask("/readyz"), ask("/nowhere")), (Some(0), Some(0), Some(1)));
}
