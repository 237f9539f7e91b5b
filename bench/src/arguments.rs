//! What the command line asks for.

use std::path::PathBuf;

use crate::pin::Pins;

pub const USAGE: &str = "usage: cargo xtask bench [ROW…] [OPTION…]

Without a ROW all of them; `--list` names them.

  --quick           shows in a minute or two that every row can be taken; its figures mean nothing
  --many N          live and expired tokens of the rows at size (10000000)
  --out DIR         where results.json and results.md go (target/bench)
  --pin S,L         the server's core and the load's (0,1)
  --unpinned        wherever the system puts them
  --hydra PATH      also measure this hydra
  --keycloak PATH   also measure this kc.sh
  --list            the rows, and what each is about

`cargo xtask bench simulate --help` explains a model of many nodes to plan with.
";

#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub rows: Vec<String>,
    pub quick: bool,
    pub many: Option<u64>,
    pub list: bool,
    pub out: PathBuf,
    pub pins: Pins,
    pub hydra: Option<PathBuf>,
    pub keycloak: Option<PathBuf>,
}

impl Options {
    /// # Errors
    /// The argument that is not understood.
    pub fn parse(arguments: &[String], known: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            rows: Vec::new(),
            quick: false,
            many: None,
            list: false,
            out: PathBuf::from("target/bench"),
            pins: usual_pins(),
            hydra: None,
            keycloak: None,
        };
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument {
                "--quick" => options.quick = true,
                "--list" => options.list = true,
                "--unpinned" => options.pins = Pins::NONE,
                "--many" => options.many = Some(count(value()?)?),
                "--out" => options.out = value()?.into(),
                "--hydra" => options.hydra = Some(value()?.into()),
                "--keycloak" => options.keycloak = Some(value()?.into()),
                "--pin" => options.pins = pins(value()?)?,
                row if known.contains(&row) => options.rows.push(row.to_owned()),
                other => return Err(format!("there is no row or option {other}")),
            }
        }
        Ok(options)
    }

    pub fn wants(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|wanted| wanted == row)
    }
}

/// Two cores, where there are two.
fn usual_pins() -> Pins {
    match std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
        1 => Pins::NONE,
        _ => Pins { server: Some(0), load: Some(1) },
    }
}

fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn pins(text: &str) -> Result<Pins, String> {
    let (server, load) = text.split_once(',').ok_or("--pin takes two cores: 0,1")?;
    let core = |text: &str| text.parse::<u32>().map_err(|_| format!("{text} is no core"));
    Ok(Pins { server: Some(core(server)?), load: Some(core(load)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Options, String> {
        let arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments, &["hot", "issue"])
    }

    #[test]
    fn rows_and_options_come_in_any_order() {
        let options = parse("hot --quick --out x --pin 2,3").expect("understood");
        assert!(options.quick && options.wants("hot") && !options.wants("issue"));
        assert_eq!(options.pins, Pins { server: Some(2), load: Some(3) });
        assert_eq!(options.out, PathBuf::from("x"));
        assert!(parse("").expect("understood").wants("issue"));
        assert_eq!(parse("--unpinned").expect("understood").pins, Pins::NONE);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, named) in
            [("hott", "hott"), ("--out", "--out"), ("--pin 1", "--pin"), ("--many x", "x")]
        {
            assert!(parse(text).expect_err(text).contains(named), "{text}");
        }
    }
}
