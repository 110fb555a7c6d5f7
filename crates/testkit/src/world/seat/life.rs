//! A runtime for one node alone, so that all its tasks can be ended at once, wherever they stand, as when a process is killed.

use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime. Dropping it ends its tasks at the points where they wait, and waits for none of them.
pub(super) struct Life {
    runtime: Option<Runtime>,
    /// Runs tasks in it.
    pub(super) handle: Handle,
}

impl Life {
    pub(super) fn begin(name: &str) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name(name).enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
