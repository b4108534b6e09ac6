//go:build !wasip1

package http

import (
	"bytes"
	"context"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"
	"time"

	"caisson.dev/sdk-go"
)

// exchange is what a unit test has in place of the worker: net/http, without redirects and without cookies.
func exchange(request *Request, to *url.URL) (*Response, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sent, err := nethttp.NewRequestWithContext(ctx, request.Method, to.String(), bytes.NewReader(request.Body))
	if err != nil {
		return nil, failed(caisson.ConnectError, request, err.Error())
	}
	for _, name := range request.Header.names() {
		for _, value := range request.Header[name] {
			sent.Header.Add(name, value)
		}
	}
	transport := &nethttp.Transport{
		DialContext:           (&net.Dialer{Timeout: request.Timeouts.Connect}).DialContext,
		TLSHandshakeTimeout:   request.Timeouts.Connect,
		ResponseHeaderTimeout: request.Timeouts.FirstByte,
		DisableCompression:    true,
	}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(sent)
	if err != nil {
		kind := caisson.RetriableError
		// What is wrong with the request itself, net/http tells by text alone.
		if strings.Contains(err.Error(), "net/http: invalid header") {
			kind = caisson.ConnectError
		}
		return nil, failed(kind, request, err.Error())
	}
	defer answer.Body.Close()
	body, err := read(request, answer.Body, cancel)
	if err != nil {
		return nil, err
	}
	return &Response{Status: answer.StatusCode, Header: Header(answer.Header), Body: body}, nil
}

// read reads a body; cancel ends it where its next piece is not there in time.
func read(request *Request, from io.Reader, cancel func()) ([]byte, error) {
	var body []byte
	piece := make([]byte, 64<<10)
	for {
		var late *time.Timer
		if pause := request.Timeouts.BetweenBytes; pause > 0 {
			late = time.AfterFunc(pause, cancel)
		}
		count, err := from.Read(piece)
		if late != nil {
			late.Stop()
		}
		body = append(body, piece[:count]...)
		if len(body) > request.MaxBody {
			return nil, tooLong(request)
		}
		if err == io.EOF {
			return body, nil
		}
		if err != nil {
			return nil, failed(caisson.RetriableError, request, "the response's body ended early: "+err.Error())
		}
	}
}
