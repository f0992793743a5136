# One image for any micromodule of this workspace:
#
#   docker build --build-arg BIN=mapper -t mapper .
#   docker run mapper -i mapper_input -o reducer_input -k kafka:9092
#
# PACKAGE chooses the package that holds the binary. All binaries of a package are built in one
# layer, so the images of a topology share it.
FROM rust:1.95-bookworm AS build
ARG PACKAGE=catenae-examples
# The compiler of the image, without the extra components that rust-toolchain.toml lists.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package "$PACKAGE" --bins

FROM build AS pick
ARG BIN
RUN cp "target/release/${BIN:?say which micromodule: --build-arg BIN=mapper}" /micromodule

FROM debian:bookworm-slim
COPY --from=pick /micromodule /usr/local/bin/micromodule
# Makes the host name, which is the container's id, the uid of the instance.
ENV CATENAE_DOCKER=true
USER 10001:10001
STOPSIGNAL SIGTERM
# Without a shell in between, so that the signal arrives.
ENTRYPOINT ["/usr/local/bin/micromodule"]
