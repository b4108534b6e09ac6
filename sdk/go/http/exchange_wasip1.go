package http

import (
	"net/url"
	"strconv"
	"time"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/internal/collector"
	handler "caisson.dev/sdk-go/internal/wit/imports/wasi_http_outgoing_handler"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_http_types"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_io_streams"
	"caisson.dev/sdk-go/internal/wit/runtime"
	"caisson.dev/sdk-go/internal/wit/types"
)

// pieceSize is how much of a body is asked for at once.
const pieceSize = 64 << 10

// exchange sends a request through wasi:http. Every handle is dropped here, since the worker bounds how many there are; to drop one that
// was given away does nothing.
func exchange(request *Request, to *url.URL) (*Response, error) {
	outgoing, err := requestOf(request, to)
	if err != nil {
		return nil, err
	}
	defer outgoing.Drop()
	sink := outgoing.Body()
	if sink.IsErr() {
		return nil, failed(caisson.ConnectError, request, "the request has no body")
	}
	// If it comes to no upload.
	defer sink.Ok().Drop()
	options, err := optionsOf(request)
	if err != nil {
		return nil, err
	}
	defer options.Drop()
	sent := collector.Held(func() wit_types.Result[*wasi_http_types.FutureIncomingResponse, wasi_http_types.ErrorCode] {
		return handler.Handle(outgoing, wit_types.Some(options))
	})
	if sent.IsErr() {
		return nil, told(request, to, sent.Err())
	}
	future := sent.Ok()
	defer future.Drop()
	upload(sink.Ok(), request.Body)
	answer, err := awaited(request, to, future)
	if err != nil {
		return nil, err
	}
	defer answer.Drop()
	return received(request, answer)
}

func requestOf(request *Request, to *url.URL) (*wasi_http_types.OutgoingRequest, error) {
	fields := wasi_http_types.MakeFields()
	defer fields.Drop()
	header := request.Header
	if method := request.Method; len(request.Body) > 0 || method == "POST" || method == "PUT" || method == "PATCH" {
		header = make(Header, len(request.Header)+1)
		for name, values := range request.Header {
			header[name] = values
		}
		header.Set("Content-Length", strconv.Itoa(len(request.Body)))
	}
	for _, name := range header.names() {
		for _, value := range header[name] {
			if fields.Append(name, []byte(value)).IsErr() {
				return nil, failed(caisson.ConnectError, request, "the header "+name+" cannot be set")
			}
		}
	}
	made := wasi_http_types.MakeOutgoingRequest(fields)
	scheme := wasi_http_types.MakeSchemeHttp()
	if to.Scheme == "https" {
		scheme = wasi_http_types.MakeSchemeHttps()
	}
	if made.SetMethod(methodOf(request.Method)).IsErr() || made.SetScheme(wit_types.Some(scheme)).IsErr() ||
		made.SetAuthority(wit_types.Some(to.Host)).IsErr() || made.SetPathWithQuery(wit_types.Some(to.RequestURI())).IsErr() {
		made.Drop()
		return nil, failed(caisson.ConnectError, request, "it is no request that can be sent")
	}
	return made, nil
}

func methodOf(name string) wasi_http_types.Method {
	switch name {
	case "GET":
		return wasi_http_types.MakeMethodGet()
	case "HEAD":
		return wasi_http_types.MakeMethodHead()
	case "POST":
		return wasi_http_types.MakeMethodPost()
	case "PUT":
		return wasi_http_types.MakeMethodPut()
	case "DELETE":
		return wasi_http_types.MakeMethodDelete()
	case "OPTIONS":
		return wasi_http_types.MakeMethodOptions()
	case "PATCH":
		return wasi_http_types.MakeMethodPatch()
	}
	return wasi_http_types.MakeMethodOther(name)
}

func optionsOf(request *Request) (*wasi_http_types.RequestOptions, error) {
	made := wasi_http_types.MakeRequestOptions()
	for _, each := range []struct {
		time time.Duration
		set  func(wit_types.Option[uint64]) wit_types.Result[wit_types.Unit, wit_types.Unit]
	}{
		{request.Timeouts.Connect, made.SetConnectTimeout},
		{request.Timeouts.FirstByte, made.SetFirstByteTimeout},
		{request.Timeouts.BetweenBytes, made.SetBetweenBytesTimeout},
	} {
		if each.time > 0 && each.set(wit_types.Some(uint64(each.time.Nanoseconds()))).IsErr() {
			made.Drop()
			return nil, failed(caisson.ConnectError, request, "this worker knows no timeouts of requests")
		}
	}
	return made, nil
}

