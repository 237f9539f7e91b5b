//! `backup` and `restore`: the store to a file and back, beside running servers, with progress.

mod show;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{runtime::Handle, task::spawn_blocking, time::interval};
use vidimus_core::vault::Vault;
use vidimus_http::clock::{Clock as _, SystemClock};
use vidimus_store::{
    backup::{self, BackedUp, BackupError, Job, Tokens, Watch},
    quiet,
};

use crate::{
    cli::{BackupArgs, Output, RestoreArgs},
    config::{self, Environment},
    failure::Failure,
    progress::Progress,
    serve::{asked, read_master_key, stops},
};

/// How often the progress is looked at.
const TICK: Duration = Duration::from_millis(200);

/// # Errors
/// It was refused, stopped, or the store or the disk failed: nothing was changed.
pub async fn back_up(
    args: &BackupArgs,
    output: Output,
    environment: &Environment,
) -> Result<(), Failure> {
    let order = Order::read(args.config.as_deref(), &args.file, args.force, environment)?;
    let (made, took) = order.work(beside_servers).await?;
    show::backed_up(&made, &args.file, took, output)
}

/// # Errors
/// It was refused, stopped, or the store or the disk failed: nothing was changed.
pub async fn restore(
    args: &RestoreArgs,
    output: Output,
    environment: &Environment,
) -> Result<(), Failure> {
    let order = Order::read(args.config.as_deref(), &args.file, args.force, environment)?;
    let tokens = if args.keep_tokens { Tokens::Keep } else { Tokens::Cut };
    let (restored, took) = order.work(move |job| backup::restore(job, tokens)).await?;
    show::restored(&restored, tokens, &args.file, took, output)
}

/// Whoever answers requests comes first, wherever there is one processor for both.
fn beside_servers(job: &Job<'_>) -> Result<BackedUp, BackupError> {
    quiet::yield_to_requests();
    backup::back_up(job)
}

/// What is to be done, from the configuration and the command line.
struct Order {
    store_url: String,
    file: PathBuf,
    force: bool,
    vault: Vault,
}

impl Order {
    fn read(
        config: Option<&std::path::Path>,
        file: &std::path::Path,
        force: bool,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let config = config::load(config, environment)?;
        let vault = Vault::of(&read_master_key(&config.master_key_file)?);
        Ok(Self { store_url: config.store_url, file: file.to_owned(), force, vault })
    }

    /// On a thread of its own, so that progress and signals are seen meanwhile.
    async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce(&Job<'_>) -> Result<T, BackupError> + Send + 'static,
    ) -> Result<(T, Duration), Failure> {
        let progress = Arc::new(Progress::new());
        let watch: Arc<dyn Watch> = Arc::clone(&progress) as _;
        let runtime = Handle::current();
        let stops = stops()?;
        let mut working = spawn_blocking(move || {
            work(&Job {
                store_url: &self.store_url,
                file: &self.file,
                force: self.force,
                vault: &self.vault,
                now: SystemClock.now(),
                watch,
                runtime,
            })
        });
        let mut ticks = interval(TICK);
        let done = loop {
            tokio::select! {
                done = &mut working => break done,
                () = asked(stops.clone(), 2) => {
                    return Err(Failure::refused("stopped at once by a second signal"));
                }
                () = asked(stops.clone(), 1), if !progress.is_stopped() => progress.stop(),
                _ = ticks.tick() => progress.draw(),
            }
        };
        progress.clear();
        let done = done.map_err(|why| Failure::refused(why.to_string()))?;
        let took = progress.elapsed();
        done.map(|done| (done, took)).map_err(|why| Failure::refused(why.to_string()))
    }
}
