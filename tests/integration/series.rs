//! From one call to the next: series, the decks of their calls, and what a list of decks says of them.

use ondeck_server::cli::AccessMode;
use ondeck_server::store::DeckId;
use ondeck_server::store::access::Principal;
use ondeck_server::store::pictures::{PictureRecord, PictureStore as _};
use ondeck_server::store::sqlite::SqliteStore;
use serde_json::{Value, json};
use tests::people::Somebody;
use tests::{Response, TestServer};

const TEMPLATE: &str = "---\ntitle: \"{{title}} {{date}}\"\nlang: en\n---\n\n# {{title}}\n\n---\n\n# Team Platform\n\nReport by @ada\n\n- \n\n---\n\n# Team Product\n\n- \n";

struct House {
    server: TestServer,
    store: SqliteStore,
}

impl House {
    async fn new(mode: AccessMode) -> Self {
        let server = TestServer::start_for(mode).await.unwrap();
        let store = SqliteStore::open(&server.data_dir().join("ondeck.sqlite")).unwrap();
        Self { server, store }
    }

    async fn member(&self, name: &str) -> Somebody {
        Somebody::member(&self.server, &self.store, name).await.unwrap()
    }
}

fn weekly() -> Value {
    let cadence = json!({ "every": "week", "day": "thu" });
    json!({ "name": "Community Call", "cadence": cadence, "time": "14:05", "zone": "Europe/Berlin" })
}

/// A deck that is the template of a weekly series.
async fn template(owner: &Somebody, source: &str) -> String {
    let id = owner.make_deck(source).await.unwrap();
    owner.ask("PUT", &format!("/api/decks/{id}/series"), Some(weekly())).await.unwrap();
    id
}

async fn post_call(somebody: &Somebody, template: &str, body: Value) -> Response {
    somebody.send("POST", &format!("/api/decks/{template}/calls"), Some(body)).await.unwrap()
}

