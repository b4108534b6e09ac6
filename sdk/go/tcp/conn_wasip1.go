package tcp

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	goruntime "runtime"
	"time"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/internal/collector"
	clock "caisson.dev/sdk-go/internal/wit/imports/wasi_clocks_monotonic_clock"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_io_poll"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_io_streams"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_sockets_tcp"
	"caisson.dev/sdk-go/internal/wit/runtime"
	"caisson.dev/sdk-go/internal/wit/types"
)

const (
	// pieceSize is how much is read or written at once.
	pieceSize = 64 << 10
	// turn is how long a wait lasts before other goroutines have theirs: one thread runs all of them.
	turn = 10 * time.Millisecond
)

// wait waits until it is ready, and drops it. False: the time is over, zero being no limit. Another goroutine may change the time.
func wait(ready *wasi_io_poll.Pollable, until *time.Time) bool {
	defer ready.Drop()
	for !ready.Ready() {
		most := turn
		if !until.IsZero() {
			most = min(most, time.Until(*until))
		}
		if most <= 0 {
			return false
		}
		goruntime.Gosched()
		over := clock.SubscribeDuration(uint64(most))
		collector.Held(func() []uint32 { return wasi_io_poll.Poll([]*wasi_io_poll.Pollable{ready, over}) })
		over.Drop()
	}
	return true
}

// conn is a connection over wasi:sockets.
type conn struct {
	peer                  netip.AddrPort
	socket                *wasi_sockets_tcp.TcpSocket
	input                 *wasi_io_streams.InputStream
	output                *wasi_io_streams.OutputStream
	readUntil, writeUntil time.Time
	closed                bool
	// waiting counts the goroutines that wait: what they wait for must not be dropped under them.
	waiting int
}

// wait is false when the time is over. The connection may have been closed meanwhile.
func (c *conn) wait(ready *wasi_io_poll.Pollable, until *time.Time) bool {
	c.waiting++
	inTime := wait(ready, until)
	c.waiting--
	if c.closed {
		c.drop()
		return true
	}
	return inTime
}

// drop gives up the connection's handles as soon as nobody waits.
func (c *conn) drop() {
	if c.waiting == 0 {
		c.input.Drop()
		c.output.Drop()
		c.socket.Drop()
	}
}

// Read reads what is there, and waits while nothing is.
func (c *conn) Read(buffer []byte) (int, error) {
	if len(buffer) == 0 {
		return 0, nil
	}
	for {
		if c.closed {
			return 0, net.ErrClosed
		}
		most := uint64(min(len(buffer), pieceSize))
		piece := collector.Held(func() wit_types.Result[[]uint8, wasi_io_streams.StreamError] { return c.input.Read(most) })
		if piece.IsErr() {
			return 0, broken(piece.Err(), io.EOF)
		}
		if count := copy(buffer, piece.Ok()); count > 0 {
			// The piece was copied: without this all of them stay until the worker's call returns.
			runtime.Unpin()
			return count, nil
		}
		if !c.wait(c.input.Subscribe(), &c.readUntil) {
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// Write returns when the worker has passed on all of it.
func (c *conn) Write(data []byte) (int, error) {
	written := 0
	for written < len(data) {
		room, err := c.room()
		if err != nil {
			return written, err
		}
		now := min(room, len(data)-written)
		if sent := c.output.Write(data[written : written+now]); sent.IsErr() {
			return written, broken(sent.Err(), net.ErrClosed)
		}
		written += now
	}
	if flushed := c.output.Flush(); flushed.IsErr() {
		return written, broken(flushed.Err(), net.ErrClosed)
	}
	_, err := c.room()
	return written, err
}

// room is how much may be written; it waits until there is some.
func (c *conn) room() (int, error) {
	for {
		if c.closed {
			return 0, net.ErrClosed
		}
		taken := c.output.CheckWrite()
		if taken.IsErr() {
			return 0, broken(taken.Err(), net.ErrClosed)
		}
		if taken.Ok() > 0 {
			return int(min(taken.Ok(), pieceSize)), nil
		}
		if !c.wait(c.output.Subscribe(), &c.writeUntil) {
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// broken is what is wrong with a stream; that it is closed is another error.
func broken(failure wasi_io_streams.StreamError, closed error) error {
	if failure.Tag() == wasi_io_streams.StreamError_Closed {
		return closed
	}
	cause := failure.LastOperationFailed()
	defer cause.Drop()
	return caisson.Errorf(caisson.RetriableError, "the connection broke: %s", collector.Held(cause.ToDebugString))
}

// Close ends the connection.
func (c *conn) Close() error {
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	// Whoever waits ends at once.
	c.readUntil, c.writeUntil = time.Unix(1, 0), time.Unix(1, 0)
	c.drop()
	return nil
}

// LocalAddr has no number: the worker connects.
func (c *conn) LocalAddr() net.Addr { return &net.TCPAddr{} }

func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.peer) }

func (c *conn) SetDeadline(until time.Time) error {
	return errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until))
}

func (c *conn) SetReadDeadline(until time.Time) error {
	c.readUntil = until
	return nil
}

func (c *conn) SetWriteDeadline(until time.Time) error {
	c.writeUntil = until
	return nil
}