// upload sends the body. What goes wrong here the answer tells: there is none, or the server has answered before it had everything.
func upload(sink *wasi_http_types.OutgoingBody, body []byte) {
	defer sink.Drop()
	opened := sink.Write()
	if opened.IsErr() {
		return
	}
	written := write(opened.Ok(), body)
	opened.Ok().Drop()
	if written {
		collector.Held(func() wit_types.Result[wit_types.Unit, wasi_http_types.ErrorCode] {
			return wasi_http_types.OutgoingBodyFinish(sink, wit_types.None[*wasi_http_types.Fields]())
		})
	}
}

// write writes as much as the stream takes at a time, then waits until the worker has passed on all of it.
func write(stream *wasi_io_streams.OutputStream, body []byte) bool {
	for len(body) > 0 {
		now, ok := room(stream)
		now = min(now, len(body))
		if !ok || isBroken(stream.Write(body[:now])) {
			return false
		}
		body = body[now:]
	}
	if isBroken(stream.Flush()) {
		return false
	}
	_, ok := room(stream)
	return ok
}

// room is how many bytes the stream takes; it waits until it takes some.
func room(stream *wasi_io_streams.OutputStream) (int, bool) {
	for {
		taken := stream.CheckWrite()
		if isBroken(taken) {
			return 0, false
		}
		if taken.Ok() > 0 {
			return int(min(taken.Ok(), pieceSize)), true
		}
		ready := stream.Subscribe()
		ready.Block()
		ready.Drop()
	}
}

// isBroken says whether a call of a stream failed, why ever.
func isBroken[T any](result wit_types.Result[T, wasi_io_streams.StreamError]) bool {
	if result.IsErr() && result.Err().Tag() == wasi_io_streams.StreamError_LastOperationFailed {
		result.Err().LastOperationFailed().Drop()
	}
	return result.IsErr()
}

func awaited(
	request *Request, to *url.URL, future *wasi_http_types.FutureIncomingResponse,
) (*wasi_http_types.IncomingResponse, error) {
	for {
		got := collector.Held(future.Get)
		if got.IsNone() {
			ready := future.Subscribe()
			ready.Block()
			ready.Drop()
			continue
		}
		answer := got.Some()
		if answer.IsErr() {
			return nil, failed(caisson.ConnectError, request, "the response was taken before")
		}
		if answer.Ok().IsErr() {
			return nil, told(request, to, answer.Ok().Err())
		}
		return answer.Ok().Ok(), nil
	}
}

func received(request *Request, answer *wasi_http_types.IncomingResponse) (*Response, error) {
	fields := answer.Headers()
	defer fields.Drop()
	header := Header{}
	for _, entry := range collector.Held(fields.Entries) {
		header.Add(entry.F0, string(entry.F1))
	}
	incoming := answer.Consume()
	if incoming.IsErr() {
		return nil, failed(caisson.RetriableError, request, "the response has no body")
	}
	defer incoming.Ok().Drop()
	stream := incoming.Ok().Stream()
	if stream.IsErr() {
		return nil, failed(caisson.RetriableError, request, "the response has no body")
	}
	defer stream.Ok().Drop()
	body, err := read(request, stream.Ok())
	if err != nil {
		return nil, err
	}
	return &Response{Status: int(answer.Status()), Header: header, Body: body}, nil
}

func read(request *Request, stream *wasi_io_streams.InputStream) ([]byte, error) {
	var body []byte
	for {
		piece := collector.Held(func() wit_types.Result[[]uint8, wasi_io_streams.StreamError] { return stream.BlockingRead(pieceSize) })
		if piece.IsErr() {
			if piece.Err().Tag() == wasi_io_streams.StreamError_Closed {
				return body, nil
			}
			return nil, failed(caisson.RetriableError, request, "the response's body ended early: "+brokenBy(piece.Err()))
		}
		body = append(body, piece.Ok()...)
		// The piece was copied: without this all of them stay until the worker's call returns.
		runtime.Unpin()
		if len(body) > request.MaxBody {
			return nil, tooLong(request)
		}
	}
}

// brokenBy is what ended a stream.
func brokenBy(failure wasi_io_streams.StreamError) string {
	cause := failure.LastOperationFailed()
	defer cause.Drop()
	code := collector.Held(func() wit_types.Option[wasi_http_types.ErrorCode] { return wasi_http_types.HttpErrorCode(cause) })
	if code.IsSome() {
		return nameOf(code.Some())
	}
	return collector.Held(cause.ToDebugString)
}
