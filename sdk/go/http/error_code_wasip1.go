package http

import (
	"net/url"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_http_types"
)

// codes are the names of what goes wrong, by their number in wasi:http.
var codes = [...]string{
	"DNS timeout", "DNS error", "destination not found", "destination unavailable", "destination IP prohibited",
	"destination IP unroutable", "connection refused", "connection terminated", "connection timeout", "connection read timeout",
	"connection write timeout", "connection limit reached", "TLS protocol error", "TLS certificate error", "TLS alert received",
	"HTTP request denied", "HTTP request length required", "HTTP request body size", "HTTP request method invalid",
	"HTTP request URI invalid", "HTTP request URI too long", "HTTP request header section size", "HTTP request header size",
	"HTTP request trailer section size", "HTTP request trailer size", "HTTP response incomplete", "HTTP response header section size",
	"HTTP response header size", "HTTP response body size", "HTTP response trailer section size", "HTTP response trailer size",
	"HTTP response transfer coding", "HTTP response content coding", "HTTP response timeout", "HTTP upgrade failed",
	"HTTP protocol error", "loop detected", "configuration error", "internal error",
}

func nameOf(code wasi_http_types.ErrorCode) string {
	if code.Tag() == wasi_http_types.ErrorCode_InternalError && code.InternalError().IsSome() {
		return code.InternalError().Some()
	}
	if int(code.Tag()) < len(codes) {
		return codes[code.Tag()]
	}
	return "an error without a name"
}

// told is why there is no response. What is none of these may go well another time.
func told(request *Request, to *url.URL, code wasi_http_types.ErrorCode) error {
	switch code.Tag() {
	case wasi_http_types.ErrorCode_HttpRequestDenied:
		return failed(caisson.ConnectError, request, "nothing in the connector's config grants "+to.Host+"; sandbox.grants may")
	case wasi_http_types.ErrorCode_HttpRequestMethodInvalid, wasi_http_types.ErrorCode_HttpRequestUriInvalid,
		wasi_http_types.ErrorCode_HttpRequestUriTooLong:
		return failed(caisson.ConnectError, request, nameOf(code))
	}
	return failed(caisson.RetriableError, request, nameOf(code))
}
