# syntax=docker/dockerfile:1
# Ondeck in an image: docker build -t ondeck .
# The first stage builds front-end and server, as `cargo xtask build` does; the second holds the binary alone.

ARG RUST_VERSION=1.95.0
ARG NODE_VERSION=20
ARG DEBIAN=bookworm

FROM node:${NODE_VERSION}-${DEBIAN}-slim AS node

FROM rust:${RUST_VERSION}-slim-${DEBIAN} AS build
ARG RUST_VERSION
# This one, whatever rust-toolchain.toml names.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
# Not pinned: the newest of this Debian, with its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential ca-certificates pkg-config \
    && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
    && rustup target add wasm32-unknown-unknown
WORKDIR /src
COPY . .
# The caches keep what was fetched and compiled between builds; the binary has to leave them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/root/.npm \
    --mount=type=cache,target=/src/target \
    cargo xtask build && install -D -m 755 target/release/ondeck /out/ondeck

FROM debian:${DEBIAN}-slim
LABEL org.opencontainers.image.title="Ondeck" \
      org.opencontainers.image.description="Collaborative, real-time slide decks in Markdown" \
      org.opencontainers.image.licenses="Apache-2.0"
# Certificates of those that the server asks: a provider, PostgreSQL, NATS, S3.
# Not pinned: the newest of this Debian, with its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin ondeck \
    && install -d -m 700 -o ondeck -g ondeck /var/lib/ondeck
COPY --from=build /out/ondeck /usr/local/bin/ondeck
COPY LICENSE /usr/share/doc/ondeck/LICENSE
USER 10001:10001
# Beyond the container: `--access` has to be said when it is run.
ENV ONDECK_LISTEN=0.0.0.0:4800 \
    ONDECK_DATA_DIR=/var/lib/ondeck \
    ONDECK_LOG_FORMAT=json
VOLUME /var/lib/ondeck
EXPOSE 4800
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=20s CMD ["ondeck", "health"]
ENTRYPOINT ["ondeck"]
CMD ["serve"]
