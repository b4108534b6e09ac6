// Package tcp connects over TCP to the addresses that the connector's configuration grants.
//
//	caisson.ConfigKey{Name: "server", Type: caisson.String, Documentation: "host:port", Access: caisson.Address}
//
//	conn, err := tcp.Dial(config.String("server"), 10*time.Second)
//
// Of a key with [caisson.Address] exactly the host and port that it names are granted, and connecting to anything else ends in an error that
// says so. In a component package net itself reaches nothing; whatever takes a [net.Conn], or a function that makes one, works over this. In
// a unit test it is package net.
package tcp

import (
	"net"
	"strconv"
	"time"

	"caisson.dev/sdk-go"
)

// Dial connects to an address, host:port; a timeout of zero is as long as the call into the plugin. While it waits, and while the connection
// does, other goroutines run.
//
// Errors are [*caisson.Error]: a ConnectError when it is no address or is not granted, a RetriableError when there is no connection. Those of
// the connection are io.EOF, os.ErrDeadlineExceeded, net.ErrClosed, or a RetriableError when it broke.
func Dial(address string, timeout time.Duration) (net.Conn, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, caisson.Errorf(caisson.ConnectError, "%w", err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 || host == "" {
		return nil, caisson.Errorf(caisson.ConnectError, "%q has no host and port", address)
	}
	return dial(host, uint16(port), timeout)
}

// failed is an error of a kind about an address.
func failed(kind caisson.ErrorKind, host string, port uint16, what string) error {
	return caisson.Errorf(kind, "%s: %s", net.JoinHostPort(host, strconv.Itoa(int(port))), what)
}
