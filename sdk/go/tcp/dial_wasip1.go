package tcp

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_sockets_instance_network"
	names "caisson.dev/sdk-go/internal/wit/imports/wasi_sockets_ip_name_lookup"
	network "caisson.dev/sdk-go/internal/wit/imports/wasi_sockets_network"
	"caisson.dev/sdk-go/internal/wit/imports/wasi_sockets_tcp"
	sockets "caisson.dev/sdk-go/internal/wit/imports/wasi_sockets_tcp_create_socket"
	"caisson.dev/sdk-go/internal/wit/types"
)

// attempt is a connection that is being made.
type attempt struct {
	host    string
	port    uint16
	until   time.Time
	network *network.Network
}

// dial tries the host's addresses in their order. Every handle is dropped, since the worker bounds how many there are.
func dial(host string, port uint16, timeout time.Duration) (net.Conn, error) {
	made := attempt{host: host, port: port, network: wasi_sockets_instance_network.InstanceNetwork()}
	defer made.network.Drop()
	if timeout > 0 {
		made.until = time.Now().Add(timeout)
	}
	numbers, err := made.numbers()
	if err != nil {
		return nil, err
	}
	err = failed(caisson.RetriableError, host, port, "the host has no address")
	for _, number := range numbers {
		var found net.Conn
		if found, err = made.connect(number); err == nil {
			return found, nil
		}
	}
	return nil, err
}

// numbers are what the host's name stands for.
func (a *attempt) numbers() ([]netip.Addr, error) {
	if number, err := netip.ParseAddr(a.host); err == nil {
		return []netip.Addr{number}, nil
	}
	asked := names.ResolveAddresses(a.network, a.host)
	if asked.IsErr() {
		return nil, a.told(asked.Err())
	}
	answers := asked.Ok()
	defer answers.Drop()
	var found []netip.Addr
	for {
		next := answers.ResolveNextAddress()
		switch {
		case next.IsOk() && next.Ok().IsNone():
			return found, nil
		case next.IsOk():
			found = append(found, numberOf(next.Ok().Some()))
		case next.Err() != network.ErrorCode_WouldBlock:
			return nil, a.told(next.Err())
		case !wait(answers.Subscribe(), &a.until):
			return nil, a.told(network.ErrorCode_Timeout)
		}
	}
}

func (a *attempt) connect(number netip.Addr) (net.Conn, error) {
	family := network.IpAddressFamily_Ipv4
	if !number.Is4() {
		family = network.IpAddressFamily_Ipv6
	}
	created := sockets.CreateTcpSocket(family)
	if created.IsErr() {
		return nil, a.told(created.Err())
	}
	socket := created.Ok()
	if err := a.begin(socket, number); err != nil {
		socket.Drop()
		return nil, err
	}
	for {
		connected := socket.FinishConnect()
		if connected.IsOk() {
			streams := connected.Ok()
			return &conn{peer: netip.AddrPortFrom(number, a.port), socket: socket, input: streams.F0, output: streams.F1}, nil
		}
		code := connected.Err()
		if code == network.ErrorCode_WouldBlock {
			if wait(socket.Subscribe(), &a.until) {
				continue
			}
			code = network.ErrorCode_Timeout
		}
		socket.Drop()
		return nil, a.told(code)
	}
}

func (a *attempt) begin(socket *wasi_sockets_tcp.TcpSocket, number netip.Addr) error {
	begun := socket.StartConnect(a.network, socketAddress(number, a.port))
	if begun.IsErr() {
		return a.told(begun.Err())
	}
	return nil
}

// told is why there is no connection. What is none of these may go well another time.
func (a *attempt) told(code network.ErrorCode) error {
	switch code {
	case network.ErrorCode_AccessDenied:
		return failed(caisson.ConnectError, a.host, a.port, "nothing in the connector's config grants it; sandbox.grants may")
	case network.ErrorCode_InvalidArgument, network.ErrorCode_NotSupported:
		return failed(caisson.ConnectError, a.host, a.port, codes[code])
	}
	if int(code) < len(codes) {
		return failed(caisson.RetriableError, a.host, a.port, codes[code])
	}
	return failed(caisson.RetriableError, a.host, a.port, "an error without a name")
}

// codes are the names of what goes wrong, by their number in wasi:sockets.
var codes = strings.Split("unknown error,access denied,not supported,invalid argument,out of memory,timeout,concurrency conflict,"+
	"not in progress,would block,invalid state,too many sockets,address not bindable,address in use,remote unreachable,"+
	"connection refused,connection reset,connection aborted,datagram too large,name unresolvable,temporary resolver failure,"+
	"permanent resolver failure", ",")

func numberOf(address network.IpAddress) netip.Addr {
	if address.Tag() == network.IpAddress_Ipv4 {
		four := address.Ipv4()
		return netip.AddrFrom4([4]byte{four.F0, four.F1, four.F2, four.F3})
	}
	eight := address.Ipv6()
	var bytes [16]byte
	for i, word := range [8]uint16{eight.F0, eight.F1, eight.F2, eight.F3, eight.F4, eight.F5, eight.F6, eight.F7} {
		bytes[2*i], bytes[2*i+1] = byte(word>>8), byte(word)
	}
	return netip.AddrFrom16(bytes)
}

func socketAddress(number netip.Addr, port uint16) network.IpSocketAddress {
	if number.Is4() {
		four := number.As4()
		return network.MakeIpSocketAddressIpv4(network.Ipv4SocketAddress{
			Port: port, Address: wit_types.Tuple4[uint8, uint8, uint8, uint8]{F0: four[0], F1: four[1], F2: four[2], F3: four[3]},
		})
	}
	bytes := number.As16()
	word := func(i int) uint16 { return uint16(bytes[2*i])<<8 | uint16(bytes[2*i+1]) }
	return network.MakeIpSocketAddressIpv6(network.Ipv6SocketAddress{Port: port, Address: network.Ipv6Address{
		F0: word(0), F1: word(1), F2: word(2), F3: word(3), F4: word(4), F5: word(5), F6: word(6), F7: word(7),
	}})
}