/// The deck of a call, made.
async fn call(somebody: &Somebody, template: &str, body: Value) -> Value {
    let answer = post_call(somebody, template, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let deck: Value = serde_json::from_str(&answer.body).unwrap();
    let location = format!("/api/decks/{}", deck["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), location);
    deck
}

async fn source(somebody: &Somebody, deck: &Value) -> String {
    let path = format!("/api/decks/{}/source", deck["id"].as_str().unwrap());
    somebody.send("GET", &path, None).await.unwrap().body
}

async fn list(somebody: &Somebody, shelf: &str) -> Value {
    somebody.ask("GET", &format!("/api/decks{shelf}"), None).await.unwrap()
}

fn ids(list: &Value) -> Vec<&str> {
    let decks = list["decks"].as_array().unwrap().iter();
    decks.map(|deck| deck["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_call_is_made_from_the_template_and_is_on_the_list_with_its_time() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let ada = house.member("Ada").await;
    let id = template(&ada, TEMPLATE).await;
    let path = format!("/api/decks/{id}/calls/proposal?date=2024-04-25");
    let proposal = ada.ask("GET", &path, None).await.unwrap();
    assert_eq!(proposal["title"], "Community Call 2024-04-25");
    assert_eq!(proposal["fileName"], "community-call-2024-04-25.md");
    assert_eq!((&proposal["carried"], &proposal["from"]), (&json!([]), &Value::Null));
    let sections = proposal["sections"].as_array().unwrap();
    assert!(sections.contains(&json!({ "title": "Team Platform", "reporter": "ada" })));
    let deck = call(&ada, &id, json!({ "date": "2024-04-25" })).await;
    assert_eq!(deck["title"], "Community Call 2024-04-25");
    assert_eq!(deck["series"], *id);
    assert_eq!(deck["callAt"], "2024-04-25T14:05");
    assert_eq!(deck["callAtInstant"], "2024-04-25T12:05:00Z");
    assert_eq!(deck["zone"], "Europe/Berlin");
    assert_eq!(deck["fileName"], "community-call-2024-04-25.md");
    // Before anybody has opened it.
    assert_eq!((&deck["ready"], &deck["expected"]), (&json!(0), &json!(sections.len())));
    let (access, mine, live) = (&deck["access"], &deck["mine"], &deck["live"]);
    assert_eq!((access, mine, live), (&json!("own"), &json!(true), &json!(false)));
    let text = source(&ada, &deck).await;
    assert!(text.starts_with("---\ntitle: \"Community Call 2024-04-25\"\n"), "{text}");
    assert!(text.contains("\n# Community Call\n") && !text.contains("{{"), "{text}");
    let list = list(&ada, "").await;
    assert!(list["decks"].as_array().unwrap().contains(&deck));
    let template = list["decks"].as_array().unwrap().iter().find(|deck| deck["id"] == *id).unwrap();
    assert_eq!((&template["isTemplate"], &template["callAt"]), (&json!(true), &Value::Null));
    assert_eq!(list["series"][0]["id"], *id);
    assert_eq!(list["series"][0]["cadence"], weekly()["cadence"]);
    let next = list["series"][0]["next"].as_str().unwrap();
    let planned = ada.ask("GET", &format!("/api/decks/{id}/calls/next"), None).await.unwrap();
    assert_eq!(next, format!("{}T14:05", planned["dates"][0].as_str().unwrap()));
}

#[tokio::test]
async fn the_next_call_is_proposed_and_a_date_is_taken_once() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.member("Ada").await;
    let id = template(&ada, "# Stand-up\n").await;
    let next = async || ada.ask("GET", &format!("/api/decks/{id}/calls/next"), None).await.unwrap();
    let first = next().await;
    let date = first["date"].as_str().unwrap().to_owned();
    assert_eq!(first["dates"].as_array().unwrap().len(), 4);
    assert_eq!(first["dates"][0], *date);
    // The template says nothing of a date: then the series does.
    assert_eq!(first["title"], format!("Community Call {date}"));
    assert_eq!(first["fileName"], format!("community-call-{date}.md"));
    let made = call(&ada, &id, json!({ "date": date, "time": "09:30" })).await;
    assert_eq!(made["callAt"], format!("{date}T09:30"));
    assert_eq!(made["title"], format!("Community Call {date}"));
    assert_eq!(next().await["date"], first["dates"][1]);
    let again = post_call(&ada, &id, json!({ "date": date })).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("has a call on that date already"), "{}", again.body);
    // Thrown away, the date is free.
    let path = format!("/api/decks/{}", made["id"].as_str().unwrap());
    ada.ask("DELETE", &path, None).await.unwrap();
    call(&ada, &id, json!({ "date": date, "title": "  Special\n call " })).await;
    let list = list(&ada, "").await;
    let special =
        list["decks"].as_array().unwrap().iter().find(|deck| deck["title"] == "Special call");
    assert!(special.is_some(), "{list}");
}

#[tokio::test]
async fn a_title_of_ones_own_is_the_title_of_the_call() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.member("Ada").await;
    let id = template(&ada, TEMPLATE).await;
    for (date, title, heading) in [
        ("2024-04-04", "Anniversary", "# Anniversary\n"),
        ("2024-04-11", "Retro 2024-04-11", "# Retro\n"),
        ("2024-04-18", "Quotes \"and\" \\ more", "# Quotes \"and\" \\ more\n"),
    ] {
        let deck = call(&ada, &id, json!({ "date": date, "title": title })).await;
        assert_eq!(deck["title"], title);
        let text = source(&ada, &deck).await;
        assert!(text.contains(heading), "{text}");
    }
}

#[tokio::test]
async fn a_call_is_shared_like_its_template_and_is_its_makers_as_well() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob, eve) =
        (house.member("Ada").await, house.member("Bob").await, house.member("Eve").await);
    let id = template(&ada, TEMPLATE).await;
    let share = json!({ "subject": "email:bob@example.org", "role": "editor" });
    ada.ask("PUT", &format!("/api/decks/{id}/people"), Some(share)).await.unwrap();
    let level = json!({ "level": "private" });
    ada.ask("PUT", &format!("/api/decks/{id}/level"), Some(level)).await.unwrap();
    let deck = call(&bob, &id, json!({ "date": "2024-04-25" })).await;
    assert_eq!(deck["access"], "own");
    let path = format!("/api/decks/{}", deck["id"].as_str().unwrap());
    let sharing = ada.ask("GET", &format!("{path}/sharing"), None).await.unwrap();
    assert_eq!((&sharing["level"], &sharing["access"]), (&json!("private"), &json!("own")));
    let people = sharing["people"].as_array().unwrap().iter();
    let people: Vec<_> =
        people.map(|one| (one["subject"].as_str().unwrap(), &one["role"])).collect();
    let (owner, editor) = (&json!("owner"), &json!("editor"));
    assert!(people.contains(&(ada.principal.as_str(), owner)), "{people:?}");
    assert!(people.contains(&(bob.principal.as_str(), owner)), "{people:?}");
    assert!(people.contains(&("email:bob@example.org", editor)), "{people:?}");
    assert_eq!(eve.send("GET", &path, None).await.unwrap().status, 403);
    assert_eq!(ids(&list(&eve, "").await), Vec::<&str>::new());
    assert_eq!(list(&eve, "").await["series"], json!([]));
    let audit = bob.ask("GET", &format!("{path}/audit"), None).await.unwrap();
    assert_eq!(audit["entries"].as_array().unwrap().last().unwrap()["action"], "call.make");
}

