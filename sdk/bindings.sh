#!/bin/sh
# Generates anew what the SDKs for Go and C have of the contract in wit/, and of WASI's HTTP and TCP: the files below
# sdk/go/internal/wit that say so, and sdk/c/bindings. Run it after a change of either; authors need none of this. It needs wit-bindgen:
#   cargo install wit-bindgen-cli --version 0.63.0 --no-default-features --features go,c
set -eu
cd "$(dirname "$0")/.."
go=sdk/go/internal/wit
module=caisson.dev/sdk-go/internal/wit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wit-bindgen go wit --world plugin --pkg-name $module --out-dir $go
# These are a world of their own: what it generates must not come between the contract's exports.
cp -R wit/*.wit toolchain/src/wasip1/. "$work"
wit-bindgen go "$work" --world network-client --pkg-name $module --out-dir "$work/go"
cp -R "$work"/go/imports/wasi_* $go/imports
# The bindings' runtime is no module of the Go proxy; it comes with wit-bindgen's own source.
runtime=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/wit-bindgen-go-0.63.0/src/pkg)
mkdir -p $go/types $go/runtime
cp "$runtime/LICENSE" $go/LICENSE
for part in option result tuple unit; do cp "$runtime/wit/types/$part.go" $go/types; done
cp "$runtime/wit/runtime/runtime.go" "$runtime/wit/runtime/empty.s" $go/runtime
find $go -name '*.go' -exec sed -i "s|go.bytecodealliance.org/pkg/wit|$module|" {} +
gofmt -w $go

wit-bindgen c wit --world plugin --no-object-file --out-dir sdk/c/bindings
wit-bindgen c "$work" --world network-client --no-object-file --out-dir sdk/c/bindings
