//! Decks that are made out of others: duplicates, and calls of a series.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::DateTime;

use super::new_deck;
use crate::access::now;
use crate::auth::{Allowed, Visitor};
use crate::error::ApiError;
use crate::pictures::check_fits;
use crate::router::App;
use crate::routes::work_out;
use crate::series::naming::copied;
use crate::store::DeckId;
use crate::store::pictures::PictureRecord;
use crate::store::series::{NewCopy, Rights};

/// `POST /api/decks/{id}/duplicate`: a deck of their own with the same text, pictures and level.
pub(crate) async fn duplicate(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Allowed { visitor, deck, .. }: Allowed,
) -> Result<Response, ApiError> {
    app.limits.make_deck(peer, &headers)?;
    let text = app.hub.text(&deck).await?;
    let source = work_out(&app, move || copied(&text)).await?;
    let known = app.access.deck_access(&deck, visitor.subjects(), false, now()).await?;
    let rights = Rights::Level(known.ok_or(ApiError::NoDeck)?.level);
    let from = vec![deck.clone()];
    let copy = DeckCopy { source, from, rights, call: None, reporters: Vec::new() };
    let made = copy.make(&app, &visitor, (peer, &headers)).await?;
    let Some(made) = made else { return Err(ApiError::NoDeck) };
    app.audit.note(&visitor, Some(&made), "deck.duplicate", deck.as_str()).await;
    super::made(&app, &visitor, &made).await
}

/// A deck to be made out of others.
pub(crate) struct DeckCopy {
    /// What it says.
    pub(crate) source: String,
    /// Decks whose pictures it may name: it gets its own.
    pub(crate) from: Vec<DeckId>,
    pub(crate) rights: Rights,
    pub(crate) call: Option<(DeckId, DateTime)>,
    /// Titles of sections, and who should write them.
    pub(crate) reporters: Vec<(String, String)>,
}

impl DeckCopy {
    /// Makes it, for one who owns it then and asks from an address. `None` when there is a call on that date already.
    pub(crate) async fn make(
        self,
        app: &App,
        visitor: &Visitor,
        (peer, headers): (SocketAddr, &HeaderMap),
    ) -> Result<Option<DeckId>, ApiError> {
        let (Self { source, from, rights, call, reporters }, id) = (self, DeckId::random()?);
        let pictures = app.gallery.of(&from).await?;
        let (source, pictures) = work_out(app, move || {
            let named = pictures.into_iter().filter(|picture| source.contains(&picture.name));
            let named: Vec<_> = named.collect();
            (source, named)
        })
        .await?;
        check_fits(&pictures)?;
        app.limits.copy_pictures(pictures.len(), peer, headers)?;
        let copies = app.gallery.copy_all(pictures, &id, &visitor.principal).await?;
        let files: Vec<_> = copies.iter().map(|(_, copy)| copy.name.clone()).collect();
        let pictures = copies.iter().map(|(_, copy)| copy.clone()).collect();
        let owner = visitor.session.map(|_| visitor.principal.clone());
        let deck = work_out(app, move || new_deck(id, &renamed(source, &copies))).await;
        let made = match deck.flatten() {
            Ok(deck) => {
                let copy = NewCopy { deck, owner, rights, call, pictures, reporters };
                app.series.make_copy(copy, now()).await.map_err(ApiError::from)
            }
            Err(error) => Err(error),
        };
        if !matches!(made, Ok(Some(_))) {
            app.gallery.discard(&files).await;
        }
        Ok(made?.map(|record| record.id))
    }
}

/// A text that names the copies of its pictures.
fn renamed(source: String, copies: &[(String, PictureRecord)]) -> String {
    copies.iter().fold(source, |text, (old, new)| text.replace(old.as_str(), &new.name))
}
