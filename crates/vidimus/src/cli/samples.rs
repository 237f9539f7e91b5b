//! `vidimus samples`: programs for HTTP calls, and downloads for other tools.

use std::path::PathBuf;

use clap::Args;

pub const HELP: &str = "Example: vidimus samples --lang python --endpoint introspect\n\n\
     LANG: curl, python, python-chilkat2, javascript, typescript, go, rust, java, csharp, php, ruby, \
     powershell, swift.\n\
     A program takes its values from environment variables, named as the collection names them; what \
     is given with --var is its default, and stands in the program's text. It ends with 1 where its \
     call failed, with 2 where a value is missing.\n\
     Another: vidimus samples --from collection.json --item Auth/Login --lang go --var url=https://as.example";

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct SamplesArgs {
    /// A Postman v2.1 collection, or a single item of one; - is standard input
    #[arg(long, value_name = "FILE", group = "what")]
    pub from: Option<PathBuf>,
    /// The item of the collection, as Folder/Name or Name; not needed where it has but one
    #[arg(long, value_name = "NAME")]
    pub item: Option<String>,
    /// An endpoint of this server, as --list names them
    #[arg(long, value_name = "ENDPOINT", group = "what")]
    pub endpoint: Option<String>,
    /// What the program is written in
    #[arg(long, value_name = "LANG")]
    pub lang: Option<String>,
    /// The value of a variable, where the environment has none; may be given again
    #[arg(long, value_name = "NAME=VALUE")]
    pub var: Vec<String>,
    /// The whole page, as HTML: program, sample reply, curl command, Postman item
    #[arg(long)]
    pub page: bool,
    /// Whose spelling of the endpoint [default: standard; for lists and downloads all]
    #[arg(long, value_name = "DIALECT", conflicts_with = "from")]
    pub dialect: Option<String>,
    /// Whose endpoint
    #[arg(long, value_name = "TENANT", default_value = "default", conflicts_with = "from")]
    pub tenant: String,
    /// Print languages and endpoints
    #[arg(long, group = "what")]
    pub list: bool,
    /// Print the endpoints as a Postman collection
    #[arg(long, group = "what")]
    pub postman: bool,
    /// Print the environment that goes with it
    #[arg(long, group = "what")]
    pub environment: bool,
    /// Print the endpoints as an OpenAPI 3.1 document
    #[arg(long, group = "what")]
    pub openapi: bool,
    /// Print the endpoints as an .http file
    #[arg(long, group = "what")]
    pub http: bool,
    /// Print the endpoints with their recorded answers as an HTTP archive
    #[arg(long, group = "what")]
    pub har: bool,
}
