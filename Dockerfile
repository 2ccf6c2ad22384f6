# syntax=docker/dockerfile:1
# Greenlight in a small image: a C library, the certificates it needs to reach GitHub, and one binary.
#
#   docker build -t greenlight .
#   docker run -d -p 8080:8080 -v greenlight:/data -e PUBLIC_URL=https://greenlight.example.com greenlight

# The same Debian release as the final image, because the binary is linked to its C library.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches outlive a build, so that a change of ours does not compile every dependency again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked \
    && mkdir -p /out/data \
    && cp target/release/greenlight /out/greenlight

# A C library of that release, root certificates, a user of its own (65532), and no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/greenlight /usr/local/bin/greenlight
# A new volume takes over the owner of the folder it is mounted on. A folder of the host's has to belong to 65532.
COPY --from=build --chown=65532:65532 /out/data /data
ENV HOST=0.0.0.0 \
    PORT=8080 \
    DATABASE_URL=sqlite:///data/greenlight.db
VOLUME /data
EXPOSE 8080
USER 65532
# Greenlight then finishes or hands back what it is doing, within 10 seconds; `docker stop` waits just that long.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=5s CMD ["/usr/local/bin/greenlight", "health"]
ENTRYPOINT ["/usr/local/bin/greenlight"]
CMD ["serve"]
