//! The load balancer in front of the replicas: one after the other, and the next one where nobody listens.

use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub struct Balance {
    pub address: String,
    replicas: Arc<Mutex<Vec<String>>>,
}

impl Balance {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let balance = Self {
            address: listener.local_addr().expect("an address").to_string(),
            replicas: Arc::default(),
        };
        let between = balance.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(between.clone().passes_on(client));
            }
        });
        balance
    }

    pub fn serves(&self, replicas: Vec<String>) {
        *self.replicas.lock().expect("no panic under the lock") = replicas;
    }

    /// A client that no replica takes is hung up on, and so is one whose replica dies.
    async fn passes_on(self, mut client: TcpStream) {
        let replicas = {
            let mut replicas = self.replicas.lock().expect("no panic under the lock");
            if !replicas.is_empty() {
                replicas.rotate_left(1);
            }
            replicas.clone()
        };
        for address in replicas {
            if let Ok(mut replica) = TcpStream::connect(&address).await {
                drop(copy_bidirectional(&mut client, &mut replica).await);
                return;
            }
        }
    }
}