#[tokio::test]
async fn what_an_earlier_call_says_is_proposed_to_those_who_may_read_it() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let id = template(&ada, TEMPLATE).await;
    let first = call(&ada, &id, json!({ "date": "2024-04-11" })).await;
    let path = format!("/api/decks/{id}/calls/proposal?date=2024-04-18");
    let from = |proposal: Value| proposal["from"]["id"].clone();
    assert_eq!(from(bob.ask("GET", &path, None).await.unwrap()), first["id"]);
    let level = format!("/api/decks/{}/level", first["id"].as_str().unwrap());
    ada.ask("PUT", &level, Some(json!({ "level": "private" }))).await.unwrap();
    assert_eq!(from(bob.ask("GET", &path, None).await.unwrap()), Value::Null);
    assert_eq!(from(ada.ask("GET", &path, None).await.unwrap()), first["id"]);
    // The first call of all comes before it.
    let earlier = format!("/api/decks/{id}/calls/proposal?date=2024-04-11");
    assert_eq!(from(ada.ask("GET", &earlier, None).await.unwrap()), Value::Null);
}

#[tokio::test]
async fn what_is_open_is_carried_over_if_somebody_keeps_it() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.member("Ada").await;
    let said = "\n- [ ] Renew the certificates\n- [ ] Order new chairs\n- [x] Done already\n";
    let id = template(&ada, TEMPLATE).await;
    let first = ada.make_deck(&format!("# Hi\n\n---\n\n# Team Product\n{said}")).await.unwrap();
    let at = json!({ "at": "2024-04-11T14:05", "series": id });
    ada.ask("PUT", &format!("/api/decks/{first}/call"), Some(at)).await.unwrap();
    let path = format!("/api/decks/{id}/calls/proposal?date=2024-04-25");
    let proposal = ada.ask("GET", &path, None).await.unwrap();
    assert_eq!(proposal["from"], json!({ "id": first, "title": "Hi" }));
    let items = proposal["carried"].as_array().unwrap();
    let texts: Vec<_> = items.iter().map(|item| item["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Renew the certificates", "Order new chairs"]);
    assert_eq!((&items[0]["kind"], &items[0]["section"]), (&json!("task"), &json!("Team Product")));
    let keep = json!({ "date": "2024-04-25", "keep": [items[1]["id"]] });
    let text = source(&ada, &call(&ada, &id, keep).await).await;
    assert!(text.contains("- [ ] Order new chairs <!-- carried 2024-04-11 -->\n"), "{text}");
    assert!(!text.contains("certificates"), "{text}");
    // Who looked before somebody else changed it looks again.
    let unknown = post_call(&ada, &id, json!({ "date": "2024-05-02", "keep": [items[0]["id"]] }));
    assert_eq!(unknown.await.status, 409);
}

