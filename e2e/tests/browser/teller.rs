//! The program that tells the stories: one for all tests, asked by a line of JSON, and gone with us.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;
use vidimus_e2e::binary;
use vidimus_e2e::clients::{BROWSER_MODULES, CHROMIUM};
use vidimus_e2e::process::Leash;

use crate::certificates;
use crate::stage::{STORIES, Stage};

/// What Chromium takes for several sites, and the address that programs ask.
const HOSTS: [&str; 6] = [
    "as.localhost",
    "below.as.localhost",
    "rp.localhost",
    "photos.localhost",
    "evil.localhost",
    "127.0.0.1",
];

/// Where screenshots are written, if they are wanted: `docs/screenshots`, from the workspace's root.
const SCREENSHOTS: &str = "VIDIMUS_SCREENSHOTS";

struct Teller {
    stage: Stage,
    asked: Mutex<Asked>,
    stories: Vec<String>,
    /// It ends when its input does, and that is when we do.
    _program: Child,
    _files: TempDir,
    /// Nothing of this is ever dropped.
    _leash: Leash,
}

struct Asked {
    input: ChildStdin,
    /// Those that wait for their verdict; none once the program has ended.
    waiting: HashMap<u64, Sender<Value>>,
    count: u64,
}

/// # Panics
/// With what went wrong in it, and where its people were.
pub fn story(name: &str) {
    let teller = teller();
    let verdict = match teller.ask(name).recv() {
        Ok(verdict) => verdict,
        Err(_) => panic!("the browser is gone\n{}", teller.stage.stderr()),
    };
    if let Some(failure) = verdict["failure"].as_str() {
        panic!("{failure}\n---- stderr of the server ----\n{}\n----", teller.stage.stderr());
    }
    eprintln!("{name}: {} ms", verdict["milliseconds"]);
}

pub fn stories() -> &'static [String] {
    &teller().stories
}

fn teller() -> &'static Teller {
    static TELLER: OnceLock<Teller> = OnceLock::new();
    let mut output = None;
    let teller = TELLER.get_or_init(|| {
        let (teller, lines) = Teller::start();
        output = Some(lines);
        teller
    });
    if let Some(output) = output {
        thread::spawn(move || teller.hear(output));
    }
    teller
}

impl Teller {
    fn start() -> (Self, BufReader<ChildStdout>) {
        let files = tempfile::Builder::new().prefix("vidimus-browser-").tempdir().expect("folder");
        let leash = Leash::run("rm -rf -- \"$1\"", &[files.path().as_os_str()]).expect("leash");
        certificates::of_the_server(files.path(), &HOSTS);
        let mut program = Command::new("node")
            .arg(binary::workspace().join("e2e/browser/run.js"))
            .arg(STORIES)
            .env("NODE_PATH", installed(BROWSER_MODULES))
            .env("NODE_EXTRA_CA_CERTS", files.path().join("ca.pem"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let mut input = program.stdin.take().expect("its standard input");
        let mut output = BufReader::new(program.stdout.take().expect("its standard output"));
        let screenshots =
            std::env::var_os(SCREENSHOTS).map(|folder| binary::workspace().join(folder));
        let facts = json!({
            "chromium": installed(CHROMIUM),
            "cert": files.path().join("cert.pem"),
            "key": files.path().join("key.pem"),
            "profiles": files.path(),
            "screenshots": screenshots,
        });
        writeln!(input, "{facts}").expect("it reads");
        let mut line = String::new();
        output.read_line(&mut line).expect("it answers");
        let ready: Value = serde_json::from_str(&line).expect("Chromium is there");
        let stage = Stage::start(files.path(), ready["client"]["https"].as_u64().expect("a port"));
        writeln!(input, "{}", stage.facts()).expect("it reads");
        let names = ready["stories"].as_array().expect("stories").iter();
        let stories = names.filter_map(Value::as_str).map(str::to_owned).collect();
        let asked = Mutex::new(Asked { input, waiting: HashMap::new(), count: 0 });
        (Self { stage, asked, stories, _program: program, _files: files, _leash: leash }, output)
    }

    fn ask(&self, story: &str) -> Receiver<Value> {
        let (verdict, heard) = channel();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.count += 1;
        let id = asked.count;
        asked.waiting.insert(id, verdict);
        let line = json!({"id": id, "story": story});
        if writeln!(asked.input, "{line}").is_err() {
            asked.waiting.clear();
        }
        heard
    }

    fn hear(&self, output: BufReader<ChildStdout>) {
        let waiting =
            |id: u64| self.asked.lock().unwrap_or_else(PoisonError::into_inner).waiting.remove(&id);
        for line in output.lines().map_while(Result::ok) {
            let verdict: Value = serde_json::from_str(&line).expect("JSON");
            if let Some(asked) = verdict["id"].as_u64().and_then(waiting) {
                let _ = asked.send(verdict);
            }
        }
        // Whoever still waits hears that nothing comes.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).waiting.clear();
    }
}

fn installed(variable: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => path.into(),
        None => panic!(
            "{variable} is not set: `cargo xtask test` installs the browser and says where it is"
        ),
    }
}
