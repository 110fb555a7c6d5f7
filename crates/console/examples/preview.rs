//! The console over a fixed world, to look at: `cargo run -p xinyu-console --example preview`. Platform, provider, consumer and regulator on ports 7790 to
//! 7793 of loopback, everybody logged in. Ends by itself after ten minutes.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::too_many_arguments,
    reason = "the helpers of tests, and what a person sees"
)]

#[path = "../tests/it/fixture/bodies.rs"]
mod bodies;
#[path = "../tests/it/fixture/processes.rs"]
mod processes;
#[path = "../tests/it/fixture/world.rs"]
mod world;

use std::time::Duration;

use world::{Kind, World};

#[tokio::main]
async fn main() {
    for (kind, port) in
        [(Kind::Platform, 7790), (Kind::Provider, 7791), (Kind::Consumer, 7792), (Kind::Regulator, 7793)]
    {
        let address = World { signed_in: true, ..World::new(kind, false) }.start(None, port).await;
        println!("{kind:?}: http://{address}/");
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
}
