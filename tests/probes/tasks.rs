//! A link whose tasks end in every way that a task can end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use catenae::prelude::*;
use tokio::task::JoinHandle;

/// What its tasks do.
#[derive(clap::Args)]
pub struct Plan {
    /// What a task does when its time has come
    #[arg(long, default_value = "ends")]
    task: String,
    /// `setup` spawns one
    #[arg(long)]
    in_setup: bool,
    /// When this file is there its time has come
    #[arg(long)]
    gate: Option<PathBuf>,
    /// Tasks wait for the stop first, and `finish` waits for them
    #[arg(long)]
    at_stop: bool,
}

/// What it counts, and the tasks that it has spawned.
#[derive(Default)]
pub struct Kept {
    count: u64,
    tasks: Vec<JoinHandle<()>>,
}

/// Panics when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "ordered to panic in drop");
    }
}

async fn until_there(gate: &Path) {
    while !gate.exists() {
        look_again().await;
    }
}

async fn carry_out(ctx: Context, task: String) -> Result<(), String> {
    let plan: &Plan = ctx.args().expect("declared with `args = Plan`");
    if let Some(gate) = &plan.gate {
        until_there(gate).await;
    }
    if plan.at_stop {
        ctx.stopped().await;
    }
    println!("its time has come: {task}");
    match &*task {
        "ends" => Ok(()),
        "fails" => Err("ordered to fail in a task".to_owned()),
        "panics" => panic!("ordered to panic in a task"),
        "panics-in-drop" => {
            let _fragile = Fragile;
            Ok(())
        }
        "exits" => std::process::exit(0),
        "waits" => std::future::pending().await,
        other => Err(format!("no such order: {other}")),
    }
}

fn spawn(kept: &mut Kept, ctx: &Context) {
    let plan: &Plan = ctx.args().expect("declared with `args = Plan`");
    let (clone, task) = (ctx.clone(), plan.task.clone());
    match task.strip_prefix("isolated-") {
        None => kept.tasks.push(ctx.spawn(carry_out(clone, task))),
        Some(task) => {
            let task = task.to_owned();
            let handle = ctx.spawn_isolated(carry_out(clone, task));
            // What becomes of it is known to whoever has its handle.
            drop(ctx.spawn(async move {
                println!(
                    "the handle says {:?}",
                    handle.await.map_err(|error| error.is_panic())
                );
            }));
        }
    }
}

fn begin(ctx: &Context) -> Kept {
    let plan: &Plan = ctx.args().expect("declared with `args = Plan`");
    let mut kept = Kept::default();
    if plan.in_setup {
        spawn(&mut kept, ctx);
    }
    kept
}

async fn end(kept: Kept, ctx: &Context) {
    let plan: &Plan = ctx.args().expect("declared with `args = Plan`");
    if plan.at_stop {
        for task in kept.tasks {
            println!("a task has ended: {:?}", task.await);
        }
    }
    println!("ended with {}", kept.count);
}

/// Counts what it takes; `spawn` spawns a task.
#[catenae::link(input = "in", setup = begin, finish = end, args = Plan)]
fn tasks(kept: &mut Kept, ctx: &Context, text: &str) {
    kept.count += 1;
    if text == "spawn" {
        spawn(kept, ctx);
    }
    println!("kept {text}");
}

/// The time until a condition is looked at again.
async fn look_again() {
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    tick.tick().await;
    tick.tick().await;
}

program!();
