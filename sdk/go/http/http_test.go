package http

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"caisson.dev/sdk-go"
)

// serve is a server whose answers the test gives.
func serve(t *testing.T, answer nethttp.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func isOfKind(t *testing.T, err error, kind caisson.ErrorKind, part string) {
	t.Helper()
	var own *caisson.Error
	if !errors.As(err, &own) || own.Kind != kind || !strings.Contains(own.Message, part) {
		t.Errorf("%v is to be of kind %s and to say %q", err, kind, part)
	}
}

func TestARequestIsAnswered(t *testing.T) {
	url := serve(t, func(answer nethttp.ResponseWriter, asked *nethttp.Request) {
		body, _ := io.ReadAll(asked.Body)
		answer.Header().Add("X-Why", "load")
		answer.Header().Add("X-Why", "night")
		answer.WriteHeader(429)
		fmt.Fprintf(answer, "%s %s %s %s %d", asked.Method, asked.RequestURI, asked.Header.Get("X-Key"), body, asked.ContentLength)
	})
	header := Header{"x-key": {"k"}}
	found, err := Do(Request{Method: "PUT", URL: url + "/_bulk?x=1#here", Header: header, Body: []byte("body")})
	if err != nil {
		t.Fatal(err)
	}
	if found.Status != 429 || string(found.Body) != "PUT /_bulk?x=1 k body 4" {
		t.Errorf("%d %s", found.Status, found.Body)
	}
	if values := found.Header.Values("x-why"); found.Header.Get("X-WHY") != "load" || len(values) != 2 || values[1] != "night" {
		t.Errorf("%v", found.Header)
	}
}

func TestGetAndPostAreShort(t *testing.T) {
	url := serve(t, func(answer nethttp.ResponseWriter, asked *nethttp.Request) {
		body, _ := io.ReadAll(asked.Body)
		_ = json.NewEncoder(answer).Encode([]string{asked.Method, asked.Header.Get("Content-Type"), string(body)})
	})
	got, err := Get(url)
	if err != nil || string(got.Body) != "[\"GET\",\"\",\"\"]\n" {
		t.Errorf("%v %v", got, err)
	}
	posted, err := Post(url, "application/json", []byte("{}"))
	if err != nil || string(posted.Body) != "[\"POST\",\"application/json\",\"{}\"]\n" {
		t.Errorf("%v %v", posted, err)
	}
}

func TestARedirectIsAnAnswer(t *testing.T) {
	url := serve(t, func(answer nethttp.ResponseWriter, asked *nethttp.Request) {
		nethttp.Redirect(answer, asked, "http://127.0.0.1:1/", nethttp.StatusFound)
	})
	found, err := Get(url)
	if err != nil || found.Status != 302 || found.Header.Get("location") != "http://127.0.0.1:1/" {
		t.Errorf("%v %v", found, err)
	}
}

func TestABodyHasALimit(t *testing.T) {
	url := serve(t, func(answer nethttp.ResponseWriter, _ *nethttp.Request) { fmt.Fprint(answer, "later") })
	if found, err := Do(Request{URL: url, MaxBody: 5}); err != nil || string(found.Body) != "later" {
		t.Errorf("%v %v", found, err)
	}
	_, err := Do(Request{URL: url, MaxBody: 4})
	isOfKind(t, err, caisson.ConnectError, "the response's body is longer than 4 bytes")
}

func TestABodyThatEndsEarlyMayComeLater(t *testing.T) {
	url := serve(t, func(answer nethttp.ResponseWriter, _ *nethttp.Request) {
		answer.Header().Set("Content-Length", "5")
		fmt.Fprint(answer, "lat")
	})
	_, err := Get(url)
	isOfKind(t, err, caisson.RetriableError, "the response's body ended early: ")
}

func TestNoAnswerMayComeLater(t *testing.T) {
	asked := make(chan struct{})
	silent := serve(t, func(answer nethttp.ResponseWriter, request *nethttp.Request) {
		if request.URL.Path == "/half" {
			answer.Header().Set("Content-Length", "5")
			fmt.Fprint(answer, "lat")
			answer.(nethttp.Flusher).Flush()
		}
		<-asked
	})
	_, err := Do(Request{URL: silent, Timeouts: Timeouts{FirstByte: 20 * time.Millisecond}})
	isOfKind(t, err, caisson.RetriableError, "GET "+silent+": ")
	_, err = Do(Request{URL: silent + "/half", Timeouts: Timeouts{BetweenBytes: 20 * time.Millisecond}})
	isOfKind(t, err, caisson.RetriableError, "the response's body ended early: ")
	close(asked)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + listener.Addr().String()
	listener.Close()
	_, err = Get(nobody)
	isOfKind(t, err, caisson.RetriableError, nobody)
}

func TestWhatIsNoRequestIsTold(t *testing.T) {
	for address, part := range map[string]string{
		"/path":           "is no URL of http or https with a host",
		"ftp://a/":        "is no URL of http or https with a host",
		"http:///path":    "is no URL of http or https with a host",
		"http://u:p@a/":   "give them in the header Authorization",
		"http://a:port/x": "invalid port",
	} {
		_, err := Get(address)
		isOfKind(t, err, caisson.ConnectError, part)
	}
	url := serve(t, func(nethttp.ResponseWriter, *nethttp.Request) {})
	_, err := Do(Request{Method: "GE T", URL: url})
	isOfKind(t, err, caisson.ConnectError, "GE T")
	_, err = Do(Request{URL: url, Header: Header{"a b": {"c"}}})
	isOfKind(t, err, caisson.ConnectError, "a b")
}

func TestNamesOfAHeaderAreFoundHoweverTheyAreWritten(t *testing.T) {
	header := Header{"Accept": {"a"}}
	header.Add("ACCEPT", "b")
	header.Add("Other", "c")
	if values := header.Values("accept"); len(header) != 2 || len(values) != 2 || header.Get("none") != "" {
		t.Errorf("%v", header)
	}
	header.Set("accept", "d")
	if values := header.Values("Accept"); len(header) != 2 || len(values) != 1 || values[0] != "d" {
		t.Errorf("%v", header)
	}
}
