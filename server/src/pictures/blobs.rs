//! Where the bytes of pictures are: a directory of this machine, or a bucket that speaks S3.
//!
//! A picture is written once, under a name that nobody used before, and never changed. What [`Blobs::put`]
//! has written is whole and survives a crash.

use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _};

use super::PicturesPlace;

/// The bytes of pictures, by name.
#[derive(Debug, Clone)]
pub(super) struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// What stands before each name; empty in a directory.
    prefix: Path,
}

/// A name that is there, and when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    /// Unix milliseconds.
    pub(super) written_at: i64,
}

impl Blobs {
    /// Opens a place. A directory is made when it is not there; a bucket must be.
    ///
    /// # Errors
    /// When it cannot be used; the message says what to do.
    pub(super) fn open(place: &PicturesPlace) -> anyhow::Result<Self> {
        match place {
            PicturesPlace::Directory(directory) => {
                let shown = directory.display();
                std::fs::create_dir_all(directory).with_context(|| {
                    format!("cannot make the directory {shown} for pictures\nhint: choose another with `--pictures`")
                })?;
                let store = LocalFileSystem::new_with_prefix(directory)
                    .with_context(|| format!("cannot use the directory {shown} for pictures"))?
                    .with_fsync(true);
                Ok(Self { store: Arc::new(store), prefix: Path::default() })
            }
            PicturesPlace::S3 { bucket, prefix } => {
                Self::s3(AmazonS3Builder::from_env(), bucket, prefix)
            }
        }
    }

    /// A bucket; where it is and with which keys comes with the builder.
    pub(super) fn s3(builder: AmazonS3Builder, bucket: &str, prefix: &str) -> anyhow::Result<Self> {
        crate::tls::install();
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
        let plain = endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
        if plain && !endpoint.as_deref().is_some_and(is_loopback) {
            anyhow::bail!(
                "AWS_ENDPOINT_URL is not encrypted and not on this machine\nhint: begin it with https://"
            );
        }
        let store = builder.with_bucket_name(bucket).with_allow_http(plain).build();
        let store = store.with_context(|| {
            format!("cannot use s3://{bucket} for pictures\nhint: see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL")
        })?;
        let prefix = Path::parse(prefix).context("the path in the bucket is not valid")?;
        Ok(Self { store: Arc::new(store), prefix })
    }

