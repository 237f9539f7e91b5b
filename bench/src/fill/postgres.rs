//! Into PostgreSQL by COPY, through `psql`.

use std::{
    io::{BufWriter, Write},
    process::{Command, Stdio},
};

use vidimus_core::vault::hex;
use vidimus_e2e::{postgres, programs::Programs};

use super::{Pattern, Tokens};

pub fn pattern(programs: &Programs, url: &str) -> Pattern {
    let columns = "SELECT tenant, client, coalesce(family, 0), scope, coalesce(audience, '') \
                   FROM token WHERE client IS NOT NULL ORDER BY key DESC LIMIT 1";
    let row = postgres::run(programs, url, columns).expect("a token");
    let columns: Vec<&str> = row.split('|').collect();
    let [tenant, client, family, scope, audience] = columns[..] else { panic!("{row}") };
    let number = |text: &str| text.parse::<i64>().expect("a number");
    Pattern {
        tenant: number(tenant),
        client: number(client),
        family: Some(number(family)).filter(|key| *key != 0),
        scope: scope.to_owned(),
        audience: Some(audience.to_owned()).filter(|list| !list.is_empty()),
    }
}

pub fn fill(programs: &Programs, url: &str, tokens: &Tokens) {
    let mut copying: Command = programs.client("psql");
    copying.args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-c"]).arg(
        "COPY token (key, tenant, kind, hash, client, family, scope, audience, issued_at, \
         expires_at) FROM STDIN",
    );
    let mut child = copying.arg(url).stdin(Stdio::piped()).spawn().expect("psql");
    let mut out = BufWriter::new(child.stdin.take().expect("piped"));
    let Pattern { tenant, client, family, scope, audience } = &tokens.pattern;
    let family = family.map_or("\\N".to_owned(), |key| key.to_string());
    let audience = audience.as_deref().map_or("\\N".to_owned(), |list| list.replace('\\', "\\\\"));
    for number in 0..tokens.count {
        let row = tokens.row(number);
        writeln!(
            out,
            "{}\t{tenant}\t1\t\\\\x{}\t{client}\t{family}\t{scope}\t{audience}\t{}\t{}",
            row.key,
            hex(&row.hash),
            row.issued_at,
            row.expires_at
        )
        .expect("written");
    }
    drop(out);
    assert!(child.wait().is_ok_and(|status| status.success()), "COPY");
    postgres::run(programs, url, "VACUUM ANALYZE token").expect("analyzed");
    postgres::run(programs, url, "CHECKPOINT").expect("a checkpoint");
}