#[tokio::test]
async fn who_reports_is_suggested_from_the_call_before_and_noted_with_the_new_one() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.member("Ada").await;
    let id = template(&ada, TEMPLATE).await;
    let reporters = json!([
        { "section": "Team Product", "name": " Grace  Hopper " },
        { "section": "Team Platform", "name": " " },
    ]);
    let body = json!({ "date": "2024-04-11", "reporters": reporters });
    call(&ada, &id, body).await;
    // Only so many, and only what may be a title.
    let wish = |section: String| json!({ "section": section, "name": "Eve" });
    let many: Vec<_> = (0..201).map(|number| wish(number.to_string())).collect();
    for reporters in [many, vec![wish("x".repeat(201))]] {
        let body = json!({ "date": "2024-04-18", "reporters": reporters });
        assert_eq!(post_call(&ada, &id, body).await.status, 400);
    }
    let path = format!("/api/decks/{id}/calls/proposal?date=2024-04-18");
    let proposal = ada.ask("GET", &path, None).await.unwrap();
    let expected = json!([
        { "title": "Team Platform", "reporter": "ada" },
        { "title": "Team Product", "reporter": "Grace Hopper" },
    ]);
    assert_eq!(proposal["sections"], expected);
}

#[tokio::test]
async fn a_series_that_ended_has_calls_and_gets_no_more() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.member("Ada").await;
    let id = template(&ada, TEMPLATE).await;
    let made = call(&ada, &id, json!({ "date": "2024-04-25" })).await;
    for _ in 0..2 {
        let path = format!("/api/decks/{id}/series");
        assert_eq!(ada.send("DELETE", &path, None).await.unwrap().status, 204);
    }
    let listed = list(&ada, "").await;
    assert_eq!(listed["series"], json!([]));
    assert!(listed["decks"].as_array().unwrap().contains(&made));
    assert_eq!(post_call(&ada, &id, json!({ "date": "2024-05-02" })).await.status, 409);
    let next = ada.send("GET", &format!("/api/decks/{id}/calls/next"), None).await.unwrap();
    assert_eq!(next.status, 409);
    ada.ask("PUT", &format!("/api/decks/{id}/series"), Some(weekly())).await.unwrap();
    call(&ada, &id, json!({ "date": "2024-05-02" })).await;
}

#[tokio::test]
async fn a_series_says_what_is_wrong_with_its_settings() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.member("Ada").await;
    let id = ada.make_deck(TEMPLATE).await.unwrap();
    let with = |field: &str, value: Value| {
        let mut series = weekly();
        series[field] = value;
        series
    };
    for (series, words) in [
        (with("zone", json!("Europe/Atlantis")), "IANA"),
        (with("time", json!("25:00")), "`time`"),
        (with("name", json!(" \n ")), "`name`"),
        (with("cadence", json!({ "every": "year" })), "year"),
        (with("cadence", json!({ "every": "month", "day": "thu", "week": 6 })), "`week`"),
        (with("cadence", json!({ "every": "week" })), "day"),
    ] {
        let answer =
            ada.send("PUT", &format!("/api/decks/{id}/series"), Some(series)).await.unwrap();
        assert!(answer.status == 400 && answer.body.contains(words), "{answer:?}");
    }
    for cadence in [
        json!({ "every": "month", "day": "sun", "week": -1 }),
        json!({ "every": "two-weeks", "day": "mon" }),
        json!({ "every": "none" }),
    ] {
        let series = with("cadence", cadence.clone());
        let set = ada.ask("PUT", &format!("/api/decks/{id}/series"), Some(series)).await.unwrap();
        assert_eq!((&set["cadence"], &set["id"]), (&cadence, &json!(id)));
    }
    for date in ["2024-02-30", "", "25.4.2024", "-002024-04-25", "0024-04-25"] {
        assert_eq!(post_call(&ada, &id, json!({ "date": date })).await.status, 400, "{date}");
    }
    let kept = post_call(&ada, &id, json!({ "date": "2024-04-25", "keep": [7] })).await;
    assert_eq!(kept.status, 409);
}

