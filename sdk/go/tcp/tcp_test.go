package tcp

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"caisson.dev/sdk-go"
)

func isOfKind(t *testing.T, err error, kind caisson.ErrorKind, part string) {
	t.Helper()
	var own *caisson.Error
	if !errors.As(err, &own) || own.Kind != kind || !strings.Contains(own.Message, part) {
		t.Errorf("%v is to be of kind %s and to say %q", err, kind, part)
	}
}

func TestAServerIsReached(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		served, err := listener.Accept()
		if err == nil {
			line, _ := bufio.NewReader(served).ReadString('\n')
			_, _ = io.WriteString(served, strings.ToUpper(line))
		}
	}()
	conn, err := Dial(listener.Addr().String(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "ada\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); line != "ADA\n" {
		t.Errorf("%q %v", line, err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	conn.Close()
	listener.Close()
	_, err = Dial(listener.Addr().String(), time.Minute)
	isOfKind(t, err, caisson.RetriableError, listener.Addr().String()+": ")
}

func TestWhatIsNoAddressIsTold(t *testing.T) {
	for _, address := range []string{"host", ":1", "host:port", "host:0", "host:65536"} {
		_, err := Dial(address, 0)
		isOfKind(t, err, caisson.ConnectError, address)
	}
}
