package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

// shout answers each line in capitals, except one that is empty.
func shout(conn net.Conn) {
	defer conn.Close()
	for lines := bufio.NewScanner(conn); lines.Scan() && lines.Text() != ""; {
		_, _ = io.WriteString(conn, strings.ToUpper(lines.Text())+"\n")
	}
}

func TestALineIsAskedFor(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go shout(conn)
		}
	}()
	asker, err := caissontest.Transformation(askLine, map[string]string{"server": listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	record, err := asker.Apply(caisson.NewRecord("t", caisson.MapFrom(map[string]any{"name": "ada"})))
	if err != nil || record.Value().(*caisson.Map).Get("line") != "ADA" {
		t.Errorf("%v %v", record, err)
	}
	_, err = asker.Apply(caisson.NewRecord("t", caisson.MapFrom(map[string]any{"name": ""})))
	var own *caisson.Error
	if !errors.As(err, &own) || own.Kind != caisson.RetriableError || !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