#[tokio::test]
async fn any_deck_may_become_a_call() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let id = template(&ada, TEMPLATE).await;
    call(&ada, &id, json!({ "date": "2024-04-25" })).await;
    let plain = ada.make_deck("# Plain").await.unwrap();
    let put = async |who: &Somebody, deck: &str, at: Value, series: Value| {
        let body = json!({ "at": at, "series": series });
        let path = format!("/api/decks/{deck}/call");
        who.send("PUT", &path, Some(body)).await.unwrap()
    };
    let at = json!("2024-04-25T09:00");
    assert_eq!(put(&ada, &plain, at.clone(), json!(id)).await.status, 409);
    assert_eq!(put(&ada, &id, json!("2024-05-02T09:00"), json!(id)).await.status, 409);
    assert_eq!(put(&ada, &plain, json!("tomorrow"), Value::Null).await.status, 400);
    assert_eq!(put(&ada, &plain, at.clone(), json!(plain)).await.status, 400);
    assert_eq!(put(&ada, &plain, at.clone(), json!("nowhere")).await.status, 404);
    let later = put(&ada, &plain, json!("2024-05-02T09:00"), json!(id)).await;
    let later: Value = serde_json::from_str(&later.body).unwrap();
    assert_eq!((&later["callAt"], &later["series"]), (&json!("2024-05-02T09:00"), &json!(id)));
    let alone = put(&ada, &plain, at, Value::Null).await;
    let alone: Value = serde_json::from_str(&alone.body).unwrap();
    assert_eq!((&alone["callAtInstant"], &alone["zone"]), (&Value::Null, &Value::Null));
    let none = put(&ada, &plain, Value::Null, Value::Null).await;
    assert_eq!(none.status, 200, "{none:?}");
    // Into a series only those bring a call who may write its template.
    let level = json!({ "level": "private" });
    ada.ask("PUT", &format!("/api/decks/{id}/level"), Some(level)).await.unwrap();
    let bobs = bob.make_deck("# Bob's").await.unwrap();
    assert_eq!(put(&bob, &bobs, json!("2024-05-09T09:00"), json!(id)).await.status, 403);
}

#[tokio::test]
async fn who_may_not_read_a_template_does_not_learn_which_it_is() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let id = template(&ada, TEMPLATE).await;
    let made = call(&ada, &id, json!({ "date": "2024-04-25" })).await;
    let path = format!("/api/decks/{}", made["id"].as_str().unwrap());
    let share = json!({ "subject": "email:bob@example.org", "role": "viewer" });
    ada.ask("PUT", &format!("{path}/people"), Some(share)).await.unwrap();
    let seen = async || {
        let one = bob.ask("GET", &path, None).await.unwrap()["series"].clone();
        let listed = list(&bob, "").await;
        let listed = listed["decks"].as_array().unwrap().iter();
        let mut listed = listed.filter(|deck| deck["id"] == made["id"]);
        assert_eq!(listed.next().unwrap()["series"], one);
        one
    };
    for (level, expected) in [("private", Value::Null), ("protected", json!(id))] {
        let level = json!({ "level": level });
        ada.ask("PUT", &format!("/api/decks/{id}/level"), Some(level)).await.unwrap();
        assert_eq!(seen().await, expected);
    }
}

#[tokio::test]
async fn a_copy_is_ones_own_and_says_so() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let id = ada.make_deck("---\ntitle: Plan\nlang: de\n---\n\n# Plan\n").await.unwrap();
    let share = json!({ "subject": "email:bob@example.org", "role": "viewer" });
    ada.ask("PUT", &format!("/api/decks/{id}/people"), Some(share)).await.unwrap();
    let level = json!({ "level": "protected" });
    ada.ask("PUT", &format!("/api/decks/{id}/level"), Some(level)).await.unwrap();
    let made = bob.send("POST", &format!("/api/decks/{id}/duplicate"), None).await.unwrap();
    assert_eq!(made.status, 201);
    let copy: Value = serde_json::from_str(&made.body).unwrap();
    assert_eq!((&copy["title"], &copy["access"]), (&json!("Plan (Kopie)"), &json!("own")));
    let text = source(&bob, &copy).await;
    assert_eq!(text, "---\ntitle: \"Plan (Kopie)\"\nlang: de\n---\n\n# Plan\n");
    let path = format!("/api/decks/{}", copy["id"].as_str().unwrap());
    let sharing = bob.ask("GET", &format!("{path}/sharing"), None).await.unwrap();
    assert_eq!(sharing["level"], "protected");
    assert_eq!(sharing["people"].as_array().unwrap().len(), 1);
    let ada = ada.ask("GET", &path, None).await.unwrap();
    assert_eq!((&ada["access"], &ada["mine"]), (&json!("read"), &json!(false)));
}

