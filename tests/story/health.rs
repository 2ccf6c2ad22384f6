//! `greenlight health`, as a container's health check runs it.

use std::process::{Command, Output};

use crate::world::World;

async fn health(address: std::net::SocketAddr, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlight"));
    command
        .arg("health")
        .args(arguments)
        // Wherever it listens, it is asked on this machine.
        .env("HOST", "0.0.0.0")
        .env("PORT", address.port().to_string());
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.expect("it runs").expect("the program runs")
}

#[tokio::test]
async fn it_tells_whether_the_process_beside_it_is_well() {
    let mut world = World::start().await;
    let address = world.bot_address();
    for arguments in [&[][..], &["--ready"]] {
        let output = health(address, arguments).await;
        assert!(output.status.success(), "{output:?}");
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
    }
    world.bot_stops().await;
    let output = health(address, &[]).await;
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("nothing answers at 127.0.0.1:"), "{said}");
}
