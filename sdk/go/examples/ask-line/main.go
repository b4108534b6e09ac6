// A transformation: asks a server over TCP, a line for a line.
package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/tcp"
)

const patience = 10 * time.Second

var askLine = caisson.Plugin{
	Class:         "com.example.AskLine",
	Documentation: "Asks a server for a line about a name.",
	Config: caisson.ConfigDef{
		{Name: "server", Type: caisson.String, Documentation: "The server, host:port.", Access: caisson.Address},
	},
	Transformation: func() caisson.Transformation { return &asker{} },
}

type asker struct{ server string }

func (a *asker) Configure(config caisson.Config) error {
	a.server = config.String("server")
	return nil
}

// Apply asks about what is `name` in the value; `at` may name another server, which has to be granted too.
func (a *asker) Apply(record *caisson.Record) (*caisson.Record, error) {
	fields, ok := record.Value().(caisson.Fields)
	if !ok {
		return record, nil
	}
	name, _ := fields.Get("name").(string)
	server := a.server
	if other, ok := fields.Get("at").(string); ok {
		server = other
	}
	line, err := ask(server, name)
	if err != nil {
		return nil, err
	}
	return record, fields.Set("line", line)
}

func ask(server, name string) (string, error) {
	conn, err := tcp.Dial(server, patience)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "%s\n", name); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return "", caisson.Errorf(caisson.RetriableError, "%s has no line about %s: %w", server, name, err)
	}
	return strings.TrimSuffix(line, "\n"), nil
}

func init() { caisson.Export("1.0.0", askLine) }

func main() {}
