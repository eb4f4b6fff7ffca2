# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock clippy.toml ./
COPY benches benches
COPY migrations migrations
COPY src src
COPY static static
COPY tests tests
RUN cargo build --release --locked --features pg-tls --bin mcp-admin

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home mcp-admin
COPY --from=build /build/target/release/mcp-admin /usr/local/bin/mcp-admin
COPY LICENSE LICENSE-APACHE LICENSE-MIT /usr/share/doc/mcp-admin/
USER 10001
WORKDIR /data
VOLUME ["/data"]
ENV MCP_ADMIN__BIND=0.0.0.0:8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["mcp-admin"]
CMD ["serve"]
