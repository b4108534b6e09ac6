// Package http sends requests to the addresses that the connector's configuration grants.
//
//	caisson.ConfigKey{Name: "url", Type: caisson.String, Documentation: "Where names are known.", Access: caisson.URL}
//
//	found, err := http.Get(l.url + "/names/" + name)
//	if err != nil {
//		return nil, err
//	}
//	if found.Status == 200 {
//		err = fields.Set("known", string(found.Body))
//	}
//
// Of a key with [caisson.URL] exactly the host and port that it names are granted, and a request to anything else ends in an error that
// says so. A status of 400 and more is a response too. A redirect is an answer like any other: whoever follows it asks anew. In a
// component the worker connects, keeps connections and speaks TLS; in a unit test Go's own net/http does, which a component cannot use.
package http

import (
	"net/url"
	"time"

	"caisson.dev/sdk-go"
)

// DefaultMaxBody is the longest body of a response, in bytes, unless the request says otherwise.
const DefaultMaxBody = 16 << 20

// Request is what is asked of a server.
type Request struct {
	// Method is GET when empty.
	Method string
	// URL has a scheme, http or https, and a host; no user, which is what the header Authorization is for.
	URL string
	// Header is sent with it. Content-Length is set; Host and what else is the connection's affair cannot be.
	Header   Header
	Body     []byte
	Timeouts Timeouts
	// MaxBody is the longest body of the response, in bytes; zero is [DefaultMaxBody].
	MaxBody int
}

// Timeouts are how long the parts of an exchange may take; zero is as long as the call into the plugin.
type Timeouts struct {
	// Connect is for connecting, TLS included.
	Connect time.Duration
	// FirstByte is from the request to the head of the response.
	FirstByte time.Duration
	// BetweenBytes is between two pieces of the response's body.
	BetweenBytes time.Duration
}

// Response is what came back.
type Response struct {
	Status int
	Header Header
	// Body is all of it.
	Body []byte
}

// Get asks for what a URL names, with what [Request] has without being told. Errors are those of [Do].
func Get(address string) (*Response, error) { return Do(Request{URL: address}) }

// Post sends a body of a content type, such as application/json. Errors are those of [Do].
func Post(address, contentType string, body []byte) (*Response, error) {
	return Do(Request{Method: "POST", URL: address, Header: Header{"Content-Type": {contentType}}, Body: body})
}

// Do sends a request and waits for the whole response.
//
// Errors are [*caisson.Error]. A ConnectError: the URL has no scheme and host, a header may not be set, the address is not granted, or the
// body is longer than MaxBody. A RetriableError: no response came, since there was no connection, a timeout or broken HTTP, or its body
// ended early.
func Do(request Request) (*Response, error) {
	to, err := url.Parse(request.URL)
	if err != nil {
		return nil, caisson.Errorf(caisson.ConnectError, "%w", err)
	}
	if to.Scheme != "http" && to.Scheme != "https" || to.Hostname() == "" {
		return nil, caisson.Errorf(caisson.ConnectError, "%q is no URL of http or https with a host", request.URL)
	}
	if to.User != nil {
		return nil, caisson.Errorf(caisson.ConnectError,
			"a URL with a user and a password cannot be asked for: give them in the header Authorization")
	}
	if request.Method == "" {
		request.Method = "GET"
	}
	if request.MaxBody == 0 {
		request.MaxBody = DefaultMaxBody
	}
	return exchange(&request, to)
}

// failed is an error of a kind about a request.
func failed(kind caisson.ErrorKind, request *Request, what string) error {
	return caisson.Errorf(kind, "%s %s: %s", request.Method, request.URL, what)
}

func tooLong(request *Request) error {
	return caisson.Errorf(caisson.ConnectError, "%s %s: the response's body is longer than %d bytes", request.Method, request.URL, request.MaxBody)
}
