//! From a request for a WebSocket to the task that serves it.

use collab::room::CloseReason;
use futures_util::future::BoxFuture;

use crate::limits::Admission;
use crate::router::App;
use crate::ws;
use crate::ws::upgrade::Socket;

/// What is left to do once somebody has a seat: all that stays in memory for hours.
pub(super) type Serving = BoxFuture<'static, ()>;

/// Upgrades in the background, has `join` take a seat, or say in the close frame why there is none,
/// and serves until the end. The place that was admitted is given back then.
pub(super) fn start<Joining>(
    app: &App,
    socket: impl Future<Output = Option<Socket>> + Send + 'static,
    admission: Admission,
    join: impl FnOnce(Socket) -> Joining + Send + 'static,
) where
    Joining: Future<Output = Option<Serving>> + Send + 'static,
{
    // Until there is a seat in its place.
    let running = app.hub.running();
    let metrics = app.hub.metrics().clone();
    // What is needed once only is put aside.
    let joining = Box::pin(async move {
        let mut socket = socket.await?;
        match admission {
            Admission::Admitted(place) => Some((join(socket).await?, place)),
            Admission::Refused(_place) => {
                metrics.closed(CloseReason::RoomFull.code());
                ws::refuse_crowd(&mut socket).await;
                None
            }
        }
    });
    app.tasks.spawn(async move {
        let joined = joining.await;
        drop(running);
        if let Some((serving, _place)) = joined {
            serving.await;
        }
    });
}
