//! Threads for work that takes a processor for long. They yield to every thread that answers requests:
//! a flood of sign-ins must not make introspection wait.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use vidimus_core::error::Fault;
use vidimus_store::quiet;

type Job = Box<dyn FnOnce() + Send>;

/// They end when this goes.
pub struct Threads {
    jobs: SyncSender<Job>,
}

impl Threads {
    pub fn new(count: usize) -> Self {
        let (jobs, queue) = sync_channel(count);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..count {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name("slow-hashes".to_owned());
            if let Err(error) = thread.spawn(move || work(&queue)) {
                tracing::error!(%error, "a thread for slow hashes could not be started");
            }
        }
        Self { jobs }
    }

    /// # Errors
    /// More jobs at once than there are threads, or none could be started.
    pub fn take(&self, job: Job) -> Result<(), Fault> {
        self.jobs.try_send(job).map_err(|_| Fault::Busy("the threads for slow secrets"))
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    quiet::yield_to_all();
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // The hook has told of a panic; who waits is told by what the job drops.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_panics_takes_no_thread_with_it() {
        let threads = Threads::new(1);
        threads.take(Box::new(|| assert!(std::hint::black_box(false), "on purpose"))).unwrap();
        let (done, is_done) = sync_channel(1);
        while threads
            .take(Box::new({
                let done = done.clone();
                move || done.send(()).unwrap()
            }))
            .is_err()
        {
            std::thread::yield_now();
        }
        is_done.recv().unwrap();
    }
}
