//! What `vidimus samples` is asked for, and what it says where that is not to be had.

mod choose;

use std::io::Read as _;

use serde_json::{Value, json};
use vidimus_samples::{
    call::Call,
    catalogue::{self, Place},
    export::{self, Order},
    lang::LANGUAGES,
    page,
    postman::{self, Values},
};

use crate::{
    cli::{Global, Output, SamplesArgs, print, say},
    failure::Failure,
};

/// Where the server is, unless it is told.
const A_SERVER: &str = "http://127.0.0.1:8080";
const STANDARD: &str = "standard";

/// # Errors
/// There is no such language, item, endpoint or dialect, or the file is no collection.
pub fn run(args: &SamplesArgs, global: &Global) -> Result<(), Failure> {
    let values = values(&args.var)?;
    if args.item.is_some() && args.from.is_none() {
        return Err(Failure::usage("--item names an item of what --from reads"));
    }
    if let Some(dialect) = &args.dialect {
        choose::dialect(dialect)?;
    }
    let server = global.server.as_deref().unwrap_or(A_SERVER).to_owned();
    let place = Place { server, tenant: args.tenant.clone() };
    let order = Order { dialect: args.dialect.as_deref(), place: &place, values: &values };
    if args.list {
        return list(args, global.output);
    }
    if args.postman {
        return say(&format!("{:#}", export::collection(&order)));
    }
    if args.environment {
        return say(&format!("{:#}", export::environment(&order)));
    }
    if args.openapi {
        return say(&format!("{:#}", export::openapi(&order)));
    }
    if args.har {
        return say(&format!("{:#}", export::har(&order)));
    }
    if args.http {
        return say(export::http_file(&order).trim_end());
    }
    let language = choose::language(args.lang.as_deref())?;
    let call = match &args.endpoint {
        Some(endpoint) => {
            let dialect = args.dialect.as_deref().unwrap_or(STANDARD);
            catalogue::call(dialect, endpoint, &place, &values)
                .map_err(|_| choose::no_endpoint(endpoint, dialect))?
        }
        None => from_file(args, &values)?,
    };
    mention_unused(&call, &values);
    let text = if args.page { page::whole(language, &call) } else { (language.program)(&call) };
    say(text.trim_end())
}

fn from_file(args: &SamplesArgs, values: &Values) -> Result<Call, Failure> {
    let path = args.from.as_deref().unwrap_or(std::path::Path::new("-"));
    let (name, text) = if path.as_os_str() == "-" {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        ("standard input".to_owned(), read.map(|_| text))
    } else {
        (path.display().to_string(), std::fs::read_to_string(path))
    };
    let text = text.map_err(|why| Failure::refused(format!("{name}: {why}")))?;
    let collection =
        postman::read(&text).map_err(|why| Failure::refused(format!("{name}:{why}")))?;
    let wanted = args.item.as_deref();
    let item = collection.find(wanted).map_err(|choice| choose::no_item(&name, wanted, &choice))?;
    Ok(item.call(values))
}

fn values(given: &[String]) -> Result<Values, Failure> {
    let pair = |given: &String| match given.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Failure::usage(format!("--var {given}: NAME=VALUE is wanted"))),
    };
    given.iter().map(pair).collect()
}

/// One set of values does for several items, so this is no mistake; but it may be a slip.
fn mention_unused(call: &Call, values: &Values) {
    let used: Vec<&str> = call.variables.iter().map(|variable| variable.name.as_str()).collect();
    for name in values.keys().filter(|name| !used.contains(&name.as_str())) {
        let used = if used.is_empty() { "none".to_owned() } else { used.join(", ") };
        eprintln!("--var {name}: not a variable of this call; it has {used}");
    }
}

fn list(args: &SamplesArgs, output: Output) -> Result<(), Failure> {
    let wanted = |dialect: &str| args.dialect.as_deref().is_none_or(|only| only == dialect);
    let items: Vec<Value> = catalogue::endpoints()
        .filter(|(dialect, _)| wanted(dialect))
        .map(|(dialect, item)| {
            let call = item.call(&Values::new());
            let path = call.url.raw().replace("{{url}}", "").replace("{{site}}", "");
            let path = path.split('?').next().unwrap_or_default().to_owned();
            json!({
                "dialect": dialect, "endpoint": item.id(), "name": item.name,
                "method": call.method, "path": path,
            })
        })
        .collect();
    let languages: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
    if output == Output::Table {
        say(&format!("languages: {}\n", languages.join(", ")))?;
    }
    let all = json!({"languages": languages, "items": items, "next": null});
    print(&all, output, &["dialect", "endpoint", "method", "path", "name"])
}

#[cfg(test)]
mod tests {
    use vidimus_dialect::DIALECTS;

    use super::*;

    /// A segment in braces stands for any one segment.
    fn same(route: &str, path: &str) -> bool {
        let (route, path) = (route.split('/'), path.split('/'));
        let one = |(route, path): (&str, &str)| route == path || route.starts_with('{');
        route.clone().count() == path.clone().count() && route.zip(path).all(one)
    }

    #[test]
    fn every_endpoint_of_every_dialect_has_an_item() {
        let paths: Vec<(&str, String)> = catalogue::endpoints()
            .map(|(dialect, item)| {
                let path = item.call(&Values::new()).url.raw();
                let path = path.replace("{{url}}", "").replace("{{site}}", "");
                (dialect, path.split('?').next().unwrap_or_default().to_owned())
            })
            .collect();
        let mut without = Vec::new();
        for dialect in DIALECTS {
            // The steps of a page are the browser's, and nobody's call.
            let calls = dialect.routes.iter().filter(|route| !route.path.contains("{flow}"));
            for route in calls {
                let is = |(known, path): &(&str, String)| {
                    *known == dialect.name && same(route.path, path)
                };
                if !paths.iter().any(is) {
                    without.push((dialect.name, route.path));
                }
            }
        }
        assert_eq!(without, []);
        let names: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.name).collect();
        assert_eq!(names, catalogue::DIALECTS);
    }
}