#[tokio::test]
async fn a_copy_has_pictures_of_its_own() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let ada = house.member("Ada").await;
    let name = "Zm9vYmFyYmF6cXV4cXV1eA.png";
    let picture = format!("/p/{name}");
    let id = ada.make_deck(&format!("# Plan\n\n![a]({picture}) and {picture}.\n")).await.unwrap();
    std::fs::write(house.server.data_dir().join("pictures").join(name), "x").unwrap();
    let (deck, principal) = (DeckId::parse(&id).unwrap(), Principal(ada.principal.clone()));
    let (name, bytes, width, height) = (name.to_owned(), 1, 1, 1);
    let row = PictureRecord { name, deck, principal, bytes, width, height };
    assert!(house.store.add_picture(row, 1, 1, 1).await.unwrap());
    let copy = ada.ask("POST", &format!("/api/decks/{id}/duplicate"), None).await.unwrap();
    let copied = source(&ada, &copy).await;
    assert!(!copied.contains(&picture) && copied.matches("/p/").count() == 2, "{copied}");
    let start = copied.find("/p/").unwrap();
    let own = &copied[start..start + picture.len()];
    ada.ask("DELETE", &format!("/api/decks/{id}"), None).await.unwrap();
    assert_eq!(ada.send("GET", &picture, None).await.unwrap().status, 403);
    assert_eq!(ada.send("GET", own, None).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_deck_is_put_away_and_thrown_away_and_comes_back() {
    let house = House::new(AccessMode::GuestsEdit).await;
    let (ada, bob) = (house.member("Ada").await, house.member("Bob").await);
    let id = ada.make_deck("# Plan").await.unwrap();
    let path = format!("/api/decks/{id}");
    let archive = async |archived| {
        let body = json!({ "archived": archived });
        ada.ask("PUT", &format!("{path}/archived"), Some(body)).await.unwrap()
    };
    let away = archive(true).await;
    assert!(away["archivedAt"].is_string());
    for somebody in [&ada, &bob] {
        assert_eq!(ids(&list(somebody, "").await), Vec::<&str>::new());
        assert_eq!(ids(&list(somebody, "?in=archive").await), [id.as_str()]);
    }
    // It stays what it was for who has its address.
    assert_eq!(bob.ask("GET", &path, None).await.unwrap()["access"], "present");
    assert_eq!(archive(false).await["archivedAt"], Value::Null);
    assert_eq!(ids(&list(&ada, "").await), [id.as_str()]);
    ada.ask("DELETE", &path, None).await.unwrap();
    let bin = list(&ada, "?in=bin").await;
    assert_eq!(ids(&bin), [id.as_str()]);
    assert!(bin["decks"][0]["deletedAt"].is_string());
    // Only those see it there who can take it out.
    assert_eq!(ids(&list(&bob, "?in=bin").await), Vec::<&str>::new());
    assert_eq!(bob.send("GET", "/api/decks?in=trash", None).await.unwrap().status, 400);
    let back = ada.ask("POST", &format!("{path}/restore"), None).await.unwrap();
    assert_eq!(back["deletedAt"], Value::Null);
    assert_eq!(ids(&list(&ada, "").await), [id.as_str()]);
    let audit = ada.ask("GET", &format!("{path}/audit"), None).await.unwrap();
    let actions =
        audit["entries"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap());
    let expected = ["deck.restore", "deck.delete", "deck.archive", "deck.archive", "deck.create"];
    assert_eq!(actions.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_text_is_downloaded_under_the_name_of_its_deck() {
    let house = House::new(AccessMode::Open).await;
    let ada = house.member("Ada").await;
    let id = ada.make_deck("---\ntitle: \"Größe: \\\"A\\\"\"\n---\n").await.unwrap();
    let path = format!("/api/decks/{id}/source");
    let plain = ada.send("GET", &path, None).await.unwrap();
    assert_eq!(plain.header("content-disposition"), "");
    let file = ada.send("GET", &format!("{path}?download=1"), None).await.unwrap();
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"groesse-a.md\"");
    assert_eq!(file.body, plain.body);
}
