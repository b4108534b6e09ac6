#!/bin/sh
# Generates anew what the SDKs for Go and C have of the contract in wit/: the files below sdk/go/internal/wit that say so, and
# sdk/c/bindings. Run it after a change of the contract; authors need none of this. It needs wit-bindgen:
#   cargo install wit-bindgen-cli --version 0.63.0 --no-default-features --features go,c
set -eu
cd "$(dirname "$0")/.."
go=sdk/go/internal/wit
module=caisson.dev/sdk-go/internal/wit

wit-bindgen go wit --world plugin --pkg-name $module --out-dir $go
# The bindings' runtime is no module of the Go proxy; it comes with wit-bindgen's own source.
runtime=$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/wit-bindgen-go-0.63.0/src/pkg)
mkdir -p $go/types $go/runtime
cp "$runtime/LICENSE" $go/LICENSE
for part in option result tuple unit; do cp "$runtime/wit/types/$part.go" $go/types; done
cp "$runtime/wit/runtime/runtime.go" "$runtime/wit/runtime/empty.s" $go/runtime
find $go -name '*.go' -exec sed -i "s|go.bytecodealliance.org/pkg/wit|$module|" {} +
gofmt -w $go

wit-bindgen c wit --world plugin --no-object-file --out-dir sdk/c/bindings
