# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
# `pg-tls` builds OpenSSL into the binary, so that PostgreSQL can be reached over TLS.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --locked --release --features pg-tls --bin mcp-admin \
    && install -D target/release/mcp-admin /out/mcp-admin \
    && install -d -o 10001 -g 10001 /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="mcp-admin" \
      org.opencontainers.image.description="Decides who may do what over MCP" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /out/mcp-admin /usr/local/bin/mcp-admin
# The SQLite file lives here unless DATABASE_URL names another database: mount a volume.
COPY --from=build --chown=10001:10001 /out/data /data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
ENV MCP_ADMIN__BIND=0.0.0.0:8000
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/local/bin/mcp-admin", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/mcp-admin"]
CMD ["serve"]
