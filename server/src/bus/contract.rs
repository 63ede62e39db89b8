//! What every bus must do, as one suite that each runs.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::local::{LocalBus, LocalLink};
use super::nats::NatsBus;
use super::{Bus, Incoming, RequestError, SharedBus, Subscription};

/// Nothing takes this long on loopback; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections of two servers, and how the bus between them goes away and comes back.
trait Place {
    fn one(&self) -> SharedBus;
    fn two(&self) -> SharedBus;
    fn stop(&mut self);
    fn start_again(&mut self);
}

async fn next<T>(receiver: &mut mpsc::Receiver<T>) -> T {
    timeout(PATIENCE, receiver.recv()).await.expect("in time").expect("not the end")
}

fn message(text: impl Into<Bytes>) -> Incoming {
    Incoming::Message(text.into())
}

/// What comes before the next message is left out: telling of gaps too often harms nobody.
async fn next_message(subscription: &mut Subscription) -> Incoming {
    loop {
        match next(subscription).await {
            Incoming::Gap => {}
            message => return message,
        }
    }
}

async fn check(mut place: impl Place) {
    messages_come_in_order_to_all_who_listen(&place).await;
    a_subscription_that_is_dropped_hurts_nobody(&place).await;
    a_question_is_answered_by_one_who_listens(&place).await;
    who_reads_too_slowly_is_told(&place).await;
    whoever_listens_is_told_when_the_bus_was_away(&mut place).await;
    let (one, two) = (place.one(), place.two());
    assert!(one.round_trip().await.unwrap() < PATIENCE);
    let mut heard = one.subscribe("contract.end").await;
    one.close().await;
    two.close().await;
    while timeout(PATIENCE, heard.recv()).await.expect("the end comes").is_some() {}
}

async fn messages_come_in_order_to_all_who_listen(place: &impl Place) {
    let (one, two) = (place.one(), place.two());
    let mut own = one.subscribe("contract.order").await;
    let mut other = two.subscribe("contract.order").await;
    let mut aside = two.subscribe("contract.aside").await;
    for number in 0..200_u8 {
        one.publish("contract.order", Bytes::copy_from_slice(&[number]));
        if number.is_multiple_of(40) {
            // What a runtime does between two of them.
            tokio::task::yield_now().await;
        }
    }
    for subscription in [&mut own, &mut other] {
        for number in 0..200_u8 {
            assert_eq!(next_message(subscription).await, message(vec![number]));
        }
    }
    one.publish("contract.aside", Bytes::from_static(b"aside"));
    assert_eq!(next_message(&mut aside).await, message("aside"));
    let large = vec![7; super::MAX_MESSAGE_BYTES];
    two.publish("contract.order", large.clone().into());
    assert_eq!(next_message(&mut own).await, message(large));
}

async fn a_subscription_that_is_dropped_hurts_nobody(place: &impl Place) {
    let (one, two) = (place.one(), place.two());
    let mut stays = one.subscribe("contract.drop").await;
    drop(one.subscribe("contract.drop").await);
    two.publish("contract.drop", Bytes::from_static(b"still"));
    assert_eq!(next_message(&mut stays).await, message("still"));
}

async fn a_question_is_answered_by_one_who_listens(place: &impl Place) {
    let (one, two) = (place.one(), place.two());
    let ask = |text: &'static str| {
        one.request("contract.ask", Bytes::from_static(text.as_bytes()), PATIENCE)
    };
    assert_eq!(ask("early").await, Err(RequestError::Nobody));
    let mut questions = two.answer("contract.ask").await;
    let answering = async {
        let question = next(&mut questions).await;
        assert_eq!(question.payload, "first");
        (question.reply)(Bytes::from_static(b"answer"));
        // The one who could answer does not.
        drop(next(&mut questions).await);
    };
    let asking = async {
        assert_eq!(ask("first").await, Ok(Bytes::from_static(b"answer")));
        assert_eq!(ask("second").await, Err(RequestError::Nobody));
    };
    tokio::join!(answering, asking);
    let late = one.request("contract.ask", Bytes::new(), Duration::from_millis(20)).await;
    assert_eq!(late, Err(RequestError::Timeout));
}

async fn who_reads_too_slowly_is_told(place: &impl Place) {
    let (one, two) = (place.one(), place.two());
    let mut slow = two.subscribe("contract.slow").await;
    let mut last = two.subscribe("contract.last").await;
    for _ in 0..4 {
        for _ in 0..900 {
            one.publish("contract.slow", Bytes::from_static(b"much"));
        }
        // Until all of that has come.
        one.publish("contract.last", Bytes::from_static(b"last"));
        assert_eq!(next_message(&mut last).await, message("last"));
    }
    let told = async {
        loop {
            one.publish("contract.slow", Bytes::from_static(b"more"));
            if next(&mut slow).await == Incoming::Gap {
                break;
            }
        }
    };
    timeout(PATIENCE, told).await.expect("it is told");
}

async fn whoever_listens_is_told_when_the_bus_was_away(place: &mut impl Place) {
    let (one, two) = (place.one(), place.two());
    let mut before = two.subscribe("contract.away").await;
    place.stop();
    while one.is_connected() || two.is_connected() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let dropped = one.dropped();
    one.publish("contract.away", Bytes::from_static(b"lost"));
    assert_eq!(one.dropped(), dropped + 1);
    assert_eq!(one.request("contract.away", Bytes::new(), PATIENCE).await, Err(RequestError::Away));
    assert_eq!(one.round_trip().await, Err(RequestError::Away));
    let mut meanwhile = two.subscribe("contract.away").await;
    place.start_again();
    assert_eq!(next(&mut before).await, Incoming::Gap);
    assert_eq!(next(&mut meanwhile).await, Incoming::Gap);
    while !one.is_connected() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    one.publish("contract.away", Bytes::from_static(b"again"));
    assert_eq!(next_message(&mut before).await, message("again"));
    assert_eq!(next_message(&mut meanwhile).await, message("again"));
}

struct Local([std::sync::Arc<LocalLink>; 2]);

impl Place for Local {
    fn one(&self) -> SharedBus {
        self.0[0].clone()
    }

    fn two(&self) -> SharedBus {
        self.0[1].clone()
    }

    fn stop(&mut self) {
        self.0.iter().for_each(|link| link.cut());
    }

    fn start_again(&mut self) {
        self.0.iter().for_each(|link| link.mend());
    }
}

#[tokio::test]
async fn a_local_bus_keeps_the_contract() {
    let bus = LocalBus::default();
    check(Local([bus.link(), bus.link()])).await;
}

struct Nats {
    server: testbed::Nats,
    buses: [SharedBus; 2],
}

impl Place for Nats {
    fn one(&self) -> SharedBus {
        self.buses[0].clone()
    }

    fn two(&self) -> SharedBus {
        self.buses[1].clone()
    }

    fn stop(&mut self) {
        self.server.stop();
    }

    fn start_again(&mut self) {
        self.server.start_again().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_keeps_the_contract() {
    let server = testbed::Nats::start().unwrap();
    let mut buses: Vec<SharedBus> = Vec::new();
    for _ in 0..2 {
        let bus = NatsBus::connect(&server.url()).await.unwrap();
        assert!(bus.is_connected(), "what is said first is said to nobody");
        buses.push(std::sync::Arc::new(bus));
    }
    let buses = buses.try_into().ok().unwrap();
    check(Nats { server, buses }).await;
}