    /// Whether the place answers, whatever is in it.
    pub(super) async fn reach(&self) -> Result<(), Error> {
        match self.store.head(&self.path("ondeck-probe")).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes a picture and makes it durable.
    pub(super) async fn put(&self, name: &str, bytes: Bytes) -> Result<(), Error> {
        self.store.put(&self.path(name), bytes.into()).await.map(drop)
    }

    /// A picture, piece by piece; `None` when there is none of this name.
    pub(super) async fn get(
        &self,
        name: &str,
    ) -> Result<Option<BoxStream<'static, Result<Bytes, Error>>>, Error> {
        match self.store.get(&self.path(name)).await {
            Ok(found) => Ok(Some(found.into_stream())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All of a picture.
    pub(super) async fn whole(&self, name: &str) -> Result<Option<Bytes>, Error> {
        match self.store.get(&self.path(name)).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a picture, if it is there.
    pub(super) async fn delete(&self, name: &str) -> Result<(), Error> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// All pictures that are there.
    pub(super) async fn list(&self) -> Result<Vec<Listed>, Error> {
        let prefix = (!self.prefix.as_ref().is_empty()).then_some(&self.prefix);
        let found = self.store.list(prefix).map(|found| {
            let found = found?;
            let name = found.location.filename().unwrap_or_default().to_owned();
            Ok::<_, Error>(Listed { name, written_at: found.last_modified.timestamp_millis() })
        });
        found.try_collect().await
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }
}

/// Whether a URL leads to this machine, by its literal host.
fn is_loopback(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every place must do.
    async fn contract(blobs: &Blobs) {
        let read = async |name: &str| match blobs.get(name).await.unwrap() {
            Some(pieces) => Some(pieces.try_concat_bytes().await),
            None => None,
        };
        assert_eq!(read("a.png").await, None);
        assert_eq!(blobs.whole("a.png").await.unwrap(), None);
        assert_eq!(blobs.list().await.unwrap(), []);
        let large = Bytes::from(vec![7; 3 * 1024 * 1024]);
        blobs.put("a.png", large.clone()).await.unwrap();
        blobs.put("b.gif", Bytes::from_static(b"b")).await.unwrap();
        assert_eq!(read("a.png").await, Some(large.clone()));
        assert_eq!(blobs.whole("a.png").await.unwrap(), Some(large));
        assert_eq!(blobs.whole("b.gif").await.unwrap(), Some(Bytes::from_static(b"b")));
        let mut listed = blobs.list().await.unwrap();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(
            listed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["a.png", "b.gif"]
        );
        let now = jiff::Timestamp::now().as_millisecond();
        assert!(listed.iter().all(|one| (now - one.written_at).abs() < 60_000), "{listed:?} {now}");
        blobs.delete("a.png").await.unwrap();
        blobs.delete("a.png").await.unwrap();
        assert_eq!(blobs.whole("a.png").await.unwrap(), None);
        assert_eq!(blobs.list().await.unwrap().len(), 1);
    }

    trait ConcatBytes {
        async fn try_concat_bytes(self) -> Bytes;
    }

    impl ConcatBytes for BoxStream<'static, Result<Bytes, Error>> {
        async fn try_concat_bytes(self) -> Bytes {
            let pieces: Vec<Bytes> = self.try_collect().await.unwrap();
            pieces.concat().into()
        }
    }

    #[tokio::test]
    async fn a_directory_keeps_pictures() {
        let dir = tempfile::tempdir().unwrap();
        let place = PicturesPlace::Directory(dir.path().join("pictures"));
        contract(&Blobs::open(&place).unwrap()).await;
        // And they are there for the next one.
        let again = Blobs::open(&place).unwrap();
        assert_eq!(again.whole("b.gif").await.unwrap(), Some(Bytes::from_static(b"b")));
    }

    #[tokio::test]
    async fn a_bucket_of_a_real_s3_server_keeps_pictures() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("bucket")).unwrap();
        let address = serve_s3(dir.path()).await;
        for prefix in ["", "some/where"] {
            let builder = AmazonS3Builder::new()
                .with_endpoint(format!("http://{address}"))
                .with_region("eu-central-1")
                .with_access_key_id("key")
                .with_secret_access_key("secret");
            let blobs = Blobs::s3(builder, "bucket", prefix).unwrap();
            contract(&blobs).await;
            blobs.delete("b.gif").await.unwrap();
        }
        let wrong = AmazonS3Builder::new()
            .with_endpoint(format!("http://{address}"))
            .with_region("eu-central-1")
            .with_access_key_id("key")
            .with_secret_access_key("wrong");
        let blobs = Blobs::s3(wrong, "bucket", "").unwrap();
        assert!(blobs.put("a.png", Bytes::new()).await.is_err());
    }

    /// S3 over HTTP on a port of this machine, with signatures checked.
    async fn serve_s3(root: &std::path::Path) -> std::net::SocketAddr {
        let mut service =
            s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
        service.set_auth(s3s::auth::SimpleAuth::from_single("key", "secret"));
        let service = service.build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let io = hyper_util::rt::TokioIo::new(tcp);
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(io, service)
                        .await;
                });
            }
        });
        address
    }

    #[test]
    fn an_endpoint_without_tls_must_be_on_this_machine() {
        let at = |endpoint: &str| {
            let builder = AmazonS3Builder::new().with_endpoint(endpoint).with_region("x");
            Blobs::s3(builder, "bucket", "").is_ok()
        };
        assert!(at("http://127.0.0.1:9000") && at("http://localhost:9000") && at("http://[::1]:1"));
        assert!(at("https://s3.example.org"));
        assert!(!at("http://s3.example.org") && !at("http://127.0.0.1.evil.example"));
    }
}
