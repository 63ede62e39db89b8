//! The HTTP interface as scripts use it.

use serde_json::Value;
use tests::{Response, TestServer, http, markdown};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

async fn send(server: &TestServer, method: &str, path: &str, body: &str) -> Response {
    let kind = if body.starts_with('{') { JSON } else { markdown() };
    http(&server.address(), method, path, &kind, body).await.unwrap()
}

fn json(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

#[tokio::test]
async fn a_deck_is_made_listed_read_deleted_and_restored() {
    let server = TestServer::start().await.unwrap();
    let made =
        send(&server, "POST", "/api/decks", "---\ntitle: Harbour Call\n---\n\n# Hi\r\n").await;
    assert_eq!(made.status, 201);
    let deck = json(&made);
    let id = deck["id"].as_str().unwrap();
    assert_eq!(deck["title"], "Harbour Call");
    assert_eq!(deck["editUrl"], format!("/d/{id}"));
    assert_eq!(deck["followUrl"], format!("/d/{id}/follow"));
    assert_eq!(deck["presentUrl"], format!("/d/{id}/present"));
    assert_eq!(made.header("location"), format!("/api/decks/{id}"));
    assert_eq!(json(&send(&server, "GET", "/api/decks", "").await)["decks"][0]["id"], *id);
    assert_eq!(json(&send(&server, "GET", &format!("/api/decks/{id}"), "").await)["id"], *id);
    let source = send(&server, "GET", &format!("/api/decks/{id}/source"), "").await;
    assert_eq!(source.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(source.body, "---\ntitle: Harbour Call\n---\n\n# Hi\n");
    assert_eq!(send(&server, "DELETE", &format!("/api/decks/{id}"), "").await.status, 204);
    assert_eq!(send(&server, "GET", &format!("/api/decks/{id}"), "").await.status, 404);
    assert_eq!(json(&send(&server, "GET", "/api/decks", "").await)["decks"], Value::Array(vec![]));
    assert_eq!(send(&server, "POST", &format!("/api/decks/{id}/restore"), "").await.status, 200);
}

#[tokio::test]
async fn json_makes_decks_by_title_source_and_template() {
    let server = TestServer::start().await.unwrap();
    for (body, start) in [
        (
            r#"{"title":"Q\"1\": plan"}"#,
            "---\ntitle: \"Q\\\"1\\\": plan\"\n---\n\n# Q\"1\": plan\n",
        ),
        (r##"{"source":"# Mine\n"}"##, "# Mine\n"),
        (r#"{"template":"community-call"}"#, "---\ntitle: \"Community Call 20"),
        (
            r#"{"template":"community-call","title":"The \"big\" call"}"#,
            "---\ntitle: \"The \\\"big\\\" call 20",
        ),
        ("{}", "---\ntitle: \"Untitled deck\"\n"),
    ] {
        let made = send(&server, "POST", "/api/decks", body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let source = server.source(json(&made)["id"].as_str().unwrap()).await.unwrap();
        assert!(source.starts_with(start), "{source}");
        assert!(!source.contains("{{"), "{source}");
    }
}

#[tokio::test]
async fn errors_are_problems_that_say_what_to_do() {
    let server = TestServer::start().await.unwrap();
    let long = "x".repeat(1024 * 1024 + 1);
    for (method, path, body, status, says) in [
        ("POST", "/api/decks", "{", 400, "JSON cannot be read"),
        ("POST", "/api/decks", r#"{"tilte":"x"}"#, 400, "unknown field `tilte`"),
        ("POST", "/api/decks", r#"{"template":"nope"}"#, 400, "no template `nope`"),
        ("POST", "/api/decks", &long, 413, "at most 1 MB"),
        ("GET", "/api/decks/nope", "", 404, "no such deck"),
        ("GET", "/api/decks/nope/source", "", 404, "no such deck"),
        ("GET", "/api/decks/%2e%2e%2f", "", 404, "no such deck"),
        ("DELETE", "/api/decks/nope", "", 404, "no such deck"),
        ("GET", "/api/nothing", "", 404, "nothing at this address"),
        ("GET", "/sync/nope?role=admin", "", 400, ""),
    ] {
        let response = send(&server, method, path, body).await;
        assert_eq!(response.status, status, "{method} {path}: {}", response.body);
        if !says.is_empty() {
            assert_eq!(response.header("content-type"), "application/problem+json");
            assert_eq!(json(&response)["status"], status);
            assert!(response.body.contains(says), "{}", response.body);
        }
    }
    let typed = [("content-type", "text/html")];
    let response = http(&server.address(), "POST", "/api/decks", &typed, "x").await.unwrap();
    assert_eq!(response.status, 400);
}
