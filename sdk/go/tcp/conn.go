//go:build !wasip1

package tcp

import (
	"net"
	"strconv"
	"time"

	"caisson.dev/sdk-go"
)

// dial is what a unit test has in place of the worker.
func dial(host string, port uint16, timeout time.Duration) (net.Conn, error) {
	made, err := net.DialTimeout("tcp", net.JoinHostPort(host, strconv.Itoa(int(port))), timeout)
	if err != nil {
		return nil, failed(caisson.RetriableError, host, port, err.Error())
	}
	return made, nil
}
