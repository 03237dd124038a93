//! Everything that goes wrong, one after the other, while people chat.

use std::sync::Mutex;

use testkit::{NatsServer, Service, Wire};

use crate::world::World;

/// Where gateways are to be found now, as a load balancer would know it.
#[derive(Default)]
pub(crate) struct Doors(Mutex<Vec<String>>);

impl Doors {
    /// Any of them.
    pub(crate) fn any(&self, chance: &mut fastrand::Rng) -> String {
        let doors = self.0.lock().unwrap();
        doors[chance.usize(..doors.len())].clone()
    }

    fn open(&self, door: String) {
        self.0.lock().unwrap().push(door);
    }

    fn close(&self, door: &str) {
        self.0.lock().unwrap().retain(|open| open != door);
    }
}

/// A gateway with a cable of its own to NATS.
pub(crate) struct Gateway {
    service: Service,
    wire: Wire,
    door: String,
}

impl Gateway {
    /// A new one, which people find from now on.
    pub(crate) async fn start(world: &World, nats: &NatsServer, doors: &Doors) -> Self {
        let wire = Wire::to(nats.url.trim_start_matches("nats://")).await;
        let through = format!("nats://{}", wire.address);
        let settings = [
            ("ECHO_NATS_URL", through.as_str()),
            ("ECHO_DRAIN_SECONDS", "20"),
            ("ECHO_DRAIN_JITTER_SECONDS", "1"),
        ];
        let service = world.gateway_with(&settings).await;
        let door = service.address.unwrap().to_string();
        doors.open(door.clone());
        Self { service, wire, door }
    }

    /// Asks it to end, after another one has taken its place.
    pub(crate) async fn roll(self, world: &World, nats: &NatsServer, doors: &Doors) -> Self {
        let next = Self::start(world, nats, doors).await;
        doors.close(&self.door);
        assert!(self.service.stop().await, "a gateway ends well");
        next
    }

    /// Kills it; another one takes its place some time later.
    pub(crate) async fn crash(self, world: &World, nats: &NatsServer, doors: &Doors) -> Self {
        // People still knock where it was until the balancer notices.
        self.service.kill().await;
        let next = Self::start(world, nats, doors).await;
        doors.close(&self.door);
        next
    }

    /// Cuts it off from NATS, sockets staying open.
    pub(crate) fn cut_off(&self) {
        self.wire.cut();
    }

    /// Ends that.
    pub(crate) fn reconnect(&self) {
        self.wire.mend();
    }
}
